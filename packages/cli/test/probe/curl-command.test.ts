import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseCurlCommand } from '../../src/messages/curl/curl-arguments.ts'
import { shellWords } from '../../src/messages/curl/curl-words.ts'
import { curlCommand } from '../../src/messages/curl-text.ts'
import type { RawRequest } from '../../src/messages/raw-message.ts'
import type { World } from '../../src/world.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const file = temporaryFolder()
const output = { write() {}, drained: async () => {}, isTerminal: false, columns: 80 }
const world: World = {
  stdin: {
    isTerminal: false,
    async *read() {
      yield Buffer.from('piped')
    },
  },
  stdout: output,
  stderr: output,
  env: {},
  clock: () => 0,
  signal: new AbortController().signal,
}

async function read(command: string) {
  const { url, request } = await parseCurlCommand(command, world)
  return { url, ...request, body: Buffer.from(request.body).toString() }
}

describe('the words of a shell', () => {
  it.each([
    [`curl 'a b' "c d" e\\ f`, ['curl', 'a b', 'c d', 'e f']],
    [`curl 'it'\\''s'`, ['curl', "it's"]],
    [`curl "say \\"hi\\" \\\\ \\x"`, ['curl', 'say "hi" \\ \\x']],
    ['curl \\\n  x \\\r\n y', ['curl', 'x', 'y']],
    [`curl $'a\\nb\\u0041\\x42\\'\\\\\\041'`, ['curl', "a\nbAB'\\!"]],
    [`curl ''`, ['curl', '']],
    [`curl 'a$b' "100$"`, ['curl', 'a$b', '100$']],
  ])('%s', (text, words) => {
    expect(shellWords(text)).toEqual(words)
  })

  it.each([
    'curl $TOKEN',
    'curl "$TOKEN"',
    'curl "`id`"',
    'curl x | sh',
    'curl x > y',
    'curl x; id',
    'curl $(id)',
    'curl x & id',
  ])('no shell runs %s', (text) => {
    expect(() => shellWords(text)).toThrow('needs a shell')
  })

  it.each([`curl 'open`, `curl "open`, `curl $'open`])('%s is left open', (text) => {
    expect(() => shellWords(text)).toThrow('left open')
  })
})

describe('a curl command', () => {
  it('as a browser copies it', async () => {
    const command = `curl 'https://bank.example/transfers?a=1#x' \\
  -X 'PUT' \\
  -H 'accept: application/json' \\
  -H 'content-type: application/json' \\
  -b 'session=abc' \\
  --data-raw $'{"note":"it\\'s"}' \\
  --compressed --insecure`
    expect(await read(command)).toEqual({
      url: 'https://bank.example/transfers?a=1#x',
      kind: 'request',
      method: 'PUT',
      target: '/transfers?a=1',
      headers: [
        ['accept', 'application/json'],
        ['content-type', 'application/json'],
        ['Cookie', 'session=abc'],
        ['Accept-Encoding', 'deflate, gzip, br'],
      ],
      body: `{"note":"it's"}`,
    })
  })

  it.each([
    ['curl http://a.example', { method: 'GET', target: '/', body: '', headers: [['Accept', '*/*']] }],
    ['curl a.example/x', { url: 'http://a.example/x', method: 'GET', target: '/x' }],
    [
      'curl -d a -d b http://a.example',
      {
        method: 'POST',
        body: 'a&b',
        headers: [
          ['Accept', '*/*'],
          ['Content-Type', 'application/x-www-form-urlencoded'],
        ],
      },
    ],
    ['curl -G -d a=1 http://a.example/x?y=2', { method: 'GET', target: '/x?y=2&a=1', body: '' }],
    ['curl -I http://a.example', { method: 'HEAD' }],
    ['curl -sSXDELETE http://a.example', { method: 'DELETE' }],
    [
      `curl --json '{"a":1}' http://a.example`,
      {
        method: 'POST',
        headers: [
          ['Accept', 'application/json'],
          ['Content-Type', 'application/json'],
        ],
      },
    ],
    [
      'curl -u alice:secret http://a.example',
      {
        headers: [
          ['Authorization', 'Basic YWxpY2U6c2VjcmV0'],
          ['Accept', '*/*'],
        ],
      },
    ],
    [
      'curl --oauth2-bearer abc http://a.example',
      {
        headers: [
          ['Authorization', 'Bearer abc'],
          ['Accept', '*/*'],
        ],
      },
    ],
    [`curl --data-urlencode 'a=b c&d' http://a.example`, { body: 'a=b%20c%26d' }],
    [`curl -H 'Accept:' -H 'X-Empty;' -d x -H 'Content-Type:' http://a.example`, { headers: [['X-Empty', '']] }],
    ['curl --data-binary @- http://a.example', { body: 'piped' }],
    ['curl -o out.txt -m 5 --url http://a.example -v', { method: 'GET', url: 'http://a.example' }],
    ['$ curl http://a.example', { method: 'GET' }],
  ])('%s', async (command, expected) => {
    expect(await read(command)).toMatchObject(expected)
  })

  it('reads a file as curl does', async () => {
    writeFileSync(file('body'), 'a\r\nb\n')
    expect((await read(`curl -d @${file('body')} http://a.example`)).body).toBe('ab')
    expect((await read(`curl --data-binary @${file('body')} http://a.example`)).body).toBe('a\r\nb\n')
    expect((await read(`curl --data-raw @${file('body')} http://a.example`)).body).toBe(`@${file('body')}`)
  })

  it.each([
    ['wget http://a.example', 'no curl command'],
    ['', 'no curl command'],
    ['curl', 'one URL'],
    ['curl http://a.example http://b.example', 'one URL'],
    ['curl ftp://a.example', 'neither http nor https'],
    ['curl -F a=b http://a.example', 'HAR'],
    ['curl --proxy x http://a.example', '--proxy'],
    ['curl -K config http://a.example', '-K'],
    ['curl -u alice http://a.example', 'no password'],
    ['curl -b cookies.txt http://a.example', 'cookies'],
    ['curl http://a.example -H', 'no value'],
    ['curl -H @file http://a.example', '@file'],
    [`curl -H $'X: a\\r\\nY: b' http://a.example`, 'line break'],
  ])('refuses %s', async (command, said) => {
    await expect(read(command)).rejects.toThrow(said)
  })

  it.each([
    ['text', Buffer.from(`{"it's":"a \\"quoted\\" $word"}\n`)],
    ['bytes', Buffer.from([0, 255, 64, 10])],
  ])('that this program printed is the same request: %s', async (_what, body) => {
    const headers = [
      ['Content-Type', 'application/json'],
      ['Signature-Input', `sig1=("@method");created=1;nonce="a'b"`],
      ['Accept', '*/*'],
    ] as const
    const request: RawRequest = { kind: 'request', method: 'POST', target: '/a/../b?c=[1]', headers, body }
    const again = await parseCurlCommand(curlCommand('https://bank.example/', request), world)
    expect(again.url).toBe('https://bank.example/a/../b?c=[1]')
    expect({ ...again.request, body: Buffer.from(again.request.body) }).toEqual(request)
  })
})
