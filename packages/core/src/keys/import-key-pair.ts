import type { SignatureAlgorithm } from '../algorithms/algorithm.ts'
import { encodeUtf8 } from '../bytes.ts'
import type { HeldKey, KeyMaterial, KeyUse } from '../crypto/backend.ts'
import { selectBackend } from '../crypto/platform.ts'
import { readJwk } from './import-jwk.ts'
import { readPem } from './import-pem.ts'
import type { KeySource } from './key-source.ts'

/**
 * Imports a private key to sign, or a public key to verify.
 *
 * @throws TypeError when the source is not a key of the algorithm.
 */
export async function importKeyPair(algorithm: SignatureAlgorithm, source: KeySource, use: KeyUse): Promise<HeldKey> {
  const backend = await selectBackend()
  const key = await backend.importKey(algorithm, readSource(algorithm, source, use), use)
  if ('jwk' in source && use === 'sign') {
    const publicKey = await backend.importKey(algorithm, readJwk(algorithm, source.jwk, 'verify'), 'verify')
    await proveHalves(algorithm, key, publicKey)
  }
  return key
}

function readSource(algorithm: SignatureAlgorithm, source: KeySource, use: KeyUse): KeyMaterial {
  if ('jwk' in source) return readJwk(algorithm, source.jwk, use)
  if ('pem' in source) return readPem(algorithm, source.pem, use)
  throw new TypeError('pass { jwk }, { pem } or { cryptoKey } as the second argument: { secret } is for hmac-sha256')
}

/**
 * A private JWK names its public half too, and platforms differ in whether they notice that the two do not belong
 * together. What such a key signs would never verify.
 */
async function proveHalves(algorithm: SignatureAlgorithm, privateKey: HeldKey, publicKey: HeldKey): Promise<void> {
  algorithm.checkKey(publicKey.facts, 'verify')
  const probe = encodeUtf8(algorithm.name)
  if (await publicKey.verify(probe, await privateKey.sign(probe))) return
  throw new TypeError('the private and the public members of the JWK do not belong together')
}
