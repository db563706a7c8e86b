import { createServer } from 'node:http'
import { gzipSync } from 'node:zlib'
import { createDoctor, createMessageDoctor, createNodeDoctor, type Diagnosis } from '@countersign/verifier/doctor'
import { describe, expect, it } from 'vitest'
import { listen, send } from '../adapters/running-app.ts'
import { alice, bob, mallory, signerNamed, trustedKeys } from '../attacks/keys.ts'
import { addField, editField, type RawRequest } from '../attacks/raw-request.ts'
import { digestMember, hmacKey } from '../attacks/raw-signer.ts'
import { bankOrigin, getShape, type Shape, signedRequest } from '../attacks/signed-request.ts'
import { type Forwarded, startProxy } from './changing-proxy.ts'

type Change = (request: Forwarded) => Partial<Forwarded>

const now = (): number => Math.floor(Date.now() / 1000)

/** What the doctor finds of a request that went through a proxy. */
async function diagnosed(
  request: RawRequest,
  change: Change,
  more: object = {},
): Promise<Diagnosis & { answer: string }> {
  const found: Diagnosis[] = []
  const doctor = createNodeDoctor({ keys: await trustedKeys(), origin: bankOrigin, ...more }, (diagnosis) => {
    found.push(diagnosis)
  })
  const port = await startProxy(await listen(createServer(doctor)), change)
  const { body } = await send(port, request)
  return { ...(found[0] as Diagnosis), answer: body }
}

function withHeaders(more: Readonly<Record<string, string>>): Change {
  return ({ headers }) => ({ headers: { ...headers, ...more } })
}

function without(...names: readonly string[]): Change {
  return ({ headers }) => ({
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name))),
  })
}

const json = '{"to":"bob","amount":10}'
const pretty = '{\n  "to": "bob",\n  "amount": 10\n}'
const python = '{"to": "bob", "amount": 10}'

describe('the doctor proves what a proxy did', () => {
  const otherHost = (name: string, value = 'api.bank.example'): readonly [string, Shape, Change] => [
    `another host than origin says, kept in ${name}`,
    { authority: 'api.bank.example' },
    withHeaders({ [name]: value }),
  ]
  const get = (target: string, more: Shape = {}): Shape => ({ ...getShape, target, ...more })
  const cases: Readonly<Record<string, readonly (readonly [what: string, shape: Shape, change: Change])[]>> = {
    authority: [
      otherHost('host'),
      otherHost('x-forwarded-host'),
      otherHost('x-forwarded-host', 'edge.example, api.bank.example'),
      otherHost('forwarded', 'for=1.2.3.4;host="api.bank.example";proto=https'),
      otherHost('x-original-host'),
      ['a port', { authority: 'bank.example:8443' }, withHeaders({ host: 'bank.example:8443' })],
    ],
    scheme: [
      ['the scheme', { lines: (lines) => [...lines, { identifier: '"@scheme"', value: 'http' }] }, () => ({})],
      [
        'the scheme of the target URI',
        {
          lines: (lines) => [
            ...lines,
            { identifier: '"@target-uri"', value: 'http://bank.example/transfer?amount=10' },
          ],
        },
        () => ({}),
      ],
    ],
    path: [
      [
        'cut off an announced prefix',
        get('/api/balance'),
        (request) => ({ ...withHeaders({ 'x-forwarded-prefix': '/api' })(request), target: '/balance' }),
      ],
      [
        'kept the target that it rewrote',
        get('/v1/balance?of=a'),
        (request) => ({ ...withHeaders({ 'x-original-uri': '/v1/balance?of=a' })(request), target: '/x/y?z=1' }),
      ],
      ['cut off a prefix that the doctor knows', get('/app/balance'), () => ({ target: '/balance' })],
      ['cut off a prefix and all that was behind', get('/app'), () => ({ target: '/' })],
      ['added a prefix', get('/balance'), () => ({ target: '/internal/v2/balance' })],
      ['added a slash', get('/balance'), () => ({ target: '/balance/' })],
      ['cut off a slash', get('/balance/'), () => ({ target: '/balance' })],
      ['changed the case of an encoding', get('/caf%c3%a9'), () => ({ target: '/caf%C3%A9' })],
      ['decoded what needs no encoding', get('/%7Ealice'), () => ({ target: '/~alice' })],
      ['encoded what needs none', get('/~alice'), () => ({ target: '/%7Ealice' })],
    ],
    query: [
      ['sorted it', get('/a?b=1&a=2&c=3'), () => ({ target: '/a?a=2&b=1&c=3' })],
      [
        'sorted a long one that was sorted backwards',
        get('/a?e=5&d=4&c=3&b=2&a=1'),
        () => ({ target: '/a?a=1&b=2&c=3&d=4&e=5' }),
      ],
      ['added a parameter', get('/a?b=1'), () => ({ target: '/a?b=1&trace=7' })],
      ['added one where there was none', get('/a'), () => ({ target: '/a?trace=7' })],
      ['wrote + as %20', get('/a?b=c+d'), () => ({ target: '/a?b=c%20d' })],
      ['wrote %20 as +', get('/a?b=c%20d'), () => ({ target: '/a?b=c+d' })],
      ['changed the case of an encoding', get('/a?b=%c3%a9'), () => ({ target: '/a?b=%C3%A9' })],
      ['encoded brackets', get('/a?b[]=1'), () => ({ target: '/a?b%5B%5D=1' })],
      ['cut off an empty value', get('/a?b='), () => ({ target: '/a?b' })],
    ],
    method: [
      [
        'overrode it',
        {},
        (request) => ({ ...withHeaders({ 'x-http-method-override': 'POST' })(request), method: 'PUT' }),
      ],
      ['asked GET for HEAD', { ...getShape, method: 'HEAD' }, () => ({ method: 'GET' })],
    ],
    field: [
      ['added a charset', {}, withHeaders({ 'content-type': 'application/json; charset=utf-8' })],
      [
        'cut off a charset',
        { headers: [['Content-Type', 'application/json; charset=utf-8']] },
        withHeaders({ 'content-type': 'application/json' }),
      ],
      [
        'joined a list without spaces',
        { headers: [['X-List', 'a, b']], cover: ['x-list'] },
        withHeaders({ 'x-list': 'a,b' }),
      ],
      [
        'appended to a list',
        { headers: [['X-Forwarded-For', '1.2.3.4']], cover: ['x-forwarded-for'] },
        withHeaders({ 'x-forwarded-for': '1.2.3.4, 10.0.0.1' }),
      ],
      [
        'decompressed the body and said so',
        {
          headers: [
            ['Content-Encoding', 'gzip'],
            ['Content-Digest', digestMember(Buffer.from('x'))],
          ],
          body: 'x',
        },
        without('content-encoding'),
      ],
    ],
    'missing-field': [
      ['took a field away', { headers: [['X-Tenant', 'a']], cover: ['x-tenant'] }, without('x-tenant')],
      ['took Authorization away', { headers: [['Authorization', 'Bearer x']] }, without('authorization')],
    ],
    body: [
      ['wrote JSON anew', { body: pretty }, () => ({ body: Buffer.from(json) })],
      ['indented JSON', { body: json }, () => ({ body: Buffer.from(pretty) })],
      ['wrote the JSON of Python anew', { body: python }, () => ({ body: Buffer.from(json) })],
      ['added a line break', { body: json }, () => ({ body: Buffer.from(`${json}\n`) })],
      ['cut off a line break', { body: `${json}\n` }, () => ({ body: Buffer.from(json) })],
      ['changed line breaks', { body: 'a\nb\n' }, () => ({ body: Buffer.from('a\r\nb\r\n') })],
      ['compressed it', { body: json }, () => ({ body: gzipSync(json) })],
    ],
  }
  const all = Object.entries(cases).flatMap(([cause, list]) => list.map((entry) => [cause, ...entry] as const))

  it.each(all)('%s: %s', async (cause, _what, shape, change) => {
    const { causes, verifications, text, answer } = await diagnosed(signedRequest(now(), shape), change, {
      prefixes: ['/app'],
    })
    expect(causes).toEqual([expect.objectContaining({ cause, proven: true })])
    expect(verifications).toBeLessThanOrEqual(64)
    if (shape.method !== 'HEAD') expect(answer).toBe(`${text}\n`)
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  })

  it('two at once: host and prefix', async () => {
    const shape: Shape = { ...getShape, target: '/api/balance', authority: 'api.bank.example' }
    const { causes } = await diagnosed(signedRequest(now(), shape), ({ headers }) => ({
      headers: { ...headers, 'x-forwarded-host': 'api.bank.example', 'x-forwarded-prefix': '/api' },
      target: '/balance',
    }))
    expect(causes).toMatchObject([
      { cause: 'authority', proven: true },
      { cause: 'path', proven: true },
    ])
  })

  it('host and body at once', async () => {
    const request = signedRequest(now(), { authority: 'api.bank.example', body: pretty })
    const { causes } = await diagnosed(request, ({ headers }) => ({
      headers: { ...headers, 'x-forwarded-host': 'api.bank.example' },
      body: Buffer.from(json),
    }))
    expect(causes).toMatchObject([
      { cause: 'authority', proven: true },
      { cause: 'body', proven: true },
    ])
  })
})

const untouched: Change = () => ({})

describe('the doctor tells what the client did', () => {
  it('nothing, where all is well', async () => {
    const { causes, verifications, text } = await diagnosed(signedRequest(now()), untouched)
    expect([causes, verifications]).toEqual([[], 1])
    expect(text).toContain('in order')
  })

  it.each([
    ['ago', 3600],
    ['in the future', -3600],
  ])('a clock that is an hour off (%s)', async (direction, age) => {
    const { causes } = await diagnosed(signedRequest(now(), { age }), untouched)
    expect(causes).toMatchObject([{ cause: 'clock' }])
    expect(causes[0]?.finding).toMatch(new RegExp(`signed 3[56]\\d\\d s ${direction}`))
  })

  it('an unknown keyid', async () => {
    const { causes } = await diagnosed(signedRequest(now(), { key: mallory }), untouched)
    expect(causes).toMatchObject([{ cause: 'key', proven: true }])
  })

  it('a key that is not trusted any more', async () => {
    const keys = (await trustedKeys()).map((key) => ({ key, notAfter: now() - 60 }))
    const { causes } = await diagnosed(signedRequest(now()), untouched, { keys })
    expect(causes).toMatchObject([{ cause: 'key', proven: true }])
    expect(causes[0]?.finding).toContain('its notAfter is past')
    expect(causes[0]?.cure).toContain('mend notBefore, notAfter and revoked')
  })

  it('the keyid of another key', async () => {
    const { causes } = await diagnosed(signedRequest(now(), { key: { ...bob, keyId: 'alice' } }), untouched)
    expect(causes).toMatchObject([{ cause: 'key', proven: true }])
    expect(causes[0]?.finding).toContain('"bob"')
  })

  it('another secret: nothing verifies, and it says so', async () => {
    const { causes } = await diagnosed(
      signedRequest(now(), { key: { ...signerNamed('eve'), keyId: 'alice' } }),
      untouched,
    )
    expect(causes).toMatchObject([{ cause: 'unknown', proven: false }])
  })

  it('another algorithm', async () => {
    const key = { ...alice, algorithm: 'ed25519' }
    const { causes } = await diagnosed(signedRequest(now(), { key }), untouched)
    expect(causes).toMatchObject([{ cause: 'algorithm', proven: true }])
  })

  const edits: readonly (readonly [what: string, field: string, edit: (text: string) => string])[] = [
    ['base64url', 'signature', () => 'sig1=:-_-_-_-_:'],
    ['quotation marks', 'signature', (text) => text.replace(/:(.*):/, '"$1"')],
    ['no colons', 'signature', (text) => text.replace(/:(.*):/, '$1')],
    ['two labels', 'signature', (text) => text.replace('sig1', 'sig2')],
    ['bare components', 'signature-input', (text) => text.replace(/\(.*?\)/, (list) => list.replaceAll('"', ''))],
  ]
  it.each(edits)('signature fields with %s', async (_what, field, edit) => {
    const { causes } = await diagnosed(editField(signedRequest(now()), field, edit), untouched)
    expect(causes).toMatchObject([{ cause: 'signature-fields', proven: true }])
    expect(causes[0]?.cure).toMatch(/RFC 9651 3.3.5|one label|RFC 9421 4.1/)
  })

  it('no signature', async () => {
    const { causes } = await diagnosed(signedRequest(now()), without('signature', 'signature-input'))
    expect(causes).toMatchObject([{ cause: 'signature-fields' }])
  })

  /** Signs another text than it should. */
  function mistaken(change: (base: string) => string): RawRequest {
    return signedRequest(now(), {
      ...getShape,
      target: '/balance',
      key: { ...alice, sign: (base) => alice.sign(change(base)) },
    })
  }
  it.each([
    ['a line break at the end', (base: string) => `${base}\n`],
    ['CRLF', (base: string) => base.replaceAll('\n', '\r\n')],
    ['an empty query', (base: string) => base.replace('"@query": ?', '"@query": ')],
    ['no parameters', (base: string) => base.replace(/\n"@signature-params".*/, '')],
    ['bare identifiers', (base: string) => base.replace(/^"([^"]*)":/gm, '$1:')],
  ])('a base with %s', async (_what, change) => {
    const { causes } = await diagnosed(mistaken(change), untouched)
    expect(causes).toMatchObject([{ cause: 'signer', proven: true }])
  })

  it('a method in lower case', async () => {
    const request = mistaken((base) => base.replace('"@method": GET', '"@method": get'))
    expect((await diagnosed(request, untouched)).causes).toMatchObject([{ cause: 'method', proven: true }])
  })
})

describe('the doctor', () => {
  it('answers requests of the Fetch API too', async () => {
    const answer = createDoctor({ keys: await trustedKeys(), origin: bankOrigin })
    const response = await answer(new Request(bankOrigin))
    expect(await response.text()).toContain('no Signature')
  })

  it('tells no credentials', async () => {
    const request = addField(signedRequest(now(), { headers: [['Authorization', 'Basic c2VjcmV0']] }), 'X-Other', '1')
    // To leave out what the proxy appended would make it verify, and tell what was signed.
    const { text } = await diagnosed(request, withHeaders({ authorization: 'Basic c2VjcmV0, b3RoZXI=' }))
    expect(text).not.toMatch(/c2VjcmV0|b3RoZXI/)
  })

  it('checks a signature 64 times at most', async () => {
    let count = 0
    const counting = hmacKey('alice', Buffer.alloc(32))
    const keys = [{ keyId: 'alice', algorithm: 'hmac-sha256' as const, verify: () => ++count < 0 }]
    const { message, ...request } = { message: undefined, ...signedRequest(now(), { key: counting }) }
    const doctor = createMessageDoctor({
      keys,
      origin: bankOrigin,
      prefixes: Array.from({ length: 100 }, (_, i) => `/${i}`),
    })
    const many: readonly [string, string][] = Array.from({ length: 40 }, (_, i) => [
      'X-Forwarded-Host',
      `h${i}.example`,
    ])
    const target = '/a/b/c/%7e?a=1&b=%7e&c=3'
    const headers = [...request.headers, ...many]
    const { verifications } = await doctor({ method: 'POST', target, headers, body: null, source: message })
    expect(verifications).toBe(count)
    expect(count).toBeLessThanOrEqual(64)
    expect(count).toBeGreaterThan(30)
  })

  it('refuses options that it has not', () => {
    expect(() => createDoctor({ replayStore: 1 } as never)).toThrow(TypeError)
  })
})
