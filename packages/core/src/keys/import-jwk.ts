import type { Algorithm } from '../algorithms/algorithm.ts'
import { importCryptoKey } from '../crypto/webcrypto.ts'

/** What the RFCs let a JWK say beside the members that WebCrypto knows (RFC 7517 section 4). */
export interface NamedJwk extends JsonWebKey {
  /** The key id, which becomes the `keyid` parameter. */
  readonly kid?: string
}

/** The members that make up a key of each type; everything else of a JWK is checked and left out. */
const keyMembers = {
  oct: { public: [], private: ['k'] },
  OKP: { public: ['crv', 'x'], private: ['d'] },
  EC: { public: ['crv', 'x', 'y'], private: ['d'] },
  RSA: { public: ['n', 'e'], private: ['d', 'p', 'q', 'dp', 'dq', 'qi'] },
} as const

/**
 * Imports a JWK (RFC 7517) as a CryptoKey. For verifying, the private half of a JWK is left out.
 *
 * @throws TypeError when the JWK is not a key of the algorithm, or says that it has another use.
 */
export async function importJwk(algorithm: Algorithm, jwk: NamedJwk, usage: 'sign' | 'verify'): Promise<CryptoKey> {
  checkJwk(algorithm, jwk)
  const { kty } = algorithm.jwk
  if (usage === 'sign' && jwk.d === undefined) {
    throw new TypeError('this JWK is a public key: signing needs the private JWK, the one with a "d" member')
  }
  const members = usage === 'sign' ? [...keyMembers[kty].public, ...keyMembers[kty].private] : keyMembers[kty].public
  const material: Record<string, string> = { kty }
  for (const name of members) {
    const value = jwk[name]
    if (value !== undefined) material[name] = value
  }
  return importCryptoKey(algorithm, { format: 'jwk', jwk: material }, usage)
}

/** The key type, the curve, `alg` and `use` must all agree with the algorithm (RFC 9421 3.2 step 6). */
export function checkJwk(algorithm: Algorithm, jwk: NamedJwk): void {
  const { kty, crv, alg } = algorithm.jwk
  if (jwk.kty !== kty || jwk.crv !== crv) {
    const needed = crv === undefined ? `kty "${kty}"` : `kty "${kty}" and crv "${crv}"`
    throw new TypeError(`the JWK is not a key for ${algorithm.name}, which needs ${needed}`)
  }
  if (jwk.alg !== undefined && !alg.includes(jwk.alg)) {
    throw new TypeError(`the JWK says another alg than ${algorithm.name} goes with: ${alg.join(' or ')}`)
  }
  if (jwk.use !== undefined && jwk.use !== 'sig') {
    throw new TypeError('the JWK is not meant for signatures: its "use" must be "sig" or absent')
  }
}
