import { type Bytes, decodeBase64Url, encodeUtf8, encodeUtf8Into, equalBytes } from '../bytes.ts'
import type { CryptoBackend, HashName, HeldKey, KeyFacts, KeyMaterial, KeyUse, SignatureScheme } from './backend.ts'
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
    digest: (hash: HashName, data: Bytes) => bytesOf(crypto.hash(hashNames[hash], requireBytes(data), 'binary')),
    digestBase64: (hash: HashName, data: Bytes) => crypto.hash(hashNames[hash], requireBytes(data), 'base64'),
    digestText: (hash: HashName, text: string) => crypto.hash(hashNames[hash], text, 'base64url'),
    importHmac: (secret: Bytes) => holdSecret(crypto, secret),
    importKey: (scheme: SignatureScheme, material: KeyMaterial, use: KeyUse) => {
      try {
        return holdKey(crypto, scheme, readKey(crypto, material, use))
      } catch (cause) {
        throw new TypeError(`the key is not a valid key for ${scheme.name}`, { cause })
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

  /** @param padded has room for the inner pad in front of what is signed. */
  const macOf = (padded: Uint8Array, encoding: 'binary' | 'base64'): string => {
    padded.set(inner)
    writeBytes(crypto.hash('sha256', padded, 'binary'), outer, blockLength)
    return crypto.hash('sha256', outer, encoding)
  }
  return {
    facts: { secretLength: secret.length },
    sign: (data) => bytesOf(macOf(paddedBytes(data), 'binary')),
    verify: (data, mac) => isBinary(macOf(paddedBytes(data), 'binary'), mac),
    signText: (text) => macOf(paddedText(text), 'base64'),
    verifyText: (text, mac) => isBinary(macOf(paddedText(text), 'binary'), mac),
  }
}

/**
 * Where texts and short arrays are hashed. Nothing here waits, so that no two calls use it at the same time, and no
 * view of it is handed out.
 */
const scratch = /* @__PURE__ */ new Uint8Array(blockLength + scratchLength)
const scratchText = /* @__PURE__ */ scratch.subarray(blockLength)

/** Bytes with room for a pad in front of them. */
function paddedBytes(data: Bytes): Uint8Array {
  const length = blockLength + requireBytes(data).length
  const padded = data.length > scratchLength ? new Uint8Array(length) : scratch.subarray(0, length)
  padded.set(data, blockLength)
  return padded
}

/** The UTF-8 bytes of a text with room for a pad in front of them. */
function paddedText(text: string): Uint8Array {
  const length = encodeUtf8Into(text, scratchText)
  return length === undefined ? paddedBytes(encodeUtf8(text)) : scratch.subarray(0, blockLength + length)
}

/** The UTF-8 bytes of a text, until the next text. */
function textBytes(text: string): Uint8Array {
  return paddedText(text).subarray(blockLength)
}

/** Whether these are the bytes of a string of one byte each, in a time that depends on the length alone. */
function isBinary(binary: string, bytes: Uint8Array): boolean {
  if (bytes.length !== binary.length) return false
  let difference = 0
  for (let index = 0; index < binary.length; index++) difference |= binary.charCodeAt(index) ^ (bytes[index] as number)
  return difference === 0
}

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
  const options = {
    key,
    ...(name === 'ECDSA' ? { dsaEncoding: 'ieee-p1363' as const } : {}),
    ...(name === 'RSA-PSS' ? { padding: RSA_PKCS1_PSS_PADDING, saltLength: saltLength as number } : {}),
    ...(name === 'RSASSA-PKCS1-v1_5' ? { padding: RSA_PKCS1_PADDING } : {}),
  }
  // Ed25519 has no options. Node 24 takes half as long again for a key within an object.
  const input = name === 'Ed25519' ? key : options
  // Ed25519 hashes by itself.
  const hashName = hash?.toLowerCase().replace('-', '') ?? null
  return {
    facts: factsOf(key),
    sign: (data) => new Uint8Array(crypto.sign(hashName, data, input)),
    verify: (data, signature) => crypto.verify(hashName, data, input, signature),
    signText: (text) => crypto.sign(hashName, textBytes(text), input).toString('base64'),
    verifyText: (text, signature) => crypto.verify(hashName, textBytes(text), input, signature),
  }
}

function factsOf(key: NodeKey): KeyFacts {
  const { modulusLength, publicExponent } = key.asymmetricKeyDetails ?? {}
  if (modulusLength !== undefined) return { modulusLength, publicExponent: Number(publicExponent) }
  if (key.asymmetricKeyType !== 'ed25519' || key.type !== 'public') return {}
  return { publicKey: decodeBase64Url(key.export({ format: 'jwk' }).x ?? '') as Bytes }
}

/** Node would hash a string as UTF-8, and a typed array take its characters for zeros. */
function requireBytes(data: Bytes): Bytes {
  if (data?.BYTES_PER_ELEMENT === 1) return data
  throw new TypeError('what is hashed or signed must be a Uint8Array: for text pass new TextEncoder().encode(text)')
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

/** RFC 6979 A.2.5: a public key of P-256, and the digest and the signature of "sample" with SHA-256. */
const known = {
  scheme: {
    name: 'ecdsa-p256-sha256',
    keyParameters: { name: 'ECDSA', namedCurve: 'P-256' },
    signatureParameters: { name: 'ECDSA', hash: 'SHA-256' },
  },
  jwk: {
    kty: 'EC',
    crv: 'P-256',
    x: 'YP7UuiVanTHJYet0xjVtaMBJuJI7Yfps5mliLmDyn7Y',
    y: 'eQP-EAi4vJmkGunpVii8ZPLxsgwtfp9Rd6PClNRGIpk',
  },
  signature: '79SLKqy2qP0RQN2c1F6B1p0sh3tWqvmRw00OqE6vNxb3yxyULWV8QdQ2x6G24p9l8-kA27mv9AZNxKsvhDrNqA',
  digest: 'ryvb4aqbbsHireHWlPQfxxqDHQJo6YkVYhE9imKt0b8',
} as const

/**
 * Whether the backend works here. Runtimes that imitate `node:crypto` do so in parts: Cloudflare Workers take no
 * KeyObject beside other options. There WebCrypto does the same, as fast.
 */
export async function answersRightly(backend: CryptoBackend): Promise<boolean> {
  const message = encodeUtf8('sample')
  try {
    const key = await backend.importKey(known.scheme, { format: 'jwk', jwk: known.jwk }, 'verify')
    const signature = decodeBase64Url(known.signature) as Bytes
    return (
      equalBytes(await backend.digest('sha-256', message), decodeBase64Url(known.digest) as Bytes) &&
      backend.digestText?.('sha-256', 'sample') === known.digest &&
      (await key.verify(message, signature)) &&
      !(await key.verify(encodeUtf8('simple'), signature))
    )
  } catch {
    return false
  }
}
