import { describe, expect, it } from 'vitest'
import {
  createSignatureInput,
  ecdsaP256Sha256,
  type FieldLine,
  importVerifyingKey,
  type Message,
  parseSignatures,
  type RequestParts,
  SignatureError,
  type SignatureErrorCode,
  type SigningKey,
  sign,
  signatureBase,
  verifySignature,
} from '../../src/index.ts'
import { expectCode } from '../expect-code.ts'
import { receivedBase, request, response } from './received-base.ts'

describe('signature parameters (RFC 9421 2.3)', () => {
  const message = request({ headers: [['Date', 'Tue, 20 Apr 2021 02:07:55 GMT']] })

  it('are the last line, and the only one that says so', () => {
    expect(receivedBase(message, '("date" "@method");created=1;keyid="k"')).toBe(
      '"date": Tue, 20 Apr 2021 02:07:55 GMT\n"@method": GET\n"@signature-params": ("date" "@method");created=1;keyid="k"',
    )
    expect(receivedBase(message, '()')).toBe('"@signature-params": ()')
  })

  it.each([
    ['("@method" "date")', ['"@method"', '"date"', '"@signature-params"']],
    ['("date" "@method")', ['"date"', '"@method"', '"@signature-params"']],
  ])('the base has the order of the list: %s', (list, names) => {
    const lines = receivedBase(message, list).split('\n')
    expect(lines.map((line) => line.slice(0, line.indexOf(':')))).toEqual(names)
    expect(lines.at(-1)).toBe(`"@signature-params": ${list}`)
  })

  it('a signer leaves out what it was not given', () => {
    const parameters = { created: 1, nonce: undefined, keyid: 'k' } as object
    expect(createSignatureInput(['@method'], parameters).text).toBe('("@method");created=1;keyid="k"')
  })

  it('are serialized strictly, and ASCII whatever they hold', () => {
    const base = receivedBase(message, '( "@method" );created=01;x=%"%c3%bc";y=1.50;z=?1;b=:AAA:;d=@0')
    const strict = '("@method");created=1;x=%"%c3%bc";y=1.5;z;b=:AAA=:;d=@0'
    expect(base).toBe(`"@method": GET\n"@signature-params": ${strict}`)
  })
})

// RFC 9421 2.4, the second example, with the line wrapping of RFC 8792 undone.
describe('the response of RFC 9421 2.4 that covers all that its request signed', () => {
  const requestDigest =
    'sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:'
  const responseDigest =
    'sha-512=:0Y6iCBzGg5rZtoXS95Ijz03mslf6KAMCloESHObfwnHJDbkkWWQz6PhhU9kxsTbARtY2PTBOzq24uJFpHsMuAg==:'
  const innerList =
    '("@status" "content-digest" "content-type" "@authority";req "@method";req "@path";req "@query";req "content-digest";req "content-type";req "content-length";req);created=1618884479;keyid="test-key-ecc-p256"'
  const base = `"@status": 503
"content-digest": ${responseDigest}
"content-type": application/json
"@authority";req: example.com
"@method";req: POST
"@path";req: /foo
"@query";req: ?param=Value&Pet=dog
"content-digest";req: ${requestDigest}
"content-type";req: application/json
"content-length";req: 18
"@signature-params": ${innerList}`
  const signature = 'C73J41GVKc+TYXbSobvZf0CmNcptRiWN+NY1Or0A36ISg6ymdRN6ZgR2QfrtopFNzqAyv+CeWrMsNbcV2Ojsgg=='
  // RFC 9421 B.1.3
  const pem = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqIVYZVLCrPZHGHjP17CTW0/+D9Lf
w0EkjqF7xB4FivAxzic30tMM4GF+hR6Dxh71Z50VGGdldkkDXZCnTNnoXQ==
-----END PUBLIC KEY-----`

  const askedParts: RequestParts = {
    method: 'POST',
    url: 'https://example.com/foo?param=Value&Pet=dog',
    headers: [
      ['Content-Digest', requestDigest],
      ['Content-Type', 'application/json'],
      ['Content-Length', '18'],
    ],
  }
  const asked = request(askedParts)
  const headers: FieldLine[] = [
    ['Content-Type', 'application/json'],
    ['Content-Length', '62'],
    ['Content-Digest', responseDigest],
    ['Signature-Input', `reqres=${innerList}`],
    ['Signature', `reqres=:${signature}:`],
  ]

  it('has the base of the RFC', () => {
    expect(receivedBase(response({ status: 503, headers, request: asked }), innerList)).toBe(base)
  })

  it('verifies as long as the client keeps its request, and with no other', async () => {
    const key = await importVerifyingKey(ecdsaP256Sha256, { pem }, { keyId: 'test-key-ecc-p256' })
    const answered = response({ status: 503, headers, request: asked })
    const [unverified] = parseSignatures(answered)
    expect((await verifySignature(answered, unverified!, key)).label).toBe('reqres')
    const other = response({ status: 503, headers, request: request({ ...askedParts, method: 'PUT' }) })
    await expectCode('invalid_signature', () => verifySignature(other, unverified!, key))
    const lost = response({ status: 503, headers })
    await expectCode('missing_component', () => verifySignature(lost, unverified!, key))
  })
})

describe('what has no signature base (RFC 9421 2.5)', () => {
  const fields: FieldLine[] = [
    ['X', 'a=1, b=2'],
    ['Not-A-Dictionary', 'a=('],
    ['Not-ASCII', 'caf\xe9'],
    ['Priority', '!'],
  ]
  const asked = request({ url: 'https://example.com/?p=1&q=1&q=2', headers: fields })
  const answered = response({ headers: fields, request: asked })

  const cases: readonly (readonly [what: string, message: Message, identifier: string, code: SignatureErrorCode])[] = [
    ['a derived component name that nobody knows', asked, '"@body"', 'invalid_component'],
    ['a field that is not in the message', asked, '"date"', 'missing_component'],
    ['a field whose value is malformed', asked, '"not-ascii"', 'malformed_component'],
    ['a parameter that nobody knows', asked, '"x";new', 'invalid_component'],
    ['a parameter of fields on a derived component', asked, '"@method";sf', 'invalid_component'],
    ['a parameter of query parameters on a field', asked, '"x";name="a"', 'invalid_component'],
    ['bs and sf together', asked, '"x";bs;sf', 'invalid_component'],
    ['bs and key together', asked, '"x";key="a";bs', 'invalid_component'],
    ['req in the signature of a request', asked, '"@method";req', 'invalid_component'],
    ['sf on a field of a type that nobody knows', asked, '"x";sf', 'invalid_component'],
    ['sf on a value that is not of its type', asked, '"priority";sf', 'malformed_component'],
    ['key on a field that is not in the message', asked, '"date";key="a"', 'missing_component'],
    ['key on a value that is no Dictionary', asked, '"not-a-dictionary";key="a"', 'malformed_component'],
    ['key of a member that is not in the Dictionary', asked, '"x";key="c"', 'missing_component'],
    ['a query parameter that is not in the query', asked, '"@query-param";name="z"', 'missing_component'],
    ['a query parameter that occurs twice', asked, '"@query-param";name="q"', 'invalid_component'],
    ['a component of responses in a request', asked, '"@status"', 'invalid_component'],
    ['a component of requests in a response', answered, '"@path"', 'invalid_component'],
    ['a response whose request is not at hand', response({ headers: fields }), '"x";req', 'missing_component'],
    ['a trailer that is not in the message', asked, '"x";tr', 'missing_component'],
    ['the signature parameters in the list', asked, '"@signature-params"', 'invalid_component'],
    ['an identifier that occurs twice', asked, '"@method" "@method"', 'duplicate_component'],
  ]

  it.each(cases)('%s', async (_what, message, identifier, code) => {
    await expectCode(code, () => receivedBase(message, `(${identifier})`))
  })

  it('one bad component spoils the whole, wherever it stands', async () => {
    for (const list of ['("date" "x")', '("x" "date")', '("x" "date" "@method")']) {
      await expectCode('missing_component', () => receivedBase(asked, list))
    }
  })

  it('nothing is signed then: the key is not even asked', async () => {
    let asks = 0
    const key: SigningKey = {
      keyId: 'k',
      algorithm: 'ed25519',
      sign: () => {
        asks++
        return new Uint8Array(64)
      },
    }
    for (const name of ['date', 'not-ascii', '@status', '@body']) {
      await expect(sign(asked, key, { components: [name], parameters: {} })).rejects.toBeInstanceOf(SignatureError)
    }
    expect(asks).toBe(0)
  })

  it('what can be resolved has one, on both sides alike', () => {
    const text = '("@method" "x");created=1'
    const base = `"@method": GET\n"x": a=1, b=2\n"@signature-params": ${text}`
    expect(receivedBase(asked, text)).toBe(base)
    expect(signatureBase(asked, createSignatureInput(['@method', 'x'], { created: 1 }))).toBe(base)
  })
})
