import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'

/**
 * Generates a key pair by way of PEM. Node 20 can hang for ever when it exports a key as JWK that `generateKeyPairSync`
 * has just made: it holds the lock of the key, and a garbage collection in that moment frees the generator, which waits
 * for the lock.
 */
export function generatePair(type: string, options: object = {}): { publicKey: KeyObject; privateKey: KeyObject } {
  const generate = generateKeyPairSync as unknown as (
    type: string,
    options: object,
  ) => { readonly publicKey: string; readonly privateKey: string }
  const pem = generate(type, {
    ...options,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  return { publicKey: createPublicKey(pem.publicKey), privateKey: createPrivateKey(pem.privateKey) }
}
