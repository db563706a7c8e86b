import type { Algorithm } from '../algorithms/algorithm.ts'
import { encodeBase64Url } from '../bytes.ts'
import { randomBytes } from '../crypto/platform.ts'
import { subtleCrypto } from '../crypto/webcrypto.ts'
import type { NamedJwk } from './import-jwk.ts'
import { type SigningKey, signingKeyOf, type VerifyingKey, verifyingKeyOf } from './key.ts'
import { jwkThumbprint } from './thumbprint.ts'

/** What {@link generateKey} is told. */
export interface GenerateKeyOptions {
  /** @default the JWK thumbprint (RFC 7638) of the public key; a random name for an HMAC secret */
  readonly keyId?: string
  /** Whether the private key or secret is also given as a JWK, to be kept elsewhere. @default false */
  readonly extractable?: boolean
}

/** A new key. */
export interface GeneratedKey {
  readonly keyId: string
  readonly signingKey: SigningKey
  readonly verifyingKey: VerifyingKey
  /** The public key, for the verifier. HMAC has none. */
  readonly publicJwk: NamedJwk | undefined
  /** The private key or the secret, only where `extractable` was asked for. Keep it out of logs. */
  readonly privateJwk: NamedJwk | undefined
  /** The private key or secret as WebCrypto holds it, for IndexedDB. */
  readonly cryptoKey: CryptoKey
}

/**
 * Makes a new key. Unless `extractable` is set, the private key never leaves WebCrypto.
 *
 * @throws TypeError where the platform has no WebCrypto or not this algorithm.
 */
export async function generateKey(algorithm: Algorithm, options: GenerateKeyOptions = {}): Promise<GeneratedKey> {
  const { extractable = false } = options
  const generated = await generateCryptoKey(algorithm, extractable)
  const privateKey = 'privateKey' in generated ? generated.privateKey : generated
  const publicKey = 'publicKey' in generated ? generated.publicKey : undefined
  const publicJwk = publicKey && (await exportJwk(publicKey))
  const keyId = options.keyId ?? (publicJwk ? await jwkThumbprint(publicJwk) : randomName())
  const signingKey = signingKeyOf(algorithm, keyId, privateKey)
  return Object.freeze({
    keyId,
    signingKey,
    verifyingKey: verifyingKeyOf(algorithm, keyId, publicKey ?? privateKey),
    publicJwk: publicJwk && { ...publicJwk, kid: keyId },
    privateJwk: extractable ? { ...(await exportJwk(privateKey)), kid: keyId } : undefined,
    cryptoKey: privateKey,
  })
}

async function generateCryptoKey(algorithm: Algorithm, extractable: boolean): Promise<CryptoKey | CryptoKeyPair> {
  const subtle = subtleCrypto()
  // An HMAC key is as long as the hash; WebCrypto would take the block size of 64 bytes.
  const parameters = algorithm.jwk.kty === 'oct' ? { ...algorithm.keyParameters, length: 256 } : algorithm.keyParameters
  try {
    return await subtle.generateKey(parameters, extractable, ['sign', 'verify'])
  } catch (cause) {
    throw new TypeError(`this platform cannot make a key for ${algorithm.name}`, { cause })
  }
}

/** A JWK of the key's own members: usage and extractability are for the one who imports it. */
async function exportJwk(key: CryptoKey): Promise<NamedJwk> {
  const {
    key_ops: _operations,
    ext: _extractable,
    alg: _algorithm,
    ...members
  } = await subtleCrypto().exportKey('jwk', key)
  return members
}

function randomName(): string {
  return encodeBase64Url(randomBytes(16))
}
