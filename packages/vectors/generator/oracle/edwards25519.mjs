import { createHash } from 'node:crypto'

/** The order of the base point, and the prime of the field (RFC 8032 5.1). */
export const order = 2n ** 252n + 27742317777372353535851937790883648493n
const prime = 2n ** 255n - 19n

/** The encoded base point. */
export const basePoint = Buffer.from(`58${'66'.repeat(31)}`, 'hex')

/** The encoded identity, which has order 1. */
export const identity = Buffer.from(`01${'00'.repeat(31)}`, 'hex')

/**
 * A signature with another R, which only the owner of the key can make (RFC 8032 5.1.6): S = r + H(R, A, M) a.
 *
 * @param {import('node:crypto').KeyObject} privateKey
 * @param {Buffer} message
 * @param {object} options
 * @param {Buffer} options.honest the signature that the owner should make
 * @param {(r: Buffer) => { point: Buffer, r?: bigint }} options.choose of the honest R another one, and its discrete
 * logarithm; without one, that of the honest R
 */
export function signWithR(privateKey, message, { honest, choose }) {
  const { d, x } = privateKey.export({ format: 'jwk' })
  const expanded = createHash('sha512').update(Buffer.from(d, 'base64url')).digest()
  const a = clamped(expanded.subarray(0, 32))
  const { point, r = hashToScalar(expanded.subarray(32), message) } = choose(honest.subarray(0, 32))
  const k = hashToScalar(point, Buffer.from(x, 'base64url'), message)
  return Buffer.concat([point, scalarBytes((r + k * a) % order)])
}

/** The point plus the point of order 2, (0, -1): both coordinates change their sign. */
export function addPointOfOrder2(encoded) {
  const sign = encoded[31] & 0x80
  const y = Buffer.from(encoded)
  y[31] &= 0x7f
  const sum = scalarBytes(prime - toScalar(y))
  sum[31] |= sign ^ 0x80
  return sum
}

/** SHA-512 as a scalar (RFC 8032 5.1.6). */
export function hashToScalar(...parts) {
  const hash = createHash('sha512')
  for (const part of parts) hash.update(part)
  return toScalar(hash.digest()) % order
}

/** Little-endian. */
export function toScalar(bytes) {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)
}

/** Little-endian, 32 bytes. */
export function scalarBytes(value) {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse()
}

function clamped(bytes) {
  const scalar = Buffer.from(bytes)
  scalar[0] &= 0xf8
  scalar[31] = (scalar[31] & 0x7f) | 0x40
  return toScalar(scalar)
}
