import { writeFileSync } from 'node:fs'
import { createRequestMessage, ed25519, importSigningKey } from '@countersign/core'
import { createAnswerSigner } from '@countersign/verifier'
import { beforeAll, describe, expect, it } from 'vitest'
import { expectGolden } from './golden.ts'
import { countersign, type Ran } from './made-world.ts'
import { type AnswerShape, bankKey, publicBankKey, signedAnswer } from './signed-answer.ts'
import { created, publicTestKey, signedText } from './signed-text.ts'
import { temporaryFolder } from './temporary-folder.ts'

const file = temporaryFolder()
const key = file('bank.jwk.pub')
const sent = file('sent.http')
const request = ['--request', sent]

beforeAll(() => {
  writeFileSync(key, JSON.stringify(publicBankKey))
  writeFileSync(file('bank.jwk'), JSON.stringify(bankKey), { mode: 0o600 })
  writeFileSync(sent, signedText().text)
})

const verify = (text: string, args: readonly string[] = request, now = created + 5): Promise<Ran> =>
  countersign(['verify', '-k', key, ...args], { stdin: text, now })

type Change = (text: string) => string

const honest: Change = (text) => text

describe('verify takes a response as the answer to its request', () => {
  it('and prints the steps', async () => {
    const { text, base } = signedAnswer()
    const { code, stdout, stderr } = await verify(text)
    expect([code, stderr]).toEqual([0, ''])
    expectGolden('response/accepted', stdout)
    expect(stdout).toContain(base)
    expect(JSON.parse((await verify(text, [...request, '--json'])).stdout)).toMatchObject({
      kind: 'response',
      accepted: true,
      boundToRequest: true,
      keyid: 'bank',
      signatureBase: base,
    })
  })

  const rows: readonly (readonly [code: string, step: number, shape: AnswerShape, change: Change, args?: string[]])[] =
    [
      ['missing_signature', 1, {}, (text) => text.replace(/^Signature.*\r\n/gm, '')],
      ['malformed_signature', 1, {}, (text) => text.replace(/^Signature: .*/m, 'Signature: sig1=12')],
      ['component_not_covered', 2, { bound: false }, honest],
      ['missing_parameter', 2, { parameters: 'alg="ed25519"' }, honest],
      ['stale', 2, { parameters: `created=${created - 400}` }, honest],
      ['not_yet_valid', 2, { parameters: `created=${created + 400}` }, honest],
      ['expired', 2, { parameters: `created=${created};expires=${created + 2}` }, honest],
      ['no_matching_signature', 2, {}, honest, ['--tag', 'pay']],
      ['missing_component', 2, {}, (text) => text.replace(/^Content-Type.*\r\n/m, '')],
      ['unknown_key', 3, { keyId: 'other' }, honest],
      ['algorithm_mismatch', 4, { parameters: `created=${created};alg="hmac-sha256"` }, honest],
      ['invalid_signature', 4, {}, (text) => text.replace('201 Created', '200 OK')],
      ['digest_mismatch', 5, {}, (text) => text.replace('"paid":10', '"paid":99')],
    ]

  for (const [code, step, shape, change, args = []] of rows) {
    it(code, async () => {
      const changed = change(signedAnswer(shape).text)
      const ran = await verify(changed, [...request, ...args])
      expect([ran.code, ran.stderr]).toEqual([1, ''])
      expectGolden(`response/${code}`, ran.stdout)
      const report = JSON.parse((await verify(changed, [...request, ...args, '--json'])).stdout)
      expect(report).toMatchObject({ accepted: false, boundToRequest: false, code })
      expect(report.steps.map(({ state }: { state: string }) => state)).toEqual(
        [1, 2, 3, 4, 5, 6, 7].map((one) => (one < step ? 'passed' : one === step ? 'failed' : 'unknown')),
      )
    })
  }

  it.each([
    ['another nonce', signedText({ nonce: '2f8c2a44-90b3-4d17-a65e-03d27bc8916a' }).text],
    ['another body', signedText({ body: '{"to":"bob","amount":99}' }).text],
    ['another host', signedText({ host: 'other.example' }).text],
  ])('and refuses that of a request with %s', async (_what, text) => {
    writeFileSync(file('other.http'), text)
    const { code, stdout } = await verify(signedAnswer().text, ['--request', file('other.http')])
    expect([code, stdout]).toEqual([1, expect.stringContaining('✗ 4  signature           invalid_signature')])
  })

  it('by its own origin, where Host was rewritten', async () => {
    writeFileSync(file('inner.http'), signedText().text.replace('Host: bank.example', 'Host: inner.example'))
    const args = ['--request', file('inner.http')]
    expect((await verify(signedAnswer().text, args)).code).toBe(1)
    expect((await verify(signedAnswer().text, [...args, '--origin', 'https://bank.example'])).code).toBe(0)
  })

  it('when it was received', async () => {
    const run = (...args: string[]) => verify(signedAnswer().text, [...request, ...args], created + 86_400)
    expect((await run()).stdout).toContain('signed 86399 s ago')
    expect((await run('--at', 'created')).code).toBe(0)
    expect((await run('--max-age', '90000')).code).toBe(0)
  })

  it('by a key that is trusted at the time', async () => {
    const set = file('keys.jwks')
    const run = (more: object) => {
      writeFileSync(set, JSON.stringify({ keys: [{ ...publicBankKey, ...more }] }))
      return countersign(['verify', '-k', set, ...request, '--no-base'], {
        stdin: signedAnswer().text,
        now: created + 5,
      })
    }
    expect((await run({ exp: created + 5 })).code).toBe(0)
    const past = await run({ exp: created - 86_400 })
    expect(past.code).toBe(1)
    expectGolden('response/inactive_key', past.stdout)
    expect((await run({ nbf: created + 600 })).stdout).toContain('is trusted from 2026-11-22T00:10:00Z')
    expect((await run({ revoked: true })).stdout).toContain('✗ 3  key                 inactive_key')
    expect((await run({ exp: (created + 600) * 1000 })).code).toBe(3)
  })

  it('that covers what must be covered beside the profile', async () => {
    const { text } = signedAnswer()
    expect((await verify(text, [...request, '--require', 'content-type', '--require', '"@path";req'])).code).toBe(0)
    expect((await verify(text, [...request, '--require', 'x-tenant'])).stdout).toContain('component_not_covered')
  })

  it('with the key of the request, where both sides hold one secret', async () => {
    const asked = signedText()
    writeFileSync(file('shared.jwk'), JSON.stringify({ ...publicBankKey, kid: 'test-key-ed25519' }))
    const { text } = signedAnswer({ request: asked, keyId: 'test-key-ed25519' })
    const run = (...args: string[]) =>
      countersign(['verify', '-k', file('shared.jwk'), ...request, '--no-base', ...args], { stdin: text, now: created })
    expect((await run()).stdout).toContain('--allow-shared-key')
    expect((await run('--allow-shared-key')).code).toBe(0)
  })

  it('as the library for servers signs it', async () => {
    const [head = '', body = ''] = signedText().text.split('\r\n\r\n')
    const headers = head
      .split('\r\n')
      .slice(1)
      .map((line) => [line.split(': ')[0] ?? '', line.slice(line.indexOf(': ') + 2)] as const)
    const asked = createRequestMessage({ method: 'POST', url: 'https://bank.example/transfers?dry=1&to=bob', headers })
    const signer = createAnswerSigner({
      key: await importSigningKey(ed25519, { jwk: bankKey }, { keyId: 'bank' }),
      clock: () => created * 1000,
    })
    const answer = await signer({ status: 200, headers: [], body: new TextEncoder().encode(body) }, asked)
    const lines = answer.headers.map(([name, value]) => `${name}: ${value}\n`)
    const { code } = await verify(`HTTP/1.1 200 OK\n${lines.join('')}\n${body}`)
    expect(code).toBe(0)
  })
})

describe('verify takes a response by itself', () => {
  it('and says that it names no request', async () => {
    const { text } = signedAnswer({ bound: false })
    const ran = await verify(text, ['--no-base'])
    expect([ran.code, ran.stderr]).toEqual([0, ''])
    expectGolden('response/unbound', ran.stdout)
    expect(JSON.parse((await verify(text, ['--json'])).stdout)).toMatchObject({ accepted: true, boundToRequest: false })
  })

  it.each([
    ['stale', signedAnswer({ bound: false, parameters: `created=${created - 400}` }).text, []],
    ['not_yet_valid', signedAnswer({ bound: false, parameters: `created=${created + 400}` }).text, []],
    ['expired', signedAnswer({ bound: false, parameters: `created=${created};expires=${created + 1}` }).text, []],
    ['missing_parameter', signedAnswer({ bound: false, parameters: 'alg="ed25519"' }).text, []],
    ['unknown_key', signedAnswer({ bound: false, keyId: 'other' }).text, []],
    ['no_matching_signature', signedAnswer({ bound: false }).text, ['--tag', 'pay']],
    ['component_not_covered', signedAnswer({ bound: false }).text, ['--require', 'x-tenant']],
    ['invalid_signature', signedAnswer({ bound: false }).text.replace('201', '202'), []],
    ['digest_mismatch', signedAnswer({ bound: false }).text.replace('"paid":10', '"paid":11'), []],
    ['missing_signature', 'HTTP/1.1 200 OK\n\n', []],
  ])('%s', async (code, text, args) => {
    const ran = await verify(text, [...args, '--json'])
    expect([ran.code, JSON.parse(ran.stdout).code]).toEqual([1, code])
  })

  it('but not a body that is not signed, and not without its status', async () => {
    const sign = (...args: string[]) =>
      countersign(['sign', '-k', file('bank.jwk'), '--only', ...args], { stdin: 'HTTP/1.1 200 OK\n\nhi', now: created })
    const bodiless = await sign('--component', '@status')
    expect(JSON.parse((await verify(bodiless.stdout, ['--json'])).stdout)).toMatchObject({ code: 'missing_digest' })
    const statusless = await sign('--component', 'content-digest')
    expect(JSON.parse((await verify(statusless.stdout, ['--json'])).stdout)).toMatchObject({
      code: 'component_not_covered',
    })
  })

  it('unless its signature covers a request that was not given', async () => {
    const { code, stdout, stderr } = await verify(signedAnswer().text, [])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain('pass --request FILE')
  })

  it('where the request that was given has no nonce', async () => {
    const asked = signedText({ parameters: `created=${created}` })
    writeFileSync(file('nonceless.http'), asked.text)
    const args = ['--request', file('nonceless.http'), '--json']
    const { code, stdout } = await verify(signedAnswer({ request: asked }).text, args)
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { accepted: true, boundToRequest: false }])
  })
})

describe('a response', () => {
  const lines = (text: string): { name: string; value: string }[] =>
    (text.split('\r\n\r\n')[0] ?? '')
      .split('\r\n')
      .slice(1)
      .map((line) => ({ name: line.split(': ')[0] ?? '', value: line.slice(line.indexOf(': ') + 2) }))

  function writeHar(response: object): void {
    const asked = signedText().text
    const url = 'https://bank.example/transfers?dry=1&to=bob'
    // As over HTTP/2: no Host among the fields.
    const headers = [{ name: ':authority', value: 'bank.example' }, ...lines(asked)].filter(
      ({ name }) => name !== 'Host',
    )
    const postData = { text: asked.split('\r\n\r\n')[1] }
    const entry = { request: { method: 'POST', url, headers, postData }, response }
    writeFileSync(file('one.har'), JSON.stringify({ log: { entries: [entry] } }))
  }

  it('of a HAR entry has its request beside it', async () => {
    const { text } = signedAnswer()
    const body = Buffer.from('{"paid":10}').toString('base64')
    writeHar({ status: 201, statusText: 'Created', headers: lines(text), content: { text: body, encoding: 'base64' } })
    const run = (...args: string[]) =>
      countersign(['verify', file('one.har'), '-k', key, '--no-base', ...args], { now: created + 5 })
    const answer = await run('--response')
    expect([answer.code, answer.stderr]).toEqual([0, ''])
    writeFileSync(file('client.jwk'), JSON.stringify(publicTestKey))
    expect((await countersign(['verify', file('one.har'), '-k', file('client.jwk')], { now: created })).code).toBe(0)
    writeHar({ status: 201, headers: lines(text), content: {} })
    const lost = await run('--response')
    expect([lost.code, lost.stderr]).toEqual([1, expect.stringContaining('does not hold the body of this response')])
    writeHar({ status: 0 })
    expect((await run('--response')).stderr).toContain('has no response')
  })

  it.each([
    [signedText().text, request, '--request is for responses'],
    [signedText().text, ['--response'], '--response is for HAR files'],
    [signedText().text, ['--allow-shared-key'], 'is for responses'],
    [signedAnswer().text, ['--request', '-'], 'it can be read once'],
    [signedAnswer().text, ['--request', ''], 'the name of a file is empty'],
    ['HTTP/1.1 101 Switching Protocols\n\n', request, 'is no answer'],
  ])('is asked for as it is', async (text, args, reason) => {
    const { code, stderr } = await verify(text, args)
    expect([code, stderr]).toEqual([2, expect.stringContaining(reason)])
  })

  it('is not taken for the request that it answers', async () => {
    writeFileSync(file('answer.http'), signedAnswer().text)
    const { code, stderr } = await verify(signedAnswer().text, ['--request', file('answer.http')])
    expect([code, stderr]).toEqual([2, expect.stringContaining('this is a response')])
  })

  it('that cannot have a body, or such a header, is refused', async () => {
    const { text } = signedAnswer()
    for (const broken of [
      text.replace('201 Created', '204 No Content'),
      text.replace('\r\n\r\n', '\r\nX: a\u0000b\r\n\r\n'),
    ]) {
      const { code, stdout } = await verify(broken, [...request, '--json'])
      expect([code, JSON.parse(stdout).code]).toEqual([1, 'malformed_message'])
    }
  })
})

describe('sign binds a response to its request', () => {
  const answer = 'HTTP/1.1 201 Created\nContent-Type: text/plain\nLocation: /t/1\n\nok'
  const sign = (args: readonly string[]) =>
    countersign(['sign', '-k', file('bank.jwk'), ...args], { stdin: answer, now: created })

  it('as the profile says, so that verify takes it', async () => {
    const { code, stdout } = await sign(request)
    expect(code).toBe(0)
    expect(stdout).toContain(
      'sig1=("@status" "content-digest" "content-type" "location" "@method";req "@authority";req "@path";req "@query";req "signature-input";req "content-digest";req "content-type";req);created=',
    )
    expect((await verify(stdout)).code).toBe(0)
  })

  it('which must be signed', async () => {
    writeFileSync(file('unsigned.http'), 'GET / HTTP/1.1\nHost: bank.example\n')
    const { code, stderr } = await sign(['--request', file('unsigned.http')])
    expect([code, stderr]).toEqual([2, expect.stringContaining('the request is not signed')])
  })
})

describe('explain compares a response with what the server signed', () => {
  const explain = (text: string, args: readonly string[]) =>
    countersign(['explain', ...request, ...args], { stdin: text, now: created })

  it('by its base, or by the answer as it was sent', async () => {
    const { text, base } = signedAnswer()
    writeFileSync(file('base.txt'), base)
    writeFileSync(file('answer.http'), text)
    const changed = text.replace('application/json', 'application/json; charset=utf-8')
    for (const signed of ['base.txt', 'answer.http']) {
      const { code, stdout } = await explain(changed, ['--signed', file(signed), '-k', key])
      expect(code).toBe(1)
      expectGolden('response/explained', stdout)
    }
    expect((await explain(text, ['--signed', file('base.txt')])).code).toBe(0)
  })

  it('and needs that', async () => {
    const { text } = signedAnswer()
    expect((await explain(text, ['-k', key])).stderr).toContain('pass --signed FILE')
    expect((await explain(text, ['--answer', sent])).stderr).toContain('--answer is for requests')
    expect((await explain(text, ['--signed', sent])).stderr).toContain('is a request, and this one a response')
  })
})
