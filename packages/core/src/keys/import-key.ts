import type { SignatureAlgorithm } from '../algorithms/algorithm.ts'
import type { HeldKey, KeyUse } from '../crypto/backend.ts'
import { adoptCryptoKey } from '../crypto/webcrypto.ts'
import { requirePlainText, type SigningKey, signingKeyOf, type VerifyingKey, verifyingKeyOf } from './key.ts'
import type { KeyOptions, KeySource } from './key-source.ts'

/**
 * Imports a key that signs.
 *
 *     await importSigningKey(hmacSha256, { secret: process.env.SECRET }, { keyId: 'alice' })
 *     await importSigningKey(ed25519, { pem }, { keyId: 'alice' })
 *
 * @throws TypeError when the source is not a key of the algorithm, or too weak.
 */
export async function importSigningKey(
  algorithm: SignatureAlgorithm,
  source: KeySource,
  options: KeyOptions = {},
): Promise<SigningKey> {
  const keyId = keyIdOf(source, options)
  return signingKeyOf(algorithm, keyId, await importSource(algorithm, source, 'sign'))
}

/**
 * Imports a key that verifies: the secret of HMAC, or a public key. A private JWK is reduced to its public half.
 *
 *     await importVerifyingKey(hmacSha256, { secret }, { keyId: 'alice' })
 *     await importVerifyingKey(ed25519, { jwk })
 *
 * @throws TypeError when the source is not a key of the algorithm, or must not be trusted.
 */
export async function importVerifyingKey(
  algorithm: SignatureAlgorithm,
  source: KeySource,
  options: KeyOptions = {},
): Promise<VerifyingKey> {
  const keyId = keyIdOf(source, options)
  return verifyingKeyOf(algorithm, keyId, await importSource(algorithm, source, 'verify'))
}

async function importSource(algorithm: SignatureAlgorithm, source: KeySource, use: KeyUse): Promise<HeldKey> {
  const key =
    'cryptoKey' in source
      ? await adoptCryptoKey(algorithm, source.cryptoKey, use)
      : await (await algorithm.loadImport())(algorithm, source, use)
  algorithm.checkKey(key.facts, use)
  return key
}

function keyIdOf(source: KeySource, options: KeyOptions): string {
  const keyId = options.keyId ?? ('jwk' in source ? source.jwk.kid : undefined)
  if (keyId === undefined) throw new TypeError('the key needs a name: pass { keyId } as the third argument')
  return requirePlainText('keyId', keyId)
}
