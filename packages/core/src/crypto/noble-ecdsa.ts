import { type Bytes, decodeBase64Url } from '../bytes.ts'
import type { CurveImport, KeyMaterial } from './backend.ts'
import { derTags, readDer } from './der.ts'

/** r and s as they are, hashed with the hash of the curve. RFC 9421 3.3.4 knows no rule of the smaller s. */
const options = { prehash: true, lowS: false, format: 'compact' } as const

/**
 * ECDSA of `@noble/curves`, which is an optional peer dependency.
 *
 * @throws TypeError where it is not installed.
 */
export async function loadEcdsa(name: 'p256' | 'p384'): Promise<CurveImport> {
  const curve = (await loadCurves())[name]
  return (material, use) => {
    const secretKey = use === 'sign' ? secretKeyOf(material) : undefined
    const publicKey = secretKey === undefined ? publicKeyOf(material) : curve.getPublicKey(secretKey)
    // Checks that the point is on the curve.
    curve.Point.fromBytes(publicKey)
    return {
      facts: {},
      sign: (data) => curve.sign(data, secretKey as Bytes, options) as Bytes,
      verify: (data, signature) => curve.verify(signature, data, publicKey, options),
    }
  }
}

async function loadCurves(): Promise<typeof import('@noble/curves/nist.js')> {
  try {
    return await import('@noble/curves/nist.js')
  } catch (cause) {
    throw new TypeError('ECDSA without WebCrypto needs https, or the package @noble/curves: install it', { cause })
  }
}

/** `d` of a JWK (RFC 7518 6.2.2), or `privateKey` of ECPrivateKey (RFC 5915 section 3). */
function secretKeyOf(material: KeyMaterial): Bytes {
  if (material.format === 'jwk') return decodeBase64Url(material.jwk.d ?? '') as Bytes
  const { contents } = readDer(material.inner, derTags.sequence)
  const { rest } = readDer(contents, derTags.integer)
  return readDer(rest, derTags.octetString).contents
}

/** The uncompressed point (SEC 1 section 2.3.3), which is also how SPKI wraps it (RFC 5480 2.2). */
function publicKeyOf(material: KeyMaterial): Bytes {
  if (material.format !== 'jwk') return material.inner
  const { x = '', y = '' } = material.jwk
  return Uint8Array.of(4, ...(decodeBase64Url(x) as Bytes), ...(decodeBase64Url(y) as Bytes))
}
