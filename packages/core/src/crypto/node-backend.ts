import { type Bytes, decodeBase64Url } from '../bytes.ts'
import {
  type CryptoBackend,
  type HashName,
  type HeldKey,
  invalidKey,
  type KeyFacts,
  type KeyMaterial,
  type KeyUse,
  type SignatureScheme,
} from './backend.ts'
import type { NodeCrypto, NodeKey } from './node.ts'

/** The block size of SHA-256 in bytes, to which HMAC pads its keys (RFC 2104 section 2). */
const blockLength = 64

/** The longest text, in bytes, that is hashed in the scratch array. Signature bases are shorter. */
const scratchLength = 4096

const hashNames = { 'sha-256': 'sha256', 'sha-512': 'sha512' } as const

/** What `node:crypto` calls the key types and curves of WebCrypto. */
const keyTypes: Readonly<Record<string, string>> = { Ed25519: 'ed25519', ECDSA: 'ec' }
const curveNames: Readonly<Record<string, string>> = { 'P-256': 'prime256v1', 'P-384': 'secp384r1' }

/** `node:crypto`, where it is at hand. All that it does is done at once, without a promise. */
export function createNodeBackend(crypto: NodeCrypto): CryptoBackend {
  return {
    name: 'node',
    digest: (hash: HashName, data: Bytes) => bytesOf(crypto.hash(hashNames[hash], data, 'binary')),
    importHmac: (secret: Bytes) => holdSecret(crypto, secret),
    importKey: (scheme: SignatureScheme, material: KeyMaterial, use: KeyUse) => {
      try {
        return holdKey(crypto, scheme, readKey(crypto, material, use))
      } catch (cause) {
        throw invalidKey(scheme, cause)
      }
    },
  }
}

/**
 * HMAC as two hashes over the padded key (RFC 2104 section 2): half the time of `createHmac`. The digest crosses
 * the border to native code as a string, since a Buffer costs as much to make as the hash itself.
 */
function holdSecret(crypto: NodeCrypto, secret: Bytes): HeldKey {
  const block = new Uint8Array(blockLength)
  block.set(secret.length > blockLength ? bytesOf(crypto.hash('sha256', secret, 'binary')) : secret)
  const inner = block.map((byte) => byte ^ 0x36)
  const outer = new Uint8Array(blockLength + 32)
  outer.set(block.map((byte) => byte ^ 0x5c))
  block.fill(0)

  const macOf = (data: Bytes): string => {
    const length = blockLength + data.length
    const message = data.length > scratchLength ? new Uint8Array(length) : scratch.subarray(0, length)
    message.set(inner)
    message.set(data, blockLength)
    writeBytes(crypto.hash('sha256', message, 'binary'), outer, blockLength)
    return crypto.hash('sha256', outer, 'binary')
  }
  const expected = new Uint8Array(32)
  return {
    facts: {},
    sign: (data) => bytesOf(macOf(data)),
    verify: (data, mac) => {
      writeBytes(macOf(data), expected, 0)
      return mac.length === 32 && crypto.timingSafeEqual(expected, mac)
    },
  }
}

/** Nothing here waits, so that no two calls use it at the same time. */
const scratch = /* @__PURE__ */ new Uint8Array(blockLength + scratchLength)

function readKey(crypto: NodeCrypto, material: KeyMaterial, use: KeyUse): NodeKey {
  const input =
    material.format === 'jwk'
      ? { key: material.jwk, format: 'jwk' }
      : { key: material.bytes, format: 'der', type: material.format }
  // The types of Node ask for a Buffer where it takes any Uint8Array.
  return use === 'sign' ? crypto.createPrivateKey(input as never) : crypto.createPublicKey(input as never)
}

function holdKey(crypto: NodeCrypto, scheme: SignatureScheme, key: NodeKey): HeldKey {
  const { name, hash: keyHash, namedCurve } = scheme.keyParameters
  const { hash = keyHash, saltLength } = scheme.signatureParameters
  const { namedCurve: curve } = key.asymmetricKeyDetails ?? {}
  const fits = key.asymmetricKeyType === (keyTypes[name] ?? 'rsa') && curve === curveNames[namedCurve ?? '']
  if (!fits) throw new TypeError(`the key is of the type ${key.asymmetricKeyType} ${curve ?? ''}`)
  const { RSA_PKCS1_PADDING, RSA_PKCS1_PSS_PADDING } = crypto.constants
  // MGF1 takes the hash of the signature (RFC 9421 3.3.1), as it does by itself in OpenSSL.
  const input = {
    key,
    ...(name === 'ECDSA' ? { dsaEncoding: 'ieee-p1363' as const } : {}),
    ...(name === 'RSA-PSS' ? { padding: RSA_PKCS1_PSS_PADDING, saltLength: saltLength as number } : {}),
    ...(name === 'RSASSA-PKCS1-v1_5' ? { padding: RSA_PKCS1_PADDING } : {}),
  }
  // Ed25519 hashes by itself.
  const hashName = hash?.toLowerCase().replace('-', '') ?? null
  return {
    facts: factsOf(key),
    sign: (data) => new Uint8Array(crypto.sign(hashName, data, input)),
    verify: (data, signature) => crypto.verify(hashName, data, input, signature),
  }
}

function factsOf(key: NodeKey): KeyFacts {
  const { modulusLength, publicExponent } = key.asymmetricKeyDetails ?? {}
  if (modulusLength !== undefined) return { modulusLength, publicExponent: Number(publicExponent) }
  if (key.asymmetricKeyType !== 'ed25519' || key.type !== 'public') return {}
  return { publicKey: decodeBase64Url(key.export({ format: 'jwk' }).x ?? '') as Bytes }
}

/** The bytes of a string of one byte each, as `node:crypto` gives a digest in the encoding `binary`. */
function bytesOf(binary: string): Bytes {
  const bytes = new Uint8Array(binary.length)
  writeBytes(binary, bytes, 0)
  return bytes
}

function writeBytes(binary: string, target: Uint8Array, offset: number): void {
  for (let index = 0; index < binary.length; index++) target[offset + index] = binary.charCodeAt(index)
}
