import { describe, expect, it } from 'vitest'
import type { SignatureAlgorithm } from '../../src/algorithms/algorithm.ts'
import {
  encodeUtf8,
  importSigningKey,
  importVerifyingKey,
  type KeySource,
  rsaPssSha512,
  rsaV15Sha256,
} from '../../src/index.ts'
import { algorithms, backendsOf, describeBackends } from './each-backend.ts'
import {
  ed25519Jwk,
  ed25519PrivatePem,
  ed25519PublicPem,
  p256Jwk,
  p256PublicPem,
  rsaJwk,
  rsaPssJwk,
  rsaPssPrivatePem,
  rsaPssPublicPem,
  sharedSecret,
} from './rfc9421-keys.ts'
import { rfc9421Vectors } from './rfc9421-vectors.ts'

/** Every form in which RFC 9421 B.1 prints the key of an algorithm. */
const signingSources: Readonly<Record<string, readonly KeySource[]>> = {
  'hmac-sha256': [{ secret: sharedSecret }],
  ed25519: [{ jwk: ed25519Jwk }, { pem: ed25519PrivatePem }],
  'ecdsa-p256-sha256': [{ jwk: p256Jwk }],
  'rsa-pss-sha512': [{ jwk: rsaPssJwk }, { pem: rsaPssPrivatePem }],
  'rsa-v1_5-sha256': [{ jwk: rsaJwk }],
}
const verifyingSources: Readonly<Record<string, readonly KeySource[]>> = {
  'hmac-sha256': [{ secret: sharedSecret }],
  ed25519: [{ jwk: ed25519Jwk }, { pem: ed25519PublicPem }],
  'ecdsa-p256-sha256': [{ jwk: p256Jwk }, { pem: p256PublicPem }],
  'rsa-pss-sha512': [{ jwk: rsaPssJwk }, { pem: rsaPssPublicPem }],
  'rsa-v1_5-sha256': [{ jwk: rsaJwk }],
}

/** RFC 9421 3.3: these make the same signature every time. */
const deterministic = ['hmac-sha256', 'ed25519', 'rsa-v1_5-sha256']

function algorithmOf(name: string): SignatureAlgorithm {
  return algorithms.find((algorithm) => algorithm.name === name)!
}

describe.each(rfc9421Vectors)('RFC 9421 $section: $algorithm', ({ algorithm: name, base, signature }) => {
  const algorithm = algorithmOf(name)
  const data = encodeUtf8(base.join('\n'))
  const expected = new Uint8Array(Buffer.from(signature, 'base64'))

  describeBackends(backendsOf(algorithm), () => {
    it('verifies, and no other base or signature does', async () => {
      for (const source of verifyingSources[name]!) {
        const key = await importVerifyingKey(algorithm, source, { keyId: 'rfc' })
        expect(await key.verify(data, expected)).toBe(true)
        expect(await key.verify(encodeUtf8(`${base.join('\n')} `), expected)).toBe(false)
        for (const index of [0, expected.length - 1]) {
          const altered = expected.slice()
          altered[index]! ^= 1
          expect(await key.verify(data, altered)).toBe(false)
        }
      }
    })

    it('is made, byte for byte where the algorithm allows', async () => {
      const verifying = await importVerifyingKey(algorithm, verifyingSources[name]![0]!, { keyId: 'rfc' })
      for (const source of signingSources[name]!) {
        const key = await importSigningKey(algorithm, source, { keyId: 'rfc' })
        const made = new Uint8Array(await key.sign(data))
        expect(made).toHaveLength(expected.length)
        expect(await verifying.verify(data, made)).toBe(true)
        if (deterministic.includes(name)) expect(made).toEqual(expected)
      }
    })
  })
})

it('has a vector of each algorithm that RFC 9421 has an example for', () => {
  expect(rfc9421Vectors).toHaveLength(9)
  // There is none for P-384.
  expect(new Set(rfc9421Vectors.map((vector) => vector.algorithm)).size).toBe(algorithms.length - 1)
})

describe('the id-RSASSA-PSS key of RFC 9421 B.1.2', () => {
  describeBackends(backendsOf(rsaPssSha512), () => {
    it('is no key for rsa-v1_5-sha256', async () => {
      const importing = importSigningKey(rsaV15Sha256, { pem: rsaPssPrivatePem }, { keyId: 'rfc' })
      await expect(importing).rejects.toThrow(TypeError)
      await expect(importing).rejects.toThrow(/not a key for rsa-v1_5-sha256/)
    })
  })
})
