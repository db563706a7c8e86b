import type { Bytes } from '../bytes.ts'
import type { CryptoBackend, HashName, HeldKey, KeyFacts, KeyMaterial, KeyUse, SignatureScheme } from './backend.ts'

const hmacScheme = { name: 'HMAC', hash: 'SHA-256' } as const

/** The Web Cryptography API. It is the base everywhere. Private keys become non-extractable. */
export const webCrypto: CryptoBackend = {
  name: 'webcrypto',

  async digest(hash: HashName, data: Bytes): Promise<Bytes> {
    return new Uint8Array(await subtleCrypto().digest(hash, data))
  },

  async importHmac(secret: Bytes): Promise<HeldKey> {
    const key = await subtleCrypto().importKey('raw', secret, hmacScheme, false, ['sign', 'verify'])
    return holdCryptoKey(hmacScheme, key)
  },

  async importKey(scheme: SignatureScheme, material: KeyMaterial, use: KeyUse): Promise<HeldKey> {
    const { keyParameters, signatureParameters } = scheme
    const subtle = subtleCrypto()
    // Public keys stay extractable, so that their bytes can be checked.
    const rest = [keyParameters, use === 'verify', [use]] as const
    const key = await (material.format === 'jwk'
      ? subtle.importKey('jwk', material.jwk, ...rest)
      : subtle.importKey(material.format, material.bytes, ...rest)
    ).catch((cause: unknown) => {
      throw new TypeError(`the key is not a valid key for ${scheme.name}, or this platform has not got it`, { cause })
    })
    return holdCryptoKey(signatureParameters, key)
  },
}

/**
 * Takes a CryptoKey of the caller's own, which stays in WebCrypto and may be non-extractable.
 *
 * @throws TypeError when the key is of another scheme, or meant for another use.
 */
export async function adoptCryptoKey(scheme: SignatureScheme, key: CryptoKey, use: KeyUse): Promise<HeldKey> {
  const { name, namedCurve, hash } = scheme.keyParameters
  const found = key.algorithm as KeyAlgorithm & Partial<EcKeyAlgorithm & RsaHashedKeyAlgorithm>
  if (found.name !== name || found.namedCurve !== namedCurve || found.hash?.name !== hash) {
    const details = [found.name, found.namedCurve, found.hash?.name].filter(Boolean).join(' ')
    throw new TypeError(`the CryptoKey is not a key for ${scheme.name}: it is for ${details}`)
  }
  if (!key.usages.includes(use)) throw new TypeError(`the CryptoKey must have the usage "${use}"`)
  return holdCryptoKey(scheme.signatureParameters, key)
}

async function holdCryptoKey(parameters: SignatureScheme['signatureParameters'], key: CryptoKey): Promise<HeldKey> {
  return {
    facts: await factsOf(key),
    sign: async (data) => new Uint8Array(await subtleCrypto().sign(parameters, key, data)),
    verify: (data, signature) => subtleCrypto().verify(parameters, key, signature, data),
  }
}

async function factsOf(key: CryptoKey): Promise<KeyFacts> {
  const { name, length, modulusLength, publicExponent } = key.algorithm as KeyAlgorithm &
    Partial<HmacKeyAlgorithm & RsaKeyAlgorithm>
  if (length !== undefined) return { secretLength: length / 8 }
  const isReadable = key.type === 'public' && key.extractable
  if (modulusLength !== undefined && publicExponent !== undefined) {
    const exponent = publicExponent.reduce((sum, byte) => sum * 256 + byte, 0)
    const jwk = isReadable ? await subtleCrypto().exportKey('jwk', key) : undefined
    return { modulusLength, publicExponent: exponent, modulus: jwk?.n }
  }
  if (name !== 'Ed25519' || !isReadable) return {}
  return { publicKey: new Uint8Array(await subtleCrypto().exportKey('raw', key)) }
}

/**
 * @throws TypeError where the platform hides WebCrypto, as browsers do on insecure origins.
 */
export function subtleCrypto(): SubtleCrypto {
  const subtle = globalThis.crypto?.subtle
  if (subtle !== undefined) return subtle
  throw new TypeError('this platform has no WebCrypto (crypto.subtle): serve the page over https')
}
