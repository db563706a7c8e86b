import { type AlgorithmName, type NamedJwk, type SignatureAlgorithm, signatureAlgorithms } from '@countersign/core'
import { usageFailure } from '../failure.ts'
import { algorithmNames } from './algorithm-names.ts'

/**
 * The algorithm of this name.
 *
 * @throws CommandFailure when there is none.
 */
export function algorithmNamed(name: string): SignatureAlgorithm {
  if (Object.hasOwn(signatureAlgorithms, name)) return signatureAlgorithms[name as AlgorithmName]
  throw usageFailure(`there is no algorithm "${name}": take one of ${algorithmNames.join(', ')}`)
}

/** What a JWK says of its algorithm (RFC 7518 6.1, RFC 8037 2). An RSA key needs its `alg`: two algorithms take it. */
export function algorithmOfJwk({ kty, crv, alg }: NamedJwk): SignatureAlgorithm | undefined {
  return Object.values(signatureAlgorithms).find(({ jwk }) => {
    return jwk.kty === kty && jwk.crv === crv && (kty !== 'RSA' || (alg !== undefined && jwk.alg.includes(alg)))
  })
}
