import type { Algorithm } from '../algorithms/algorithm.ts'
import { decodeBase64Url } from '../bytes.ts'
import { checkJwk, importJwk, type NamedJwk } from './import-jwk.ts'
import { importPem } from './import-pem.ts'
import { importSecret } from './import-secret.ts'
import { requirePlainText, type SigningKey, signingKeyOf, type VerifyingKey, verifyingKeyOf } from './key.ts'

/** Where a key comes from. Give exactly one. */
export type KeySource =
  /** An HMAC secret: at least 32 bytes, or a string that holds them in base64 or base64url. */
  | { readonly secret: Uint8Array | string }
  /** A JSON Web Key (RFC 7517). Its `kid` is the default key id. */
  | { readonly jwk: NamedJwk }
  /** A PEM text (RFC 7468): PKCS#8 for signing, SPKI for verifying. */
  | { readonly pem: string }
  /** A WebCrypto key, which may be non-extractable unless it is a public key. */
  | { readonly cryptoKey: CryptoKey }

/** What names a key. */
export interface KeyOptions {
  /** The `keyid` parameter of signatures. @default the `kid` of a JWK */
  readonly keyId?: string
}

/**
 * Imports a key that signs.
 *
 *     await importSigningKey(hmacSha256, { secret: process.env.SECRET }, { keyId: 'alice' })
 *     await importSigningKey(ed25519, { pem }, { keyId: 'alice' })
 *
 * @throws TypeError when the source is not a key of the algorithm, or too weak.
 */
export async function importSigningKey(
  algorithm: Algorithm,
  source: KeySource,
  options: KeyOptions = {},
): Promise<SigningKey> {
  const keyId = keyIdOf(source, options)
  const material = secretOf(algorithm, source)
  if (material !== undefined) return importSecret(material.secret, keyId)
  return signingKeyOf(algorithm, keyId, await cryptoKeyOf(algorithm, source, 'sign'))
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
  algorithm: Algorithm,
  source: KeySource,
  options: KeyOptions = {},
): Promise<VerifyingKey> {
  const keyId = keyIdOf(source, options)
  const material = secretOf(algorithm, source)
  if (material !== undefined) return importSecret(material.secret, keyId)
  return verifyingKeyOf(algorithm, keyId, await cryptoKeyOf(algorithm, source, 'verify'))
}

function keyIdOf(source: KeySource, options: KeyOptions): string {
  const keyId = options.keyId ?? ('jwk' in source ? source.jwk.kid : undefined)
  if (keyId === undefined) throw new TypeError('the key needs a name: pass { keyId } as the third argument')
  return requirePlainText('keyId', keyId)
}

/** The raw secret of an HMAC key, from whichever source carries it in the clear. */
function secretOf(algorithm: Algorithm, source: KeySource): { secret: Uint8Array | string } | undefined {
  if ('secret' in source) {
    if (algorithm.name === 'hmac-sha256') return source
    throw new TypeError(`{ secret } is for hmac-sha256: give ${algorithm.name} a { jwk }, { pem } or { cryptoKey }`)
  }
  if (algorithm.name !== 'hmac-sha256' || !('jwk' in source)) return undefined
  checkJwk(algorithm, source.jwk)
  const secret = decodeBase64Url(source.jwk.k ?? '')
  if (secret === undefined) throw new TypeError('the JWK needs its secret in the member "k", in base64url')
  return { secret }
}

async function cryptoKeyOf(algorithm: Algorithm, source: KeySource, usage: 'sign' | 'verify'): Promise<CryptoKey> {
  const key = await readSource(algorithm, source, usage)
  await algorithm.checkKey(key)
  return key
}

async function readSource(algorithm: Algorithm, source: KeySource, usage: 'sign' | 'verify'): Promise<CryptoKey> {
  if ('jwk' in source) return importJwk(algorithm, source.jwk, usage)
  if ('pem' in source) {
    if (algorithm.name !== 'hmac-sha256') return importPem(algorithm, source.pem, usage)
    throw new TypeError('hmac-sha256 has no PEM form: pass { secret }. A PEM is a key of another algorithm')
  }
  if ('cryptoKey' in source) return checkCryptoKey(algorithm, source.cryptoKey, usage)
  throw new TypeError('pass one of { secret }, { jwk }, { pem }, { cryptoKey } as the second argument')
}

function checkCryptoKey(algorithm: Algorithm, key: CryptoKey, usage: 'sign' | 'verify'): CryptoKey {
  const { name, namedCurve } = algorithm.keyParameters
  const found = key.algorithm as Partial<EcKeyAlgorithm>
  if (found.name !== name || (namedCurve !== undefined && found.namedCurve !== namedCurve)) {
    throw new TypeError(`the CryptoKey is not a key for ${algorithm.name}: its algorithm is ${String(found.name)}`)
  }
  if (!key.usages.includes(usage)) throw new TypeError(`the CryptoKey must have the usage "${usage}"`)
  return key
}
