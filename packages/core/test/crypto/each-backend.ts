import { afterAll, beforeAll, describe, expect } from 'vitest'
import type { SignatureAlgorithm } from '../../src/algorithms/algorithm.ts'
import type { CryptoBackend } from '../../src/crypto/backend.ts'
import { suitableBackend, useBackend } from '../../src/crypto/platform.ts'
import { ecdsaP256Sha256, ecdsaP384Sha384, ed25519, hmacSha256, rsaPssSha512, rsaV15Sha256 } from '../../src/index.ts'

/** All backends; each of them runs on Node. */
export const backends: readonly CryptoBackend['name'][] = ['webcrypto', 'node', 'noble']

/** All algorithms of RFC 9421 section 3.3. */
export const algorithms: readonly SignatureAlgorithm[] = [
  hmacSha256,
  ed25519,
  ecdsaP256Sha256,
  ecdsaP384Sha384,
  rsaPssSha512,
  rsaV15Sha256,
]

/** The backends that have an algorithm: there is no RSA in JavaScript. */
export function backendsOf(algorithm: SignatureAlgorithm): readonly CryptoBackend['name'][] {
  return algorithm.jwk.kty === 'RSA' ? backends.filter((name) => name !== 'noble') : backends
}

/** Declares the same tests for several backends, each of which is in use while they run. */
export function describeBackends(
  names: readonly CryptoBackend['name'][],
  declare: (name: CryptoBackend['name']) => void,
): void {
  describe.each(names)('backend %s', (name) => {
    beforeAll(async () => {
      expect((await useBackend(name)).name).toBe(name)
    })
    afterAll(async () => {
      await useBackend(suitableBackend())
    })
    declare(name)
  })
}
