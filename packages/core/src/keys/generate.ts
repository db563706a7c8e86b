import type { SignatureAlgorithm } from '../algorithms/algorithm.ts'
import { encodeBase64Url } from '../bytes.ts'
import { randomBytes } from '../crypto/platform.ts'
import type { WebCryptoKey } from '../crypto/web-crypto-types.ts'
import { subtleCrypto } from '../crypto/webcrypto.ts'
import { exportJwk } from './export.ts'
import { importSigningKey, importVerifyingKey } from './import-key.ts'
import { requirePlainText, type SigningKey, type VerifyingKey } from './key.ts'
import type { NamedJwk } from './key-source.ts'
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
  readonly cryptoKey: WebCryptoKey
  /** The public key as WebCrypto holds it, always extractable. HMAC has none. */
  readonly publicCryptoKey: WebCryptoKey | undefined
}

/**
 * Makes a new key; an RSA key has 3072 bits. Unless `extractable` is set, the private key never leaves WebCrypto.
 *
 * @throws TypeError where the platform has no WebCrypto or not this algorithm.
 */
export async function generateKey(
  algorithm: SignatureAlgorithm,
  options: GenerateKeyOptions = {},
): Promise<GeneratedKey> {
  const { extractable = false } = options
  if (options.keyId !== undefined) requirePlainText('keyId', options.keyId)
  const generated = await generateCryptoKey(algorithm, extractable)
  const cryptoKey = 'privateKey' in generated ? generated.privateKey : generated
  const publicCryptoKey = 'publicKey' in generated ? generated.publicKey : undefined
  const exportedPublic = publicCryptoKey && (await exportJwk(publicCryptoKey))
  const keyId = options.keyId ?? (exportedPublic ? await jwkThumbprint(exportedPublic) : randomName())
  const publicJwk = exportedPublic && { ...exportedPublic, kid: keyId }
  const privateJwk = extractable ? await exportJwk(cryptoKey, { keyId }) : undefined
  const source = privateJwk ? { jwk: privateJwk } : { cryptoKey }
  return Object.freeze({
    keyId,
    signingKey: await importSigningKey(algorithm, source, { keyId }),
    verifyingKey: await importVerifyingKey(algorithm, publicJwk ? { jwk: publicJwk } : source, { keyId }),
    publicJwk,
    privateJwk,
    cryptoKey,
    publicCryptoKey,
  })
}

/**
 * How often a platform that knows the algorithm may draw. WebKitGTK 2.50 fails at one Ed25519 key in 128: those whose
 * private or public half begins with a zero byte.
 */
const maximumDraws = 5

async function generateCryptoKey(
  algorithm: SignatureAlgorithm,
  extractable: boolean,
): Promise<WebCryptoKey | CryptoKeyPair> {
  const parameters = { ...algorithm.keyParameters, ...algorithm.generation }
  for (let draw = 1; ; draw++) {
    try {
      return await subtleCrypto().generateKey(parameters, extractable, ['sign', 'verify'])
    } catch (cause) {
      if (globalThis.crypto?.subtle === undefined) throw cause
      if (draw < maximumDraws && isFailedDraw(cause)) continue
      throw new TypeError(`this platform cannot make a key for ${algorithm.name}`, { cause })
    }
  }
}

/** WebCrypto says NotSupportedError of an algorithm that it does not know, and OperationError of one that failed. */
function isFailedDraw(cause: unknown): boolean {
  return (cause as Error | undefined)?.name === 'OperationError'
}

function randomName(): string {
  return encodeBase64Url(randomBytes(16))
}
