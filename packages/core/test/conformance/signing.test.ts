import { createHmac } from 'node:crypto'
import { beforeAll, describe, expect, expectTypeOf, it } from 'vitest'
import {
  appendSignature,
  ecdsaP256Sha256,
  ecdsaP384Sha384,
  ed25519,
  type FieldLine,
  fulfillSignatureRequest,
  hmacSha256,
  importSigningKey,
  importVerifyingKey,
  parseAcceptSignature,
  parseSignatures,
  rsaPssSha512,
  rsaV15Sha256,
  type SigningKey,
  sign,
  type VerifyingKey,
} from '../../src/index.ts'
import { expectCode } from '../expect-code.ts'
import { request, response } from './received-base.ts'

const secret = new Uint8Array(32).fill(7)
let key: SigningKey

beforeAll(async () => {
  key = await importSigningKey(hmacSha256, { secret }, { keyId: 'alice' })
})

function mac(base: string): string {
  return createHmac('sha256', secret).update(base).digest('base64')
}

describe('creating a signature (RFC 9421 3.1)', () => {
  const message = request({ headers: [['Date', 'now']] })
  const options = { components: ['date', '@method'], parameters: { created: 1, keyid: 'alice' } }
  const innerList = '("date" "@method");created=1;keyid="alice"'
  const base = `"date": now\n"@method": GET\n"@signature-params": ${innerList}`

  it('signs the base, and puts what the key gives into Signature', async () => {
    const signed: string[] = []
    const recording: SigningKey = {
      keyId: 'alice',
      algorithm: 'hmac-sha256',
      sign: (bytes) => {
        signed.push(new TextDecoder().decode(bytes))
        return Uint8Array.of(0, 1, 2, 255)
      },
    }
    expect((await sign(message, recording, options)).signature).toBe('sig1=:AAEC/w==:')
    expect(signed).toEqual([base])
  })

  it('gives both fields the same label, and Signature-Input the text that the base ends with', async () => {
    const signed = await sign(message, key, { ...options, label: 'mine' })
    expect(signed).toEqual({ base, signatureInput: `mine=${innerList}`, signature: `mine=:${mac(base)}:` })
  })

  it('keeps the order of the components, whatever it is', async () => {
    const { base: reversed } = await sign(message, key, { ...options, components: ['@method', 'date'] })
    expect(reversed).toBe(
      '"@method": GET\n"date": now\n"@signature-params": ("@method" "date");created=1;keyid="alice"',
    )
  })

  it.each(['@signature-params', '@body', 'Date', 'no field'])('covers no %j', async (name) => {
    await expectCode('invalid_component', () => sign(message, key, { ...options, components: [name] }))
  })
})

describe('algorithms (RFC 9421 3.3)', () => {
  // RFC 9421 6.2.2
  const registry = [
    'rsa-pss-sha512',
    'rsa-v1_5-sha256',
    'hmac-sha256',
    'ecdsa-p256-sha256',
    'ecdsa-p384-sha384',
    'ed25519',
  ] as const
  const algorithms = [rsaPssSha512, rsaV15Sha256, hmacSha256, ecdsaP256Sha256, ecdsaP384Sha384, ed25519]

  it('are those of the registry, and a key has no other', () => {
    expect(algorithms.map(({ name }) => name)).toEqual(registry)
    expectTypeOf<SigningKey['algorithm']>().toEqualTypeOf<(typeof registry)[number]>()
    expectTypeOf<VerifyingKey['algorithm']>().toEqualTypeOf<(typeof registry)[number]>()
  })

  it('alg is that of the key, or is not signed', async () => {
    const other = { components: [], parameters: { alg: 'ed25519' } }
    await expect(sign(request(), key, other)).rejects.toThrow(TypeError)
    const own = { components: [], parameters: { alg: 'hmac-sha256' } }
    expect((await sign(request(), key, own)).signatureInput).toBe('sig1=();alg="hmac-sha256"')
  })

  // RFC 7518 3.1 and the "Prohibited" entries of the JOSE registry.
  it.each(['none', 'RS1', 'A128CBC', 'HS1'])('no key is taken for the JWS algorithm %s (3.3.7)', async (alg) => {
    for (const algorithm of algorithms) {
      const { kty, crv } = algorithm.jwk
      const jwk = { kty, ...(crv === undefined ? {} : { crv }), k: 'A'.repeat(64), x: 'A'.repeat(43), alg }
      await expect(importVerifyingKey(algorithm, { jwk }, { keyId: 'k' })).rejects.toThrow(/says another alg/)
    }
  })
})

describe('the two fields (RFC 9421 4)', () => {
  it('a signature in the trailers is none', async () => {
    const trailers: FieldLine[] = [
      ['Signature-Input', 'a=()'],
      ['Signature', 'a=:AAAA:'],
    ]
    await expectCode('missing_signature', () => parseSignatures(response({ trailers })))
    await expectCode('label_mismatch', () => parseSignatures(response({ headers: trailers.slice(0, 1), trailers })))
  })

  it.each([
    ['Signature-Input', ['a=()', 'b=()', 'a=()'], ['a=:AAAA:, b=:AAAA:']],
    ['Signature', ['a=(), b=()'], ['a=:AAAA:', 'b=:AAAA:', 'a=:AAAA:']],
  ])('a label occurs once in all lines of %s', async (_field, inputs, signatures) => {
    const headers: FieldLine[] = [
      ...inputs.map((value): FieldLine => ['Signature-Input', value]),
      ...signatures.map((value): FieldLine => ['Signature', value]),
    ]
    await expectCode('duplicate_label', () => parseSignatures(response({ headers })))
  })
})

describe('requested signatures (RFC 9421 5 and 5.2)', () => {
  const policy = { target: 'request', components: ['@method'], parameters: { created: 1, keyid: 'alice' } } as const

  it('are all made, each with its label, its components and its parameters', async () => {
    const asked = parseAcceptSignature('one=("@method" "date");created;nonce="n", two=("@path" "@method");tag="app"')
    let headers: FieldLine[] = [['Date', 'now']]
    for (const entry of asked) {
      const signed = await sign(request({ headers }), key, fulfillSignatureRequest(entry, key, policy))
      headers = appendSignature(headers, signed)
    }
    const one = '("@method" "date");created=1;nonce="n";keyid="alice"'
    const two = '("@path" "@method");created=1;keyid="alice";tag="app"'
    expect(headers.slice(1)).toEqual([
      ['Signature-Input', `one=${one}`],
      ['Signature', `one=:${mac(`"@method": GET\n"date": now\n"@signature-params": ${one}`)}:`],
      ['Signature-Input', `two=${two}`],
      ['Signature', `two=:${mac(`"@path": /\n"@method": GET\n"@signature-params": ${two}`)}:`],
    ])
  })

  it('may stand beside others of the signer, with other labels', async () => {
    const [asked] = parseAcceptSignature('one=("@method")')
    const requested = await sign(request(), key, fulfillSignatureRequest(asked!, key, policy))
    const own = await sign(request(), key, { label: 'own', components: ['@path'], parameters: {} })
    const headers = appendSignature(appendSignature([], requested), own)
    expect(parseSignatures(request({ headers })).map(({ label }) => label)).toEqual(['one', 'own'])
  })

  it('are not made in part: one that cannot be fulfilled is an error', async () => {
    const asked = parseAcceptSignature('one=("@method");expires;nonce="n"')
    await expectCode('unfulfillable_request', () => fulfillSignatureRequest(asked[0]!, key, policy))
  })
})
