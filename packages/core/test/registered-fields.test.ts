import { describe, expect, it } from 'vitest'
import {
  component,
  createResponseMessage,
  createSignatureInput,
  type FieldLine,
  type FieldTypes,
  hmacSha256,
  importSigningKey,
  importVerifyingKey,
  parseSignatures,
  registeredFields,
  sign,
  signatureBase,
  verifySignature,
} from '../src/index.ts'
import { expectCode } from './expect-code.ts'

/** The value of a field covered with `sf`: the first line of a base, without its name. */
function strictValue(name: string, value: string, fieldTypes?: FieldTypes): string {
  const message = createResponseMessage({ status: 200, headers: [[name, value]] })
  const input = createSignatureInput([component(name, { sf: true })], {})
  const [line = ''] = signatureBase(message, input, fieldTypes).split('\n')
  return line.slice(`"${name}";sf: `.length)
}

// Field, where its type is defined, a value as it may be sent, and its strict serialization. The space and the
// order of each value are such that only the right type gives the right text.
const fields: readonly (readonly [string, string, string, string])[] = [
  ['accept-ch', 'RFC 8942 3.1', 'Sec-CH-Example,Sec-CH-Example-2', 'Sec-CH-Example, Sec-CH-Example-2'],
  ['proxy-status', 'RFC 9209 2', 'a.net; error=x , b.net', 'a.net;error=x, b.net'],
  ['cache-status', 'RFC 9211 2', 'Origin; hit; ttl=1100,"CDN, Inc"', 'Origin;hit;ttl=1100, "CDN, Inc"'],
  ['cdn-cache-control', 'RFC 9213 3', 'max-age=600,must-revalidate=?1', 'max-age=600, must-revalidate'],
  ['priority', 'RFC 9218 5', 'u=5,i=?1', 'u=5, i'],
  ['capsule-protocol', 'RFC 9297 3.4', '?1; x', '?1;x'],
  ['signature-input', 'RFC 9421 4.1', 'a=( "@method"  "date" )', 'a=("@method" "date")'],
  ['signature', 'RFC 9421 4.2', 'a=:AAA:,b=:AAAA:', 'a=:AAA=:, b=:AAAA:'],
  ['accept-signature', 'RFC 9421 5.1', 'a=();created=?1', 'a=();created'],
  ['client-cert', 'RFC 9440 2.2', ':AAA:', ':AAA=:'],
  ['client-cert-chain', 'RFC 9440 2.3', ':AAA:,:AAAA:', ':AAA=:, :AAAA:'],
  ['content-digest', 'RFC 9530 2', 'sha-256=:AAA:,sha=:AAAA:', 'sha-256=:AAA=:, sha=:AAAA:'],
  ['repr-digest', 'RFC 9530 3', 'sha-256=:AAA:,sha=:AAAA:', 'sha-256=:AAA=:, sha=:AAAA:'],
  ['want-content-digest', 'RFC 9530 4', 'sha-512=3,sha-256=010', 'sha-512=3, sha-256=10'],
  ['want-repr-digest', 'RFC 9530 4', 'sha-512=3,sha-256=010', 'sha-512=3, sha-256=10'],
  ['link-template', 'RFC 9652 2', '"/{a}"; rel="x","/{b}"', '"/{a}";rel="x", "/{b}"'],
  ['concealed-auth-export', 'RFC 9729 6.2', ':AAA:', ':AAA=:'],
  ['deprecation', 'RFC 9745 2.1', '@01688169599', '@1688169599'],
  ['use-as-dictionary', 'RFC 9842 2.1', 'match="/app/*",type=raw', 'match="/app/*", type=raw'],
  ['available-dictionary', 'RFC 9842 2.2', ':AAA:', ':AAA=:'],
  ['dictionary-id', 'RFC 9842 2.3', '"dictionary-12345"; x', '"dictionary-12345";x'],
  ['cache-groups', 'RFC 9875 2', '"a","b"', '"a", "b"'],
  ['cache-group-invalidation', 'RFC 9875 3', '"a","b"', '"a", "b"'],
  ['cross-origin-embedder-policy', 'HTML 7.1', 'require-corp; report-to="e"', 'require-corp;report-to="e"'],
  ['cross-origin-embedder-policy-report-only', 'HTML 7.1', 'require-corp; report-to="e"', 'require-corp;report-to="e"'],
  ['cross-origin-opener-policy', 'HTML 7.1', 'same-origin; report-to="e"', 'same-origin;report-to="e"'],
  ['cross-origin-opener-policy-report-only', 'HTML 7.1', 'same-origin; report-to="e"', 'same-origin;report-to="e"'],
  ['origin-agent-cluster', 'HTML 7.1', '?1; x', '?1;x'],
  ['permissions-policy', 'W3C Permissions Policy', 'camera=( self ),usb=*', 'camera=(self), usb=*'],
]

describe('registeredFields', () => {
  it.each(fields)('knows the type of %s (%s)', (name, _reference, value, strict) => {
    expect(strictValue(name, value)).toBe(strict)
  })

  it('knows no others', () => {
    expect(Object.keys(registeredFields).sort()).toEqual(fields.map(([name]) => name).sort())
  })

  it('cannot be changed for everybody', () => {
    expect(() => Object.assign(registeredFields, { priority: 'list' })).toThrow(TypeError)
  })

  it.each(['x-mine', 'cache-control', 'constructor', '__proto__'])('does not guess a type: %s', async (name) => {
    await expectCode('invalid_component', () => strictValue(name, 'a=1'))
  })
})

describe('fieldTypes', () => {
  const fieldTypes: FieldTypes = { ...registeredFields, 'x-mine': 'list', 'x-number': 'item', 'x-map': 'dictionary' }

  it('adds to the registered ones', () => {
    expect(strictValue('x-mine', 'a,b', fieldTypes)).toBe('a, b')
    expect(strictValue('priority', 'u=5,i=?1', fieldTypes)).toBe('u=5, i')
  })

  it.each([
    ['1.0', '1.0'],
    ['1.00', '1.0'],
    ['1.10', '1.1'],
    ['-0.0', '0.0'],
    ['01.5', '1.5'],
    ['1', '1'],
    ['10', '10'],
    ['123456789012.125', '123456789012.125'],
    ['1.0; q=2.0; n=2', '1.0;q=2.0;n=2'],
  ])('keeps decimals decimals, and integers integers: %s', (value, strict) => {
    expect(strictValue('x-number', value, fieldTypes)).toBe(strict)
  })

  it('keeps decimals in lists, inner lists, members and parameters', () => {
    expect(strictValue('x-mine', '1.0,(2.0 3;q=4.00)', fieldTypes)).toBe('1.0, (2.0 3;q=4.0)')
    expect(strictValue('x-map', 'a=1.0,b=(1.50);c=2.0', fieldTypes)).toBe('a=1.0, b=(1.5);c=2.0')
  })

  it('refuses a value of another type', async () => {
    await expectCode('malformed_component', () => strictValue('x-number', '1.0, 2.0', fieldTypes))
    await expectCode('malformed_component', () => strictValue('x-number', '1.', fieldTypes))
    await expectCode('malformed_component', () => strictValue('x-map', '1.0', fieldTypes))
  })

  it('is agreed upon by both sides: sign() and verifySignature()', async () => {
    const secret = new Uint8Array(32).fill(7)
    const signingKey = await importSigningKey(hmacSha256, { secret }, { keyId: 'alice' })
    const verifyingKey = await importVerifyingKey(hmacSha256, { secret }, { keyId: 'alice' })
    const components = [component('x-number', { sf: true })]
    const sent = createResponseMessage({ status: 200, headers: [['X-Number', '1.0']] })
    const signed = await sign(sent, signingKey, { components, parameters: {}, fieldTypes })
    expect(signed.base).toBe('"x-number";sf: 1.0\n"@signature-params": ("x-number";sf)')
    const headers: FieldLine[] = [
      ['X-Number', '1.00'],
      ['Signature-Input', signed.signatureInput],
      ['Signature', signed.signature],
    ]
    const received = createResponseMessage({ status: 200, headers })
    const [signature] = parseSignatures(received)
    expect((await verifySignature(received, signature!, verifyingKey, { fieldTypes })).label).toBe('sig1')
    await expectCode('invalid_component', () => verifySignature(received, signature!, verifyingKey))
  })
})
