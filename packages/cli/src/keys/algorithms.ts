import {
  type AlgorithmName,
  ecdsaP256Sha256,
  ecdsaP384Sha384,
  ed25519,
  hmacSha256,
  type NamedJwk,
  rsaPssSha512,
  rsaV15Sha256,
  type SignatureAlgorithm,
} from '@countersign/core'
import { usageFailure } from '../failure.ts'
import { algorithmNames } from './algorithm-names.ts'

/** Every algorithm by its name in the registry of RFC 9421 6.2.2. */
export const algorithms: Readonly<Record<AlgorithmName, SignatureAlgorithm>> = {
  'hmac-sha256': hmacSha256,
  ed25519,
  'ecdsa-p256-sha256': ecdsaP256Sha256,
  'ecdsa-p384-sha384': ecdsaP384Sha384,
  'rsa-pss-sha512': rsaPssSha512,
  'rsa-v1_5-sha256': rsaV15Sha256,
}

/**
 * The algorithm of this name.
 *
 * @throws CommandFailure when there is none.
 */
export function algorithmNamed(name: string): SignatureAlgorithm {
  if (Object.hasOwn(algorithms, name)) return algorithms[name as AlgorithmName]
  throw usageFailure(`there is no algorithm "${name}": take one of ${algorithmNames.join(', ')}`)
}

/** What a JWK says of its algorithm (RFC 7518 6.1, RFC 8037 2). An RSA key needs its `alg`. */
export function algorithmOfJwk({ kty, crv, alg }: NamedJwk): SignatureAlgorithm | undefined {
  if (kty === 'oct') return hmacSha256
  if (kty === 'OKP' && crv === 'Ed25519') return ed25519
  if (kty === 'EC' && crv === 'P-256') return ecdsaP256Sha256
  if (kty === 'EC' && crv === 'P-384') return ecdsaP384Sha384
  if (kty === 'RSA' && alg === 'PS512') return rsaPssSha512
  if (kty === 'RSA' && alg === 'RS256') return rsaV15Sha256
  return undefined
}
