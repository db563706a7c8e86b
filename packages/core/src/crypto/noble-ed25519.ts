import { sha512 } from '@noble/hashes/sha2.js'
import { type Bytes, decodeBase64Url, equalBytes } from '../bytes.ts'
import type { CurveImport, KeyMaterial } from './backend.ts'
import { derTags, readDer } from './der.ts'

type Ed25519 = typeof import('@noble/curves/ed25519.js')['ed25519']

/**
 * Ed25519 of `@noble/curves`, which is an optional peer dependency.
 *
 * @throws TypeError where it is not installed.
 */
export async function loadEd25519(): Promise<CurveImport> {
  const ed25519 = await loadCurve()
  return (material, use) => {
    const secretKey = use === 'sign' ? secretKeyOf(material) : undefined
    const publicKey = secretKey === undefined ? publicKeyOf(material) : (ed25519.getPublicKey(secretKey) as Bytes)
    if (!ed25519.utils.isValidPublicKey(publicKey, false))
      throw new TypeError('the public key is no point of the curve')
    return {
      facts: { publicKey },
      sign: (data) => ed25519.sign(data, secretKey as Bytes) as Bytes,
      verify: (data, signature) =>
        // ZIP 215 would forgive encodings that RFC 8032 5.1.7 refuses.
        ed25519.verify(signature, data, publicKey, { zip215: false }) &&
        holdsWithoutCofactor(ed25519, publicKey, { data, signature }),
    }
  }
}

async function loadCurve(): Promise<Ed25519> {
  try {
    return (await import('@noble/curves/ed25519.js')).ed25519
  } catch (cause) {
    throw new TypeError('ed25519 without WebCrypto needs https, or the package @noble/curves: install it', { cause })
  }
}

/**
 * Whether [S]B = R + [k]A. RFC 8032 5.1.7 leaves it to the verifier whether both sides are multiplied by the cofactor
 * first: noble does, WebCrypto and OpenSSL do not, and a signature must not be valid on some platforms alone. The
 * check can only refuse more.
 */
function holdsWithoutCofactor(
  { Point }: Ed25519,
  publicKey: Bytes,
  signed: { readonly data: Bytes; readonly signature: Bytes },
): boolean {
  const encodedR = signed.signature.subarray(0, 32)
  const hash = sha512.create().update(encodedR).update(publicKey).update(signed.data).digest()
  const s = littleEndian(signed.signature.subarray(32))
  const k = Point.Fn.create(littleEndian(hash))
  const r = Point.BASE.multiplyUnsafe(s).subtract(Point.fromBytes(publicKey).multiplyUnsafe(k))
  return equalBytes(r.toBytes(), encodedR)
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n)
}

/** The seed of RFC 8032 5.1.5: `d` of a JWK (RFC 8037 section 2), or CurvePrivateKey (RFC 8410 section 7). */
function secretKeyOf(material: KeyMaterial): Bytes {
  return material.format === 'jwk'
    ? (decodeBase64Url(material.jwk.d ?? '') as Bytes)
    : readDer(material.inner, derTags.octetString).contents
}

function publicKeyOf(material: KeyMaterial): Bytes {
  return material.format === 'jwk' ? (decodeBase64Url(material.jwk.x ?? '') as Bytes) : material.inner
}
