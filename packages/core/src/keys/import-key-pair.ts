import type { Algorithm } from '../algorithms/algorithm.ts'
import { encodeUtf8 } from '../bytes.ts'
import type { HeldKey, KeyMaterial, KeyUse } from '../crypto/backend.ts'
import { selectBackend } from '../crypto/platform.ts'
import { adoptCryptoKey } from '../crypto/webcrypto.ts'
import { readJwk } from './import-jwk.ts'
import type { KeySource } from './key-source.ts'

/**
 * Imports a private key to sign, or a public key to verify.
 *
 * @throws TypeError when the source is not a key of the algorithm, or must not be used.
 */
export async function importKeyPair(algorithm: Algorithm, source: KeySource, use: KeyUse): Promise<HeldKey> {
  if ('cryptoKey' in source) return checked(algorithm, await adoptCryptoKey(algorithm, source.cryptoKey, use), use)
  const key = await importMaterial(algorithm, await readSource(algorithm, source, use), use)
  if ('jwk' in source && use === 'sign') await proveHalves(algorithm, key, source)
  return key
}

async function importMaterial(algorithm: Algorithm, material: KeyMaterial, use: KeyUse): Promise<HeldKey> {
  const backend = await selectBackend()
  return checked(algorithm, await backend.importKey(algorithm, material, use), use)
}

function checked(algorithm: Algorithm, key: HeldKey, use: KeyUse): HeldKey {
  algorithm.checkKey(key.facts, use)
  return key
}

async function readSource(algorithm: Algorithm, source: KeySource, use: KeyUse): Promise<KeyMaterial> {
  if ('jwk' in source) return readJwk(algorithm, source.jwk, use)
  // Browsers seldom see a PEM: whoever does, loads the code for it.
  if ('pem' in source) return (await import('./import-pem.ts')).readPem(algorithm, source.pem, use)
  throw new TypeError('pass { jwk }, { pem } or { cryptoKey } as the second argument: { secret } is for hmac-sha256')
}

/**
 * A private JWK names its public half too, and platforms differ in whether they notice that the two do not belong
 * together. What such a key signs would never verify.
 */
async function proveHalves(algorithm: Algorithm, key: HeldKey, source: KeySource): Promise<void> {
  const publicKey = await importMaterial(algorithm, await readSource(algorithm, source, 'verify'), 'verify')
  const probe = encodeUtf8(algorithm.name)
  if (await publicKey.verify(probe, await key.sign(probe))) return
  throw new TypeError('the private and the public members of the JWK do not belong together')
}
