import {
  type AlgorithmName,
  importSigningKey,
  importVerifyingKey,
  type SigningKey,
  signatureAlgorithms,
  type VerifyingKey,
} from '@countersign/core'
import type { Capabilities, TaskKey } from './task.ts'

/** The capability that an algorithm needs and the runtime has not got; undefined where it can be used. */
export function missingFor(algorithm: AlgorithmName, capabilities: Capabilities): 'curves' | 'rsa' | undefined {
  if (algorithm === 'hmac-sha256') return undefined
  const needed = algorithm.startsWith('rsa') ? 'rsa' : 'curves'
  return capabilities[needed] ? undefined : needed
}

/** The half of a key that signs. */
export function signingKeyOf({ algorithm, keyId, privateJwk }: TaskKey): Promise<SigningKey> {
  return importSigningKey(signatureAlgorithms[algorithm], { jwk: privateJwk }, { keyId })
}

/** The half of a key that verifies. */
export function verifyingKeyOf({ algorithm, keyId, privateJwk, publicJwk }: TaskKey): Promise<VerifyingKey> {
  return importVerifyingKey(signatureAlgorithms[algorithm], { jwk: publicJwk ?? privateJwk }, { keyId })
}

/** The halves that verify, of all keys. */
export function importKeys(keys: readonly TaskKey[]): Promise<VerifyingKey[]> {
  return Promise.all(keys.map(verifyingKeyOf))
}
