import { readFileSync, writeFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Bank, startBank } from './bank.ts'
import { expectGolden } from './golden.ts'
import { countersign, type Ran } from './made-world.ts'
import { created, publicTestKey, type SignedText, signedText, testKey } from './signed-text.ts'
import { temporaryFolder } from './temporary-folder.ts'

const file = temporaryFolder()
const key = file('test.jwk.pub')
const baseFile = file('base.txt')
let signed: SignedText
let bank: Bank

beforeAll(async () => {
  bank = await startBank(publicTestKey)
  signed = signedText()
  writeFileSync(key, JSON.stringify(publicTestKey))
  writeFileSync(baseFile, `${signed.base}\n`)
})

const explain = (text: string, args: readonly string[], now = created + 5): Promise<Ran> =>
  countersign(['explain', ...args], { stdin: text, now })

/** What is covered beside the usual, for the rows that need it. */
function signedLine(identifier: string, there: string, here: string): { there: string; text: string } {
  const input = `(${identifier});created=${created}`
  const text = signed.text.replace(/^Signature-Input: .*/m, `Signature-Input: sig1=${input}`)
  return { there: `${identifier}: ${there}\n"@signature-params": ${input}`, text: text.replace('X-Other: ', here) }
}

describe('explain with the base of the other side', () => {
  it.each([
    ['"@authority"', 'Host: bank.example', 'Host: inner.example', 'rewritten Host'],
    ['"@query"', 'dry=1&to=bob', 'to=bob&dry=1', 'in another order'],
    ['"@query"', 'dry=1&to=bob', 'dry=1&to=bob&utm=x', 'was added, removed, or encoded'],
    ['"@path"', 'POST /transfers', 'POST /api/transfers', 'prefix was cut off'],
    ['"@method"', 'POST /', 'PUT /', 'method was rewritten'],
    ['"content-type"', 'Type: application/json', 'Type: application/json; charset=utf-8', 'charset was added'],
    ['"@signature-params"', 'nonce="1f8c', 'nonce="2f8c', 'two attempts'],
    ['"@signature-params"', ';alg="ed25519"', '', 'read and written anew'],
  ])('names %s: %s, now %s', async (identifier, from, to, cause) => {
    const changed = signed.text.replace(from, to)
    const { code, stdout, stderr } = await explain(changed, ['--signed', baseFile])
    expect([code, stderr]).toEqual([1, ''])
    expect(stdout.split('\n')[0]).toBe(`${identifier} has another value there`)
    expect(stdout.replace(/\s+/g, ' ')).toContain(cause)
    const there = signed.base.split('\n').find((line) => line.startsWith(identifier)) ?? ''
    expect(stdout).toContain(`  there  ${there.slice(identifier.length + 2)}\n`)
    const { differences } = JSON.parse((await explain(changed, ['--signed', baseFile, '--json'])).stdout)
    expect(differences).toMatchObject([{ identifier, kind: 'other value' }])
  })

  it.each([
    ['the message as it was sent', (text: string) => text],
    [
      'what verify printed',
      (_text: string, base: string) => `✓ 1\n\nThe signature base, as this side rebuilds it\n${base}\n`,
    ],
    [
      'what --dry-run printed',
      (_text: string, base: string) => `# The request on the wire\n# The signature base: what is signed\n${base}\n`,
    ],
    ['what --json printed', (_text: string, base: string) => JSON.stringify({ signatureBase: base })],
  ])('takes %s for it', async (_what, print) => {
    writeFileSync(file('printed.txt'), print(signed.text, signed.base))
    const changed = signed.text.replace('Host: bank.example', 'Host: inner.example')
    const expected = await explain(changed, ['--signed', baseFile, '-k', key])
    const { code, stdout } = await explain(changed, ['--signed', file('printed.txt'), '-k', key])
    expect([code, stdout]).toEqual([1, expected.stdout])
  })

  it('says which message has none', async () => {
    writeFileSync(file('unsigned.http'), 'GET / HTTP/1.1\nHost: a\n')
    expect((await explain(signed.text, ['--signed', file('unsigned.http')])).stderr).toContain('message of --signed')
    writeFileSync(file('labelled.http'), signed.text.replaceAll('sig1=', 'sig2='))
    const { code, stderr } = await explain(signed.text, ['--signed', file('labelled.http')])
    expect([code, stderr]).toEqual([3, expect.stringContaining('has no signature "sig1"')])
  })

  it('names a digest that was computed anew', async () => {
    const other = signedText({ body: '{ "to": "bob", "amount": 10 }' }).text
    const { stdout } = await explain(other, ['--signed', baseFile])
    expectGolden('explain/content-digest', stdout)
  })

  it.each([
    ['"@scheme"', 'http', 'https', 'TLS ends at a proxy'],
    ['"@target-uri"', 'https://a.example/x', 'https://bank.example/', 'TLS ends at a proxy'],
    ['"x-tenant"', '7', '8', 'set, joined or trimmed'],
  ])('names %s', async (identifier, there, _here, cause) => {
    const line = signedLine(identifier, there, '')
    writeFileSync(file('other.txt'), line.there)
    const { stdout } = await explain(line.text.replace('Host:', 'X-Tenant: 8\r\nHost:'), [
      '--signed',
      file('other.txt'),
    ])
    expect(stdout).toContain(`${identifier} has another value there`)
    expect(stdout.replace(/\s+/g, ' ')).toContain(cause)
  })

  it('names what one side alone covers, and another order', async () => {
    const lines = signed.base.split('\n')
    writeFileSync(file('less.txt'), lines.filter((line) => !line.startsWith('"@query"')).join('\n'))
    expect((await explain(signed.text, ['--signed', file('less.txt')])).stdout).toContain('"@query" is not there')
    writeFileSync(file('more.txt'), ['"x-tenant": 7', ...lines].join('\n'))
    expect((await explain(signed.text, ['--signed', file('more.txt')])).stdout).toContain('"x-tenant" is not here')
    const [first = '', second = '', ...rest] = lines
    writeFileSync(file('order.txt'), [second, first, ...rest].join('\r\n'))
    expect((await explain(signed.text, ['--signed', file('order.txt')])).stdout).toContain(
      '"@method" stands in another place there',
    )
  })

  it('says that the key is right, where the signature is over that base', async () => {
    const changed = signed.text.replace('Host: bank.example', 'Host: inner.example')
    const { stdout } = await explain(changed, ['--signed', baseFile, '-k', key])
    expectGolden('explain/authority', stdout)
    const copied = signed.base.replace('/transfers', '/transfer')
    writeFileSync(file('copied.txt'), copied)
    const report = JSON.parse((await explain(changed, ['--signed', file('copied.txt'), '-k', key, '--json'])).stdout)
    expect(report.otherBaseVerifies).toBe(false)
    expect((await explain(changed, ['--signed', file('copied.txt'), '-k', key])).stdout).toContain(
      'The signature is not over the base of the other side',
    )
  })

  it('says that both have the same, and that the body was changed', async () => {
    const same = await explain(signed.text, ['--signed', baseFile])
    expect([same.code, same.stdout]).toEqual([0, expect.stringContaining('Both sides have the same signature base')])
    const body = await explain(signed.text.replace('"amount":10', '"amount": 10'), ['--signed', baseFile])
    expect(body.code).toBe(1)
    expectGolden('explain/body', body.stdout)
  })
})

describe('explain with the key', () => {
  it('proves that the query was reordered', async () => {
    const { code, stdout } = await explain(signed.text.replace('dry=1&to=bob', 'to=bob&dry=1'), ['-k', key])
    expect(code).toBe(1)
    expectGolden('explain/query', stdout)
  })

  it('names a clock that is off, and by how much', async () => {
    const { stdout } = await explain(signed.text, ['-k', key], created - 3600)
    expectGolden('explain/clock', stdout)
  })

  it('suspects the key where nothing else fits', async () => {
    const other = { ...publicTestKey, x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }
    writeFileSync(file('other.jwk'), JSON.stringify(other))
    const { stdout } = await explain(signed.text, ['-k', file('other.jwk')])
    expectGolden('explain/wrong-key', stdout)
  })

  it('finds that the body was parsed and written anew', async () => {
    const pretty = JSON.stringify(JSON.parse('{"to":"bob","amount":10}'), null, 2)
    const { stdout } = await explain(signed.text.replace('{"to":"bob","amount":10}', pretty), ['-k', key])
    expectGolden('explain/parsed-body', stdout)
  })

  it('has nothing to say of a request that is in order', async () => {
    const { code, stdout } = await explain(signed.text, ['-k', key])
    expect([code, stdout]).toEqual([0, expect.stringContaining('in order')])
  })
})

describe('explain with the refusal of a server', () => {
  it('names what the server saw otherwise, by its hashes alone', async () => {
    const privateKey = file('test.jwk')
    writeFileSync(privateKey, JSON.stringify(testKey), { mode: 0o600 })
    // Signed for one host, sent to another, as when a proxy rewrites it.
    const { stdout } = await countersign([
      'request',
      'GET',
      'http://bank.example/balance?of=alice',
      '-k',
      privateKey,
      '--dry-run',
    ])
    const sent = stdout.split('\n').slice(1).join('\n').split('\n\n')[0] ?? ''
    const headers = Object.fromEntries(
      sent
        .split('\n')
        .slice(2)
        .map((line) => [line.split(': ')[0] ?? '', line.slice(line.indexOf(': ') + 2)]),
    )
    const refusal = await fetch(`${bank.origin}/balance?of=bob`, { headers })
    expect(refusal.status).toBe(401)
    const answer = file('answer.json')
    writeFileSync(answer, await refusal.text())
    const args = ['--answer', answer, '--origin', 'http://bank.example']
    const explained = await explain(sent, args)
    expect(explained.code).toBe(1)
    expectGolden('explain/refusal', explained.stdout)
    writeFileSync(
      answer,
      `HTTP/1.1 401 Unauthorized\r\nContent-Type: application/problem+json\r\n\r\n${readFileSync(answer)}`,
    )
    expect((await explain(sent, args)).stdout).toBe(explained.stdout)
  })

  it.each([
    ['{"title":"Unauthorized"}', 'the answer has no explanation'],
    ['HTTP/1.1 401 Unauthorized\n\n<html>', 'the answer has no explanation'],
    ['{"explanation":{"salt":"too short","signatures":[]}}', 'the answer has no explanation'],
    ['{"explanation":{"salt":"0123456789abcdef","signatures":[]}}', 'says nothing of the signature "sig1"'],
  ])('that does not explain: %s', async (text, reason) => {
    writeFileSync(file('mute.json'), text)
    const { code, stderr } = await explain(signed.text, ['--answer', file('mute.json')])
    expect([code, stderr]).toEqual([3, expect.stringContaining(reason)])
  })
})

describe('explain refuses', () => {
  it.each([
    [[], 2, 'there is nothing to compare with'],
    [['--signed', 'a', '--answer', 'b'], 2, 'take one of them'],
    [['--signed', '-'], 2, 'it can be read once'],
    [['--signed', 'package.json'], 3, 'is no signature base'],
    [['--signed', 'nowhere'], 3, 'cannot be read'],
  ])('%j', async (args, code, reason) => {
    const ran = await explain(signed.text, args)
    expect([ran.code, ran.stdout]).toEqual([code, ''])
    expect(ran.stderr).toContain(reason)
  })

  it('a request without a signature', async () => {
    const { code, stderr } = await explain('GET / HTTP/1.1\nHost: a\n', ['-k', key])
    expect([code, stderr]).toEqual([3, expect.stringContaining('not signed')])
  })
})

it('a credential that differs is not shown', async () => {
  const line = signedLine('"authorization"', 'Bearer top-secret', '')
  writeFileSync(file('token.txt'), line.there)
  const text = line.text.replace('Host:', 'Authorization: Bearer other-secret\r\nHost:')
  const { stdout } = await explain(text, ['--signed', file('token.txt')])
  expect(stdout).toContain('  here   (19 characters, not shown)\n  there  (17 characters, not shown)\n')
  expect(stdout).not.toContain('secret')
})
