import { createECDH, createHash, createHmac } from 'node:crypto'

/**
 * ECDSA with the nonce of RFC 6979, so that the vectors come out the same each time. The scalar multiplication and
 * the hashes are OpenSSL's; what is here is arithmetic on public test keys, and neither fast nor constant in time.
 */
export const curves = {
  'ecdsa-p256-sha256': {
    name: 'prime256v1',
    hash: 'sha256',
    size: 32,
    order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  },
  'ecdsa-p384-sha384': {
    name: 'secp384r1',
    hash: 'sha384',
    size: 48,
    order: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  },
}

/**
 * Signs as r and s, each padded to the size of the curve (RFC 9421 3.3.4, 3.3.5).
 *
 * @param {keyof typeof curves} algorithm
 * @param {Buffer} secret the private scalar, as long as the curve says
 * @param {Buffer} message
 * @param {{ hash?: string }} [options] another hash than that of the algorithm
 */
export function signEcdsa(algorithm, secret, message, { hash = curves[algorithm].hash } = {}) {
  const curve = curves[algorithm]
  const digest = createHash(hash).update(message).digest().subarray(0, curve.size)
  for (const k of candidateNonces(curve, secret, digest)) {
    const r = abscissaOf(curve, k) % curve.order
    const s = (inverse(toInteger(k), curve.order) * (toInteger(digest) + r * toInteger(secret))) % curve.order
    if (r !== 0n && s !== 0n) return joinEcdsa(algorithm, r, s)
  }
  throw new Error('no nonce fits')
}

/** The bytes of a signature, by its two integers. */
export function joinEcdsa(algorithm, r, s) {
  const { size } = curves[algorithm]
  return Buffer.concat([toBytes(r, size), toBytes(s, size)])
}

/** The two integers of a signature. */
export function splitEcdsa(signature) {
  const size = signature.length / 2
  return { r: toInteger(signature.subarray(0, size)), s: toInteger(signature.subarray(size)) }
}

/** The same signature as DER (RFC 3279 2.2.3), which RFC 9421 does not use. */
export function derOf(signature) {
  const { r, s } = splitEcdsa(signature)
  const contents = [r, s].map((value) => {
    const hex = value.toString(16)
    const even = hex.length % 2 === 0 ? hex : `0${hex}`
    const bytes = Buffer.from(/^[89a-f]/.test(even) ? `00${even}` : even, 'hex')
    return Buffer.concat([Buffer.from([0x02, bytes.length]), bytes])
  })
  const length = contents[0].length + contents[1].length
  return Buffer.concat([Buffer.from([0x30, length]), ...contents])
}

/** Big-endian. */
export function toInteger(bytes) {
  return BigInt(`0x${bytes.toString('hex')}`)
}

/** Big-endian, padded to `size` bytes. */
export function toBytes(value, size) {
  return Buffer.from(value.toString(16).padStart(size * 2, '0'), 'hex')
}

/** RFC 6979 3.2, for a hash as long as the order of the curve. */
function* candidateNonces({ hash, size, order }, secret, digest) {
  const mac = (key, ...parts) => createHmac(hash, key).update(Buffer.concat(parts)).digest()
  const seed = Buffer.concat([secret, toBytes(toInteger(digest) % order, size)])
  let key = Buffer.alloc(size, 0)
  let value = Buffer.alloc(size, 1)
  for (const separator of [0, 1]) {
    key = mac(key, value, Buffer.from([separator]), seed)
    value = mac(key, value)
  }
  for (;;) {
    value = mac(key, value)
    const candidate = toInteger(value)
    if (candidate > 0n && candidate < order) yield Buffer.from(value)
    key = mac(key, value, Buffer.from([0]))
    value = mac(key, value)
  }
}

/** The x coordinate of k times the generator. */
function abscissaOf({ name, size }, k) {
  const exchange = createECDH(name)
  exchange.setPrivateKey(k)
  return toInteger(exchange.getPublicKey().subarray(1, 1 + size))
}

/** By the extended algorithm of Euclid. */
function inverse(value, modulus) {
  let [low, high] = [value % modulus, modulus]
  let [factor, other] = [1n, 0n]
  while (low > 1n) {
    const quotient = high / low
    ;[low, high] = [high - quotient * low, low]
    ;[factor, other] = [other - quotient * factor, factor]
  }
  return ((factor % modulus) + modulus) % modulus
}
