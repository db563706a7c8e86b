import { encodeBase64Url, encodeUtf8 } from '../bytes.ts'
import { digest } from '../crypto/platform.ts'
import type { JwkMembers } from '../crypto/web-crypto-types.ts'

/** The members that a thumbprint covers, in the order of RFC 7638 section 3.2 and RFC 8037 section 2. */
const thumbprintMembers: Readonly<Record<string, readonly (keyof JwkMembers)[]>> = {
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
  RSA: ['e', 'kty', 'n'],
}

/**
 * The JWK thumbprint with SHA-256 (RFC 7638), in base64url: a name for a public key that anybody can
 * compute from it.
 *
 * @throws TypeError for a symmetric key, whose thumbprint would help to guess it (RFC 7638 section 7).
 */
export async function jwkThumbprint(jwk: JwkMembers): Promise<string> {
  const members = thumbprintMembers[jwk.kty ?? '']
  if (members === undefined) throw new TypeError('a thumbprint needs a public JWK of kty "EC", "OKP" or "RSA"')
  const entries = members.map((name) => {
    const value = jwk[name]
    if (typeof value !== 'string') throw new TypeError(`the JWK lacks the member "${name}"`)
    return [name, value]
  })
  return encodeBase64Url(await digest('sha-256', encodeUtf8(JSON.stringify(Object.fromEntries(entries)))))
}
