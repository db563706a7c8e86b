import {
  createPrivateKey,
  createPublicKey,
  type ED25519KeyPairOptions,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto'

/** A key pair of node:crypto. */
export interface KeyPair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

const encoding: ED25519KeyPairOptions<'pem', 'pem'> = {
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
}

interface GeneratePair {
  readonly ed25519: () => KeyPair
  readonly ec: (namedCurve: string) => KeyPair
  readonly rsa: (modulusLength: number) => KeyPair
}

/**
 * Generates a key pair by way of PEM. Node 20 can hang for ever in the export of a key that it has just generated: it
 * holds the lock of the key, and a garbage collection in that moment frees the generator, which waits for the lock.
 */
export const generatePair: GeneratePair = {
  ed25519: () => imported(generateKeyPairSync('ed25519', encoding)),
  ec: (namedCurve) => imported(generateKeyPairSync('ec', { namedCurve, ...encoding })),
  rsa: (modulusLength) => imported(generateKeyPairSync('rsa', { modulusLength, ...encoding })),
}

function imported(pem: { readonly publicKey: string; readonly privateKey: string }): KeyPair {
  return { publicKey: createPublicKey(pem.publicKey), privateKey: createPrivateKey(pem.privateKey) }
}

/** SPKI as PEM. */
export function pemOf(publicKey: KeyObject): string {
  return publicKey.export({ type: 'spki', format: 'pem' }).toString()
}

/** A public key as a JWK. */
export function jwkOf(publicKey: KeyObject): JsonWebKey {
  return publicKey.export({ format: 'jwk' }) as JsonWebKey
}
