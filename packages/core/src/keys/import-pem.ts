import type { SignatureAlgorithm } from '../algorithms/algorithm.ts'
import { type Bytes, decodeBase64, encodeBase64Url } from '../bytes.ts'
import type { KeyMaterial, KeyUse } from '../crypto/backend.ts'
import { derTags, readDer, writeDer } from '../crypto/der.ts'

const formats = {
  sign: { label: 'PRIVATE KEY', format: 'pkcs8', inner: derTags.octetString },
  verify: { label: 'PUBLIC KEY', format: 'spki', inner: derTags.bitString },
} as const

/** How to make the right PEM out of another one. */
const cures: Readonly<Record<string, string>> = {
  CERTIFICATE: 'openssl x509 -pubkey -noout',
  'RSA PUBLIC KEY': 'openssl rsa -RSAPublicKey_in -pubout',
}

/**
 * Reads a PEM text (RFC 7468): PKCS#8 (RFC 5958) for signing, SPKI (RFC 5280 4.1.2.7) for verifying.
 *
 * @throws TypeError when the text is another kind of PEM, or not a key of the algorithm.
 */
export function readPem(algorithm: SignatureAlgorithm, pem: string, use: KeyUse): KeyMaterial {
  const { format, inner } = formats[use]
  const outer = readDer(decodePem(pem, use), derTags.sequence)
  const version = format === 'pkcs8' ? readDer(outer.contents, derTags.integer) : undefined
  const identifier = readDer(version?.rest ?? outer.contents, derTags.sequence)
  checkIdentifier(algorithm, identifier.whole)
  const key = readDer(identifier.rest, inner)
  if (outer.rest.length > 0 || (format === 'spki' && key.contents[0] !== 0)) {
    throw new TypeError('the PEM must hold one key and nothing else')
  }
  // A BIT STRING begins with the number of its pad bits.
  const held = format === 'spki' ? key.contents.slice(1) : key.contents.slice()
  const { kty, crv } = algorithm.jwk
  // WebKitGTK 2.50 refuses the SPKI of a key that begins with a zero byte. A JWK says the same (RFC 8037 section 2).
  if (crv === 'Ed25519' && format === 'spki') return { format: 'jwk', jwk: { kty, crv, x: encodeBase64Url(held) } }
  const first = bytesOfHex(algorithm.identifiers[0] as string)
  return {
    format,
    bytes: writeDer(derTags.sequence, [...(version ? [version.whole] : []), first, identifier.rest]),
    inner: held,
  }
}

/** The bytes between the lines of a PEM. */
function decodePem(pem: string, use: KeyUse): Bytes {
  const { label } = formats[use]
  const found = /^\s*-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]*)-----END ([A-Z0-9 ]+)-----\s*$/.exec(pem)
  if (found === null || found[1] !== found[3]) throw new TypeError(`the PEM must be one "${label}" block`)
  const kind = found[1] as string
  if (kind !== label) {
    const cure = cures[kind] ?? (use === 'sign' ? 'openssl pkey' : 'openssl pkey -pubout')
    throw new TypeError(`the PEM is a "${kind}", and ${use}ing needs a "${label}": convert it with ${cure} -in FILE`)
  }
  const bytes = decodeBase64((found[2] as string).replaceAll(/\s/g, ''))
  if (bytes === undefined) throw new TypeError('the PEM must hold base64 between its lines')
  return bytes
}

/** The identifier names the curve too, so that a key of another curve ends here (RFC 5480 2.1.1). */
function checkIdentifier(algorithm: SignatureAlgorithm, identifier: Bytes): void {
  const hex = Array.from(identifier, (byte) => byte.toString(16).padStart(2, '0')).join('')
  if (algorithm.identifiers.includes(hex)) return
  throw new TypeError(
    `the PEM is not a key for ${algorithm.name}: see what it is with openssl pkey -text -noout, or import it as { jwk }`,
  )
}

function bytesOfHex(hex: string): Bytes {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}
