import {
  type AlgorithmName,
  ecdsaP256Sha256,
  ecdsaP384Sha384,
  ed25519,
  hmacSha256,
  importSigningKey,
  importVerifyingKey,
  rsaPssSha512,
  rsaV15Sha256,
  type SignatureAlgorithm,
  type SigningKey,
  type VerifyingKey,
} from '@countersign/core'
import type { Capabilities, TaskKey } from './task.ts'

/** All six algorithms of the registry, by name. */
export const algorithms: Readonly<Record<AlgorithmName, SignatureAlgorithm>> = {
  'hmac-sha256': hmacSha256,
  ed25519,
  'ecdsa-p256-sha256': ecdsaP256Sha256,
  'ecdsa-p384-sha384': ecdsaP384Sha384,
  'rsa-pss-sha512': rsaPssSha512,
  'rsa-v1_5-sha256': rsaV15Sha256,
}

/** The capability that an algorithm needs and the runtime has not got; undefined where it can be used. */
export function missingFor(algorithm: AlgorithmName, capabilities: Capabilities): 'curves' | 'rsa' | undefined {
  if (algorithm === 'hmac-sha256') return undefined
  const needed = algorithm.startsWith('rsa') ? 'rsa' : 'curves'
  return capabilities[needed] ? undefined : needed
}

/** The half of a key that signs. */
export function signingKeyOf({ algorithm, keyId, privateJwk }: TaskKey): Promise<SigningKey> {
  return importSigningKey(algorithms[algorithm], { jwk: privateJwk }, { keyId })
}

/** The half of a key that verifies. */
export function verifyingKeyOf({ algorithm, keyId, privateJwk, publicJwk }: TaskKey): Promise<VerifyingKey> {
  return importVerifyingKey(algorithms[algorithm], { jwk: publicJwk ?? privateJwk }, { keyId })
}

/** The halves that verify, of all keys. */
export function importKeys(keys: readonly TaskKey[]): Promise<VerifyingKey[]> {
  return Promise.all(keys.map(verifyingKeyOf))
}
