import type { Bytes } from '../bytes.ts'
import type { CryptoBackend, HashName, HmacPrimitive, KeyMaterial, SignatureScheme } from './backend.ts'

const hmacScheme = { name: 'HMAC', hash: 'SHA-256' } as const

/** The Web Cryptography API. It is the base everywhere. */
export const webCrypto: CryptoBackend = {
  async digest(hash: HashName, data: Bytes): Promise<Bytes> {
    return new Uint8Array(await subtleCrypto().digest(hash, data))
  },

  async importHmac(secret: Bytes): Promise<HmacPrimitive> {
    const key = await subtleCrypto().importKey('raw', secret, hmacScheme, false, ['sign', 'verify'])
    return {
      sign: (data) => signWithCryptoKey(key, hmacScheme, data),
      verify: (data, mac) => verifyWithCryptoKey(key, hmacScheme, { data, signature: mac }),
    }
  },
}

/**
 * Imports key material as a CryptoKey. Private keys become non-extractable; public keys stay
 * extractable, so that their bytes can be checked.
 *
 * @throws TypeError when there is no WebCrypto, or the material is not a key of the scheme.
 */
export async function importCryptoKey(
  scheme: SignatureScheme,
  material: KeyMaterial,
  usage: 'sign' | 'verify',
): Promise<CryptoKey> {
  const subtle = subtleCrypto()
  const extractable = usage === 'verify'
  try {
    if (material.format === 'jwk') {
      return await subtle.importKey('jwk', material.jwk, scheme.keyParameters, extractable, [usage])
    }
    return await subtle.importKey(material.format, material.bytes, scheme.keyParameters, extractable, [usage])
  } catch (cause) {
    const name = scheme.keyParameters.namedCurve ?? scheme.keyParameters.name
    throw new TypeError(`the key is not a valid ${name} key, or this platform has no ${name}`, { cause })
  }
}

/** Signs with a CryptoKey. */
export async function signWithCryptoKey(
  key: CryptoKey,
  parameters: SignatureScheme['signatureParameters'],
  data: Bytes,
): Promise<Bytes> {
  return new Uint8Array(await subtleCrypto().sign(parameters, key, data))
}

/** Verifies with a CryptoKey. */
export function verifyWithCryptoKey(
  key: CryptoKey,
  parameters: SignatureScheme['signatureParameters'],
  signed: { readonly data: Bytes; readonly signature: Bytes },
): Promise<boolean> {
  return subtleCrypto().verify(parameters, key, signed.signature, signed.data)
}

/**
 * @throws TypeError where the platform hides WebCrypto, as browsers do on insecure origins.
 */
export function subtleCrypto(): SubtleCrypto {
  const subtle = globalThis.crypto?.subtle
  if (subtle !== undefined) return subtle
  throw new TypeError('this platform has no WebCrypto (crypto.subtle): serve the page over https, or use hmac-sha256')
}
