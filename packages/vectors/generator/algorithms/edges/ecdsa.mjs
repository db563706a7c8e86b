import { vectorKey } from '../../keys/key-ring.mjs'
import { curves, derOf, joinEcdsa, signEcdsa, splitEcdsa, toBytes } from '../../oracle/elliptic-curves.mjs'
import { verifyGroup } from '../verify-group.mjs'

/**
 * @param {string} name
 * @param {keyof typeof curves} algorithm
 * @param {{ key: string, section: string, otherHash: string }} options
 */
function edgesOf(name, algorithm, { key, section, otherHash }) {
  const { order, size } = curves[algorithm]
  const join = (edit) => (signature) => {
    const { r, s } = edit(splitEcdsa(signature))
    return joinEcdsa(algorithm, r, s)
  }
  /** @type {readonly (readonly [id: string, comment: string, forge: (signature: Buffer, message: Buffer) => Buffer])[]} */
  const rows = [
    ['der', 'r and s as DER, which is the form of X.509 and JCA.', derOf],
    ['r-zero', 'r is 0.', join(({ s }) => ({ r: 0n, s }))],
    ['s-zero', 's is 0.', join(({ r }) => ({ r, s: 0n }))],
    ['r-order', 'r is the order of the curve.', join(({ s }) => ({ r: order, s }))],
    ['s-order', 's is the order of the curve.', join(({ r }) => ({ r, s: order }))],
    ['both-order', 'r and s are the order: both are 0 modulo it.', join(() => ({ r: order, s: order }))],
    ['r-largest', 'r is as large as its bytes allow.', join(({ s }) => ({ r: (1n << BigInt(size * 8)) - 1n, s }))],
    ['both-one', 'r and s are 1.', join(() => ({ r: 1n, s: 1n }))],
    ['swapped', 's stands before r.', join(({ r, s }) => ({ r: s, s: r }))],
    ['negated-r', 'r is subtracted from the order: only s has two values.', join(({ r, s }) => ({ r: order - r, s }))],
    ['little-endian', 'r and s begin with their last bytes.', reverseHalves],
    ['padded', 'r and s are padded by one byte more.', (signature) => padHalves(signature, size + 1)],
    ['other-hash', `The signature is over ${otherHash.toUpperCase()}.`, signWith(key, otherHash)],
  ]
  const common = {
    key,
    rfc: ['RFC 9421 3.2', section],
    flags: ['EcdsaEdge'],
    error: 'invalid_signature',
    also: ['malformed_signature'],
  }
  return rows.map(([id, comment, forge]) => ({ ...common, id: `${name}-${id}`, comment, forge }))
}

function reverseHalves(signature) {
  const size = signature.length / 2
  const halves = [signature.subarray(0, size), signature.subarray(size)]
  return Buffer.concat(halves.map((half) => Buffer.from(half).reverse()))
}

function padHalves(signature, size) {
  const { r, s } = splitEcdsa(signature)
  return Buffer.concat([toBytes(r, size), toBytes(s, size)])
}

function signWith(key, hash) {
  return (_signature, message) => {
    const { algorithm, privateKey } = vectorKey(key)
    const secret = Buffer.from(privateKey.export({ format: 'jwk' }).d, 'base64url')
    return signEcdsa(algorithm, secret, message, { hash })
  }
}

const p256 = edgesOf('p256', 'ecdsa-p256-sha256', {
  key: 'test-key-ecc-p256',
  section: 'RFC 9421 3.3.4',
  otherHash: 'sha384',
})
const p384 = edgesOf('p384', 'ecdsa-p384-sha384', { key: 'p384-1', section: 'RFC 9421 3.3.5', otherHash: 'sha256' })

const ecdsa = verifyGroup({ id: 'algorithm-ecdsa', comment: 'ECDSA at the edges of its numbers.' }, [
  ...p256,
  ...p384,
  {
    id: 'p256-short-r',
    comment: 'r is not padded: the signature has 63 bytes.',
    key: 'test-key-ecc-p256',
    rfc: ['RFC 9421 3.3.4'],
    flags: ['EcdsaEdge'],
    until: (signature) => signature.length === 63,
    forge: (signature) => (signature[0] === 0 ? signature.subarray(1) : signature),
    error: 'invalid_signature',
    also: ['malformed_signature'],
  },
])

export const groups = [ecdsa]
