import { createECDH, createHmac, createPrivateKey, createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { keyDefinitions } from './definitions.mjs'

/**
 * A key as the oracle signs with it.
 *
 * @typedef {object} VectorKey
 * @property {string} algorithm
 * @property {string} keyid
 * @property {Buffer} [secret]
 * @property {import('node:crypto').KeyObject} [privateKey] absent where nobody owns the key
 * @property {import('node:crypto').KeyObject} [publicKey]
 */

/** @type {ReadonlyMap<string, VectorKey>} */
const ring = new Map(
  keyDefinitions.map((definition) => {
    const { name, algorithm, keyid = name } = definition
    return [name, { algorithm, keyid, ...materialOf(definition) }]
  }),
)

/**
 * @param {string} name
 * @returns {VectorKey}
 */
export function vectorKey(name) {
  const key = ring.get(name)
  if (key === undefined) throw new Error(`generator/keys/definitions.mjs has no key "${name}"`)
  return key
}

/** The contents of vectors/keys.json. */
export function keysFile() {
  const keys = keyDefinitions.map(({ name, algorithm, keyid = name, principal, comment }) => {
    const written = { algorithm, keyid, ...(principal && { principal }), ...(comment && { comment }) }
    return [name, { ...written, ...exportKey(vectorKey(name)) }]
  })
  return { $schema: '../schema/keys.schema.json', keys: Object.fromEntries(keys) }
}

/** @param {VectorKey} key */
function exportKey({ secret, privateKey, publicKey }) {
  if (secret !== undefined) return { secret: secret.toString('base64') }
  return {
    ...(privateKey && { privateJwk: privateKey.export({ format: 'jwk' }) }),
    publicJwk: publicKey.export({ format: 'jwk' }),
    ...(privateKey && { privatePem: privateKey.export({ format: 'pem', type: 'pkcs8' }) }),
    publicPem: publicKey.export({ format: 'pem', type: 'spki' }),
  }
}

function materialOf({ name, algorithm, pem, secret, secretBytes, seeded, point, exponent }) {
  if (secret !== undefined) return { secret: Buffer.from(secret, 'base64') }
  if (secretBytes !== undefined) return { secret: derivedBytes(name, secretBytes) }
  if (pem) return pairOf(createPrivateKey(readFileSync(new URL(`pem/${name}.pem`, import.meta.url))))
  if (seeded) return pairOf(createPrivateKey(seededKey(name, algorithm)))
  if (point !== undefined) {
    const x = Buffer.from(point, 'hex').toString('base64url')
    return { publicKey: createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }) }
  }
  const { n } = vectorPem(exponent.modulusOf).export({ format: 'jwk' })
  return { publicKey: createPublicKey({ key: { kty: 'RSA', n, e: exponent.e }, format: 'jwk' }) }
}

function vectorPem(name) {
  return createPublicKey(readFileSync(new URL(`pem/${name}.pem`, import.meta.url)))
}

function pairOf(privateKey) {
  return { privateKey, publicKey: createPublicKey(privateKey) }
}

/** As many bytes as are asked for, from the name alone. */
function derivedBytes(name, length) {
  const blocks = [0, 1].map((counter) => createHmac('sha512', 'countersign test vectors').update(`${name} ${counter}`))
  return Buffer.concat(blocks.map((block) => block.digest())).subarray(0, length)
}

function seededKey(name, algorithm) {
  if (algorithm === 'ed25519') {
    const header = Buffer.from('302e020100300506032b657004220420', 'hex')
    return { key: Buffer.concat([header, derivedBytes(name, 32)]), format: 'der', type: 'pkcs8' }
  }
  const [curve, crv, size] =
    algorithm === 'ecdsa-p256-sha256' ? ['prime256v1', 'P-256', 32] : ['secp384r1', 'P-384', 48]
  const exchange = createECDH(curve)
  const scalar = derivedBytes(name, size)
  exchange.setPrivateKey(scalar)
  const point = exchange.getPublicKey()
  const [x, y] = [point.subarray(1, 1 + size), point.subarray(1 + size)].map((half) => half.toString('base64url'))
  return { key: { kty: 'EC', crv, d: scalar.toString('base64url'), x, y }, format: 'jwk' }
}
