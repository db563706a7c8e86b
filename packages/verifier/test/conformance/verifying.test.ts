import type { VerifyingKey } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import {
  type BaseLine,
  honestLines,
  honestParameters,
  keyOf,
  requestWith,
  signatureFields,
  verdictOf,
  verifyWith,
} from './hand-signed.ts'

describe('step 1: the signature to be verified (RFC 9421 3.2)', () => {
  it('is the one that node:crypto made of a base that was written by hand', async () => {
    const { signature, keyId } = await verifyWith(requestWith([signatureFields()]))
    expect([signature.label, keyId, signature.algorithm]).toEqual(['sig1', 'alice', 'hmac-sha256'])
  })

  it('is chosen among several by the policy, wherever it stands', async () => {
    const wanted = signatureFields({ label: 'wanted', parameters: `${honestParameters()};tag="bank"` })
    const other = signatureFields({ label: 'other', parameters: `${honestParameters()};tag="shop"`, by: 'bob' })
    for (const signatures of [
      [wanted, other],
      [other, wanted],
    ]) {
      const { signature } = await verifyWith(requestWith(signatures), { tag: 'bank' })
      expect(signature.label).toBe('wanted')
    }
  })

  it('is an error where none fits the policy', async () => {
    const other = signatureFields({ parameters: `${honestParameters()};tag="shop"` })
    expect(await verdictOf(requestWith([other]), { tag: 'bank' })).toBe('no_matching_signature')
    expect(await verdictOf(requestWith([]))).toBe('missing_signature')
  })

  it('has a Signature-Input of the same label, and each Signature-Input a Signature', async () => {
    const [input, signature] = signatureFields()
    expect(await verdictOf(requestWith([[input.replace('sig1', 'sig2'), signature]]))).toBe('label_mismatch')
    expect(await verdictOf(requestWith([[`${input}, sig2=()`, signature]]))).toBe('label_mismatch')
    expect(await verdictOf(requestWith([[input, `${signature}, sig2=:AAAA:`]]))).toBe('label_mismatch')
  })
})

describe('steps 2 and 3: the two fields (RFC 9421 3.2)', () => {
  it.each([
    ['Signature-Input is no parameterized Inner List', 'sig1="@method"', undefined, 'malformed_signature_input'],
    ['Signature-Input is no Dictionary', '("@method")', undefined, 'malformed_signature_input'],
    ['Signature is no Byte Sequence', undefined, 'sig1="AAAA"', 'malformed_signature'],
    ['Signature is no Dictionary', undefined, ':AAAA:', 'malformed_signature'],
  ])('%s: refused', async (_what, input, signature, code) => {
    const [honestInput, honestSignature] = signatureFields()
    expect(await verdictOf(requestWith([[input ?? honestInput, signature ?? honestSignature]]))).toBe(code)
  })
})

describe('step 5: the key (RFC 9421 3.2)', () => {
  it('must be known', async () => {
    const parameters = honestParameters().replace('alice', 'mallory')
    expect(await verdictOf(requestWith([signatureFields({ parameters })]))).toBe('unknown_key')
  })

  it('must be trusted here: a key of somebody else that this verifier was not given is unknown', async () => {
    const signed = requestWith([signatureFields()])
    expect(await verdictOf(signed, { keys: [await keyOf('bob')] })).toBe('unknown_key')
    expect(await verdictOf(signed, { keys: () => undefined })).toBe('unknown_key')
  })

  it('must be the one that keyid names', async () => {
    expect(await verdictOf(requestWith([signatureFields({ by: 'bob' })]))).toBe('invalid_signature')
  })
})

describe('step 6: the algorithm (RFC 9421 3.2)', () => {
  it.each(['ed25519', 'rsa-v1_5-sha256', 'none', 'HS256', ''])(
    'alg %j is not that of the key: refused',
    async (alg) => {
      const parameters = honestParameters().replace('hmac-sha256', alg)
      expect(await verdictOf(requestWith([signatureFields({ parameters })]))).toBe('algorithm_mismatch')
    },
  )

  it('is that of the key where the signature does not say', async () => {
    const parameters = honestParameters().replace(';alg="hmac-sha256"', '')
    expect(await verdictOf(requestWith([signatureFields({ parameters })]))).toBe('accepted')
  })

  it('is one that the verifier allows: a key of another is unknown to it', async () => {
    const ed25519Only: VerifyingKey = { keyId: 'alice', algorithm: 'ed25519', verify: () => true }
    expect(await verdictOf(requestWith([signatureFields()]), { keys: [ed25519Only] })).toBe('algorithm_mismatch')
  })
})

describe('steps 7 to 9: the signature base and its signature (RFC 9421 3.2)', () => {
  const replaced = (identifier: string, value: string): readonly BaseLine[] =>
    honestLines.map((line) => (line[0] === identifier ? [identifier, value] : line))

  it.each([
    ['"@method"', 'PUT'],
    ['"@authority"', 'shop.example'],
    ['"@path"', '/transfers/'],
    ['"@query"', '?dry=2'],
  ])('the base is made of the received message: %s signed as %s', async (identifier, value) => {
    const lines = replaced(identifier, value)
    expect(await verdictOf(requestWith([signatureFields({ lines })]))).toBe('invalid_signature')
  })

  it.each([
    [/created=(\d+)/, 'created=1699999999'],
    [/nonce="[^"]+"/, 'nonce="another-nonce-of-enough"'],
    [/;alg="[^"]+"/, ''],
    [/$/, ';tag="added"'],
    [/"@path" "@query"/, '"@query" "@path"'],
  ])('the base is made of the received parameters: with %s as %s', async (pattern, text) => {
    const [input, signature] = signatureFields()
    expect(await verdictOf(requestWith([[input.replace(pattern, text), signature]]))).toBe('invalid_signature')
  })

  it('the label is no part of it', async () => {
    const [input, signature] = signatureFields()
    const renamed = requestWith([[input.replace('sig1=', 'x='), signature.replace('sig1=', 'x=')]])
    expect(await verdictOf(renamed)).toBe('accepted')
  })

  it('it is verified with the primitive of the algorithm: another signature of the same length is none', async () => {
    const [input] = signatureFields()
    const zeros = Buffer.alloc(32).toString('base64')
    expect(await verdictOf(requestWith([[input, `sig1=:${zeros}:`]]))).toBe('invalid_signature')
  })

  it('where a key cannot do its work, nothing is verified', async () => {
    const broken: VerifyingKey = {
      keyId: 'alice',
      algorithm: 'hmac-sha256',
      verify: () => {
        throw new Error('the key is of another algorithm')
      },
    }
    expect(await verdictOf(requestWith([signatureFields()]), { keys: [broken] })).toBe('key_unavailable')
  })
})

describe('trailers (RFC 9421 2.1.4)', () => {
  it('are not looked at: a covered trailer is missing', async () => {
    const lines: BaseLine[] = [...honestLines, ['"x";tr', 'trailer']]
    const signed = requestWith([signatureFields({ lines })], [['X', 'trailer']])
    expect(await verdictOf(signed)).toBe('missing_component')
  })
})
