import { createHash, createPublicKey, verify } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { countersign } from './made-world.ts'
import { created, publicTestKey, testKey } from './signed-text.ts'
import { temporaryFolder } from './temporary-folder.ts'

const file = temporaryFolder()
const key = file('test.jwk')
const publicKey = createPublicKey({ key: publicTestKey, format: 'jwk' })
const body = '{"amount":10}'
const digest = `sha-256=:${createHash('sha256').update(body).digest('base64')}:`
const post = `POST /pay?b=2&a=1 HTTP/1.1\nHost: bank.example\nContent-Type: application/json\n\n${body}`

beforeAll(() => writeFileSync(key, JSON.stringify(testKey), { mode: 0o600 }))

const sign = (args: readonly string[], stdin?: string) =>
  countersign(['sign', '-k', key, ...args], { now: created, ...(stdin === undefined ? {} : { stdin }) })

/** The parameters of a label as the wire has them, and whether its signature is over these lines. */
function check(wire: string, lines: readonly string[], label = 'sig1'): { parameters: string; verifies: boolean } {
  const input = new RegExp(`^Signature-Input: .*?${label}=(.*?)\\r$`, 'm').exec(wire)?.[1] ?? ''
  const signature = new RegExp(`^Signature: .*?${label}=:(.*?):\\r$`, 'm').exec(wire)?.[1] ?? ''
  const base = [...lines, `"@signature-params": ${input}`].join('\n')
  const verifies = verify(null, Buffer.from(base), publicKey, Buffer.from(signature, 'base64'))
  return { parameters: input.replace(/^\(.*\)/, '').replace(/nonce="[\w-]{36}"/, 'nonce="…"'), verifies }
}

const lines = [
  '"@method": POST',
  '"@authority": bank.example',
  '"@path": /pay',
  '"@query": ?b=2&a=1',
  `"content-digest": ${digest}`,
  '"content-type": application/json',
]

describe('sign', () => {
  it('prints the request with a digest and a signature that node:crypto verifies', async () => {
    const { code, stdout, stderr } = await sign([], post)
    expect([code, stderr]).toEqual([0, ''])
    expect(check(stdout, lines)).toEqual({
      parameters: `;created=${created};expires=${created + 60};nonce="…";alg="ed25519";keyid="test-key-ed25519"`,
      verifies: true,
    })
    const [head, sent] = stdout.split('\r\n\r\n')
    expect(sent).toBe(body)
    expect(head?.split('\r\n').slice(0, 4)).toEqual([
      'POST /pay?b=2&a=1 HTTP/1.1',
      'Host: bank.example',
      'Content-Type: application/json',
      `Content-Digest: ${digest}`,
    ])
  })

  it('covers what it is told, with the parameters that it is told', async () => {
    const text = post.replace('\n\n', '\nX-Tenant: 7\n\n')
    const { stdout } = await sign(
      ['--component', 'x-tenant', '--tag', 'pay', '--label', 'bank', '--expires', '0'],
      text,
    )
    expect(check(stdout, [...lines, '"x-tenant": 7'], 'bank')).toEqual({
      parameters: `;created=${created};nonce="…";alg="ed25519";keyid="test-key-ed25519";tag="pay"`,
      verifies: true,
    })
    const parameter = await sign(['--component', '"@query-param";name="a"'], post)
    expect(check(parameter.stdout, [...lines, '"@query-param";name="a": 1']).verifies).toBe(true)
    const only = await sign(
      ['--only', '--component', '@method', '--component', '@target-uri', '--origin', 'http://a'],
      text,
    )
    expect(check(only.stdout, ['"@method": POST', '"@target-uri": http://a/pay?b=2&a=1']).verifies).toBe(true)
  })

  it('signs a response: its status, and its body', async () => {
    const { stdout } = await sign([], `HTTP/1.1 201 Created\nContent-Type: application/json\n\n${body}`)
    const covered = ['"@status": 201', `"content-digest": ${digest}`, '"content-type": application/json']
    expect(check(stdout, covered).verifies).toBe(true)
    expect(check((await sign([], 'HTTP/1.1 204 No Content\n\n')).stdout, ['"@status": 204']).verifies).toBe(true)
  })

  it('adds its signature to one that is there, and keeps a digest', async () => {
    const { stdout: once } = await sign([], post)
    const { code, stdout: twice } = await sign(['--label', 'proxy'], once)
    expect(code).toBe(0)
    expect(twice.match(/^Content-Digest:/gm)).toHaveLength(1)
    expect(twice).toContain('sig1=("@method"')
    expect(twice).toContain('proxy=("@method"')
    const again = await sign([], once)
    expect([again.code, again.stdout]).toEqual([2, ''])
    expect(again.stderr).toContain('pass another --label')
  })

  it('signs an entry of a HAR file', async () => {
    const request = {
      method: 'POST',
      url: 'https://bank.example/pay?b=2&a=1',
      headers: [{ name: 'Content-Type', value: 'application/json' }],
      postData: { mimeType: 'application/json', text: body },
    }
    writeFileSync(file('one.har'), JSON.stringify({ log: { entries: [{ request }] } }))
    const { stdout } = await sign([file('one.har'), '--digest', 'sha-256'])
    expect(check(stdout, lines).verifies).toBe(true)
  })

  it('--base and --json show what was signed', async () => {
    const { stdout, stderr } = await sign(['--base'], post)
    expect(stderr).toMatch(/^"@method": POST\n[\s\S]*\n"@signature-params": \(.*keyid="test-key-ed25519"\n$/)
    expect(stdout).toContain('Signature: sig1=')
    const { headers, signatureBase } = JSON.parse((await sign(['--json'], post)).stdout)
    expect(Object.fromEntries(headers)).toMatchObject({ Host: 'bank.example', 'Content-Digest': digest })
    expect(signatureBase.split('\n').slice(0, 6)).toEqual(lines)
  })

  it('keeps binary bodies', async () => {
    writeFileSync(
      file('photo.http'),
      Buffer.concat([Buffer.from('PUT / HTTP/1.1\nHost: a\n\n'), Buffer.from([0, 255, 10])]),
    )
    const { stdoutBytes } = await sign([file('photo.http')])
    expect([...stdoutBytes.slice(-3)]).toEqual([0, 255, 10])
    expect(readFileSync(file('photo.http'))).toHaveLength(27)
  })

  it.each([
    [['--only'], post, 2, '--only needs --component'],
    [[], 'POST / HTTP/1.1\n\n', 2, '--origin'],
    [['--expires', 'soon'], post, 2, 'whole number'],
    [['--entry', '1'], post, 2, 'for HAR files'],
    [['--component', 'x-absent'], post, 3, 'a covered component is not in the message'],
    [['--label', 'NO LABEL'], post, 2, '--label takes'],
    [['--tag', 'a"b'], post, 2, '--tag: it must be printable ASCII'],
    [['--key-id', ''], post, 2, '--key-id: it must be'],
    [['--component', '"@nonsense"'], post, 2, '--component takes a component'],
    [['--component', '"a" "b"'], post, 2, 'not one component'],
    [['--request', 'x'], post, 2, '--request is for responses'],
    [['--response'], post, 2, '--response is for HAR files'],
    [['--origin', 'bank.example'], post, 2, '--origin takes scheme and host'],
    [[], 'nonsense', 3, 'no HTTP message'],
  ])('refuses %j', async (args, text, code, reason) => {
    const ran = await sign(args, text)
    expect([ran.code, ran.stdout]).toEqual([code, ''])
    expect(ran.stderr).toContain(reason)
  })

  it('does not read message and key from one standard input', async () => {
    const { code, stderr } = await countersign(['sign', '-k', '-'], { stdin: post })
    expect([code, stderr]).toEqual([2, expect.stringContaining('it can be read once')])
  })
})
