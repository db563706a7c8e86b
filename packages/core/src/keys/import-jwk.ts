import type { SignatureAlgorithm } from '../algorithms/algorithm.ts'
import { decodeBase64Url } from '../bytes.ts'
import type { KeyMaterial, KeyUse } from '../crypto/backend.ts'
import type { NamedJwk } from './key-source.ts'

/** The members that make up a key of each type; everything else of a JWK is checked and left out. */
const keyMembers = {
  OKP: { public: ['crv', 'x'], private: ['d'] },
  EC: { public: ['crv', 'x', 'y'], private: ['d'] },
  RSA: { public: ['n', 'e'], private: ['d', 'p', 'q', 'dp', 'dq', 'qi'] },
} as const

/**
 * Reads a JWK (RFC 7517). For verifying, the private half of a JWK is left out.
 *
 * @throws TypeError when the JWK is not a key of the algorithm, or says that it has another use.
 */
export function readJwk(algorithm: SignatureAlgorithm, jwk: NamedJwk, use: KeyUse): KeyMaterial {
  checkJwk(algorithm, jwk, use)
  const members = keyMembers[jwk.kty as keyof typeof keyMembers]
  if (use === 'sign' && jwk.d === undefined) {
    throw new TypeError('this JWK is a public key: signing needs the private JWK, the one with a "d" member')
  }
  const material: Record<string, string> = { kty: algorithm.jwk.kty }
  for (const name of use === 'sign' ? [...members.public, ...members.private] : members.public) {
    material[name] = name === 'crv' ? (jwk.crv as string) : readMember(algorithm, name, jwk[name])
  }
  return { format: 'jwk', jwk: material }
}

/**
 * Members are base64url, and those of a curve as long as a coordinate (RFC 7518 6.2.1.2, RFC 8037 2), which is half
 * a signature. OpenSSL would skip stray characters and take any length.
 */
function readMember(algorithm: SignatureAlgorithm, name: string, value: unknown): string {
  const bytes = typeof value === 'string' ? decodeBase64Url(value) : undefined
  const length = algorithm.signatureLength === undefined ? undefined : algorithm.signatureLength / 2
  if (bytes !== undefined && bytes.length === (length ?? bytes.length)) return value as string
  throw new TypeError(
    `the JWK needs a member "${name}" of ${length === undefined ? '' : `${length} bytes in `}base64url`,
  )
}

/** The key type, the curve, `alg`, `use` and `key_ops` must all agree with the algorithm (RFC 9421 3.2 step 6). */
export function checkJwk(algorithm: SignatureAlgorithm, jwk: NamedJwk, use: KeyUse): void {
  const { kty, crv, alg } = algorithm.jwk
  if (jwk.kty !== kty || jwk.crv !== crv) {
    const needed = crv === undefined ? `kty "${kty}"` : `kty "${kty}" and crv "${crv}"`
    throw new TypeError(`the JWK is not a key for ${algorithm.name}, which needs ${needed}`)
  }
  if (jwk.alg !== undefined && !alg.includes(jwk.alg)) {
    throw new TypeError(`the JWK says another alg than ${algorithm.name} goes with: ${alg.join(' or ')}`)
  }
  // A key that may sign may be reduced to the half that verifies.
  const operations = jwk.key_ops ?? [use]
  if ((jwk.use ?? 'sig') !== 'sig' || !(operations.includes(use) || operations.includes('sign'))) {
    throw new TypeError(`the JWK is not meant to ${use}: "use" must be "sig" or absent, "key_ops" name it or be absent`)
  }
}
