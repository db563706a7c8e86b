import { encodeBase64 } from '../bytes.ts'
import type { WebCryptoKey } from '../crypto/web-crypto-types.ts'
import { subtleCrypto } from '../crypto/webcrypto.ts'
import type { KeyOptions, NamedJwk } from './key-source.ts'

/**
 * Exports a key as a JWK (RFC 7517), public, private or secret as the key is.
 *
 *     const { cryptoKey, publicCryptoKey } = await generateKey(ed25519, { extractable: true })
 *     await exportJwk(cryptoKey, { keyId: 'alice' }) // keep it secret
 *
 * @throws TypeError when the key is non-extractable.
 */
export async function exportJwk(cryptoKey: WebCryptoKey, options: KeyOptions = {}): Promise<NamedJwk> {
  requireExtractable(cryptoKey)
  // Usage and extractability are for the one who imports it.
  const { key_ops: _operations, ext: _extractable, alg, ...members } = await subtleCrypto().exportKey('jwk', cryptoKey)
  return {
    ...members,
    // Nothing else in an RSA key says which padding it is for. For Ed25519 platforms say different things, or none.
    ...(alg !== undefined && members.kty !== 'OKP' ? { alg } : {}),
    ...(options.keyId === undefined ? {} : { kid: options.keyId }),
  }
}

/**
 * Exports a key as a PEM text (RFC 7468): a private key as PKCS#8, a public key as SPKI.
 *
 * @throws TypeError when the key is non-extractable, or a secret, which has no PEM form.
 */
export async function exportPem(cryptoKey: WebCryptoKey): Promise<string> {
  requireExtractable(cryptoKey)
  if (cryptoKey.type === 'secret') throw new TypeError('an HMAC secret has no PEM form: take exportJwk')
  const [format, label] =
    cryptoKey.type === 'private' ? (['pkcs8', 'PRIVATE KEY'] as const) : (['spki', 'PUBLIC KEY'] as const)
  const text = encodeBase64(new Uint8Array(await subtleCrypto().exportKey(format, cryptoKey)))
  const lines = text.match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}

function requireExtractable(cryptoKey: WebCryptoKey): void {
  if (cryptoKey.extractable) return
  throw new TypeError('the key is non-extractable: make it with generateKey(algorithm, { extractable: true })')
}
