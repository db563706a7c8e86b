import type { Algorithm } from '../algorithms/algorithm.ts'
import { decodeBase64 } from '../bytes.ts'
import { importCryptoKey } from '../crypto/webcrypto.ts'

const formats = {
  sign: { label: 'PRIVATE KEY', format: 'pkcs8' },
  verify: { label: 'PUBLIC KEY', format: 'spki' },
} as const

/**
 * Imports a PEM text (RFC 7468): PKCS#8 for signing, SPKI for verifying.
 *
 * @throws TypeError when the text is another kind of PEM, or not a key of the algorithm.
 */
export async function importPem(algorithm: Algorithm, pem: string, usage: 'sign' | 'verify'): Promise<CryptoKey> {
  const { label, format } = formats[usage]
  const found = /^\s*-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]*)-----END ([A-Z0-9 ]+)-----\s*$/.exec(pem)
  if (found === null || found[1] !== found[3]) throw new TypeError(`the PEM must be one "${label}" block`)
  if (found[1] !== label) {
    const cure = usage === 'sign' ? 'openssl pkcs8 -topk8 -nocrypt' : 'openssl pkey -pubout'
    throw new TypeError(`the PEM is a "${found[1]}", and ${usage}ing needs a "${label}": convert it with ${cure}`)
  }
  const bytes = decodeBase64((found[2] as string).replaceAll(/\s/g, ''))
  if (bytes === undefined) throw new TypeError('the PEM must hold base64 between its lines')
  return importCryptoKey(algorithm, { format, bytes }, usage)
}
