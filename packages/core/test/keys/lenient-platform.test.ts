import { type JsonWebKey, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { SignatureAlgorithm } from '../../src/algorithms/algorithm.ts'
import type { KeyFacts } from '../../src/crypto/backend.ts'
import { webCrypto } from '../../src/crypto/webcrypto.ts'
import { type Bytes, ed25519, rsaPssSha512, rsaV15Sha256, type VerifyingKey } from '../../src/index.ts'
import { verifyingKeyOf } from '../../src/keys/key.ts'
import { generatePair } from '../generate-pair.ts'

const base = new TextEncoder().encode('"@signature-params": ()')

/** The order of edwards25519, as RFC 8032 5.1 prints it. */
const order = 2n ** 252n + 27742317777372353535851937790883648493n

/** A platform that takes every signature. What is refused all the same never reached it. */
function lenient(algorithm: SignatureAlgorithm, facts: KeyFacts): VerifyingKey {
  return verifyingKeyOf(algorithm, 'k', { facts, sign: () => new Uint8Array(0), verify: () => true })
}

function bigEndian(value: bigint, length: number): Bytes {
  const hex = value.toString(16).padStart(length * 2, '0')
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
}

describe('Ed25519 on a platform that takes an S of the order or more (RFC 8032 5.1.7), as WebKitGTK does', () => {
  const { privateKey } = generatePair('ed25519')
  const signature = new Uint8Array(sign(null, base, privateKey))
  const key = lenient(ed25519, {})
  const withS = (s: bigint): Bytes => Uint8Array.of(...signature.subarray(0, 32), ...bigEndian(s, 32).reverse())
  const s = numberOf(signature.slice(32).reverse())

  it('takes the signature, and the largest S', async () => {
    expect(await key.verify(base, withS(s))).toBe(true)
    expect(await key.verify(base, withS(order - 1n))).toBe(true)
    expect(await key.verify(base, withS(2n ** 252n))).toBe(true)
  })

  it.each([
    ['the order', order],
    ['S and the order', s + order],
    ['S and seven times the order', s + 7n * order],
    ['all bits', 2n ** 256n - 1n],
  ])('refuses %s', async (_what, value) => {
    expect(await key.verify(base, withS(value))).toBe(false)
  })
})

describe('RSA on a platform that takes a signature of the modulus or more (RFC 8017 5.2.2), as WebKitGTK does', () => {
  it.each([rsaV15Sha256, rsaPssSha512])('$name', async (algorithm) => {
    const { publicKey } = generatePair('rsa', { modulusLength: 2048 })
    const jwk: JsonWebKey = publicKey.export({ format: 'jwk' })
    // What WebCrypto tells of a key is what is checked with.
    const { facts } = await webCrypto.importKey(algorithm, { format: 'jwk', jwk }, 'verify')
    const modulus = numberOf(Buffer.from(jwk.n ?? '', 'base64url'))
    const key = lenient(algorithm, facts)
    expect(await key.verify(base, bigEndian(modulus - 1n, 256))).toBe(true)
    expect(await key.verify(base, bigEndian(12345n, 256))).toBe(true)
    expect(await key.verify(base, bigEndian(modulus, 256))).toBe(false)
    expect(await key.verify(base, bigEndian(modulus + 1n, 256))).toBe(false)
    expect(await key.verify(base, bigEndian(2n ** 2048n - 1n, 256))).toBe(false)
  })
})
