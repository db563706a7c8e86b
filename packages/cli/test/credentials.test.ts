import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { countersign, type Ran } from './made-world.ts'
import { created, signedText, testKey } from './signed-text.ts'
import { temporaryFolder } from './temporary-folder.ts'

const file = temporaryFolder()
const key = file('test.jwk')
const headers = file('headers.txt')
const secrets = ['7op-secret', 'c00kie-secret', 'ap1-secret', 'answer-secret'] as const
/** What the server was sent. */
const seen: string[][] = []
const server = createServer((request, response) => {
  seen.push(request.rawHeaders)
  response.setHeader('Set-Cookie', 'sid=answer-secret').end('done\n')
})
let url: string

beforeAll(async () => {
  writeFileSync(key, JSON.stringify(testKey), { mode: 0o600 })
  writeFileSync(
    headers,
    'Authorization: Bearer 7op-secret\r\nCookie: sid=c00kie-secret\nX-Api-Key: ap1-secret\nX-Tenant: 7\n',
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
})
afterAll(() => void server.close())

const request = (args: readonly string[], made = {}): Promise<Ran> =>
  countersign(['request', 'GET', url, '-k', key, '-H', `@${headers}`, '--component', 'x-api-key', ...args], made)

function expectNoSecret({ stdout, stderr }: Ran): void {
  for (const secret of secrets) expect(stdout + stderr).not.toContain(secret)
}

describe('a credential in a file goes to the server, and is shown nowhere', () => {
  it.each([
    [['--dry-run'], {}],
    [['--dry-run', '--json'], {}],
    [['--json'], {}],
    [['-i'], { terminal: true }],
    [['--curl'], {}],
  ])('by request %j', async (args, made) => {
    const ran = await request(args, made)
    expect([ran.code, ran.stdout]).toEqual([0, expect.stringMatching(/not shown|-H @/)])
    expectNoSecret(ran)
  })

  it('by verify and explain', async () => {
    const sent = file('sent.http')
    await request(['--save-request', sent])
    expect(readFileSync(sent, 'utf8')).toContain('7op-secret')
    const changed = file('changed.http')
    writeFileSync(changed, readFileSync(sent, 'utf8').replace('ap1-secret', 'ap1-secret, more'))
    for (const text of [sent, changed]) {
      for (const json of [[], ['--json']]) {
        expectNoSecret(await countersign(['verify', text, '-k', key, '--origin', url.replace(/\/$/, ''), ...json]))
        expectNoSecret(await countersign(['explain', text, '-k', key, '--signed', sent, ...json]))
      }
    }
  })

  it('but by curl, which reads the file too', async () => {
    const { stdout } = await request(['--curl'])
    expect(stdout).toContain(`-H @${headers}`)
    await promisify(execFile)('sh', ['-c', stdout.replace('curl ', 'curl -s ')])
    const sent = seen.at(-1) ?? []
    expect(sent[sent.findIndex((name) => name.toLowerCase() === 'authorization') + 1]).toBe('Bearer 7op-secret')
    expect(sent.filter((name) => /^(?:x-tenant|cookie|x-api-key)$/i.test(name))).toHaveLength(3)
    expect(sent.some((name) => name.toLowerCase() === 'signature-input')).toBe(true)
  })

  it('not where the file is broken', async () => {
    for (const line of ['Bearer 7op-secret', 'Authorization: 7op-secret\u0000', '7op-secret!@: x', 'A;7op-secret']) {
      writeFileSync(file('broken.txt'), `X-A: 1\n${line}\n`)
      const ran = await countersign(['request', 'GET', url, '-k', key, '-H', `@${file('broken.txt')}`])
      expect([ran.code, ran.stdout]).toEqual([2, ''])
      expect(ran.stderr).toContain(`line 2 of ${file('broken.txt')}`)
      expectNoSecret(ran)
    }
  })
})

describe('a credential is no argument', () => {
  it.each([
    'Authorization: Bearer 7op-secret',
    'cookie:7op-secret',
    'X-Api-Key: 7op-secret',
    'X-Auth-Token: 7op-secret',
  ])('-H %s', async (line) => {
    const ran = await countersign(['request', 'GET', url, '-k', key, '-H', line])
    expect([ran.code, ran.stdout]).toEqual([2, ''])
    expect(ran.stderr).toContain('-H @FILE')
    expectNoSecret(ran)
  })

  it('nor a part of the URL, or a line that is none', async () => {
    for (const args of [
      ['GET', 'https://alice:7op-secret@a.example/'],
      ['GET', 'alice:7op-secret@a.example/'],
      ['GET', 'http://a.example:99999/?token=7op-secret'],
      ['GET', url, '-H', '7op-secret'],
      ['GET', url, '-H', 'X-A: 7op-secret\u0000'],
      ['POST', url, '-F', '7op-secret'],
      ['7op-secret is no method', url],
    ]) {
      const ran = await countersign(['request', ...args, '-k', key])
      expect([ran.code, ran.stdout]).toEqual([2, ''])
      expectNoSecret(ran)
    }
  })

  it('but may come from standard input', async () => {
    const { code } = await countersign(['request', 'GET', url, '-k', key, '-H', '@-'], {
      stdin: 'Authorization: Bearer 7op-secret\n',
    })
    expect(code).toBe(0)
    expect(seen.at(-1)).toContain('Bearer 7op-secret')
  })
})

it('what was printed without its credentials can be compared all the same', async () => {
  const line = '"authorization": Bearer 7op-secret'
  const input = `("authorization");created=${created}`
  const text = signedText().text.replace(/^Signature-Input: .*/m, `Signature-Input: sig1=${input}`)
  const received = text.replace('Host:', 'Authorization: Bearer 7op-secret\r\nHost:')
  const shown = await countersign(['explain', '--signed', file('full.txt'), '--json'], { stdin: received })
  expect(shown.code).toBe(3)
  writeFileSync(file('full.txt'), `${line}\n"@signature-params": ${input}`)
  const whole = await countersign(['explain', '--signed', file('full.txt'), '--json'], { stdin: received })
  expect(JSON.parse(whole.stdout)).toMatchObject({ differences: [] })
  writeFileSync(file('shown.json'), whole.stdout)
  const compared = await countersign(['explain', '--signed', file('shown.json')], { stdin: received })
  expect([compared.code, compared.stdout]).toEqual([0, expect.stringContaining('"authorization" is not told')])
  const other = received.replace('7op-secret', 'other')
  const differing = await countersign(['explain', '--signed', file('shown.json')], { stdin: other })
  expect([differing.code, differing.stdout]).toEqual([1, expect.stringContaining('has another value there')])
})
