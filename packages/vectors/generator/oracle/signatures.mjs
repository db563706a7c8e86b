import {
  constants,
  createHmac,
  sign as signWithOpenSsl,
  timingSafeEqual,
  verify as verifyWithOpenSsl,
} from 'node:crypto'
import { vectorKey } from '../keys/key-ring.mjs'
import { signEcdsa } from './elliptic-curves.mjs'
import { signPss } from './rsa.mjs'

/**
 * One entry for each algorithm of RFC 9421 3.3: how it signs, always with the same result, and how OpenSSL verifies.
 */
const algorithms = {
  'hmac-sha256': {
    sign: ({ secret }, message) => createHmac('sha256', secret).update(message).digest(),
    verify({ secret }, message, signature) {
      const expected = createHmac('sha256', secret).update(message).digest()
      return expected.length === signature.length && timingSafeEqual(expected, signature)
    },
  },
  ed25519: {
    sign: ({ privateKey }, message) => signWithOpenSsl(null, message, privateKey),
    verify: ({ publicKey }, message, signature) => verifyWithOpenSsl(null, message, publicKey, signature),
  },
  'ecdsa-p256-sha256': ecdsa('ecdsa-p256-sha256', 'sha256'),
  'ecdsa-p384-sha384': ecdsa('ecdsa-p384-sha384', 'sha384'),
  'rsa-pss-sha512': {
    sign: ({ privateKey }, message) => signPss(privateKey, message),
    verify({ publicKey }, message, signature) {
      const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 }
      return verifyWithOpenSsl('sha512', message, { key: publicKey, ...padding }, signature)
    },
  },
  'rsa-v1_5-sha256': {
    sign: ({ privateKey }, message) => signWithOpenSsl('sha256', message, privateKey),
    verify: ({ publicKey }, message, signature) => verifyWithOpenSsl('sha256', message, publicKey, signature),
  },
}

/** The algorithms of which any signer makes the same signature. */
export const deterministicAlgorithms = new Set(['hmac-sha256', 'ed25519', 'rsa-v1_5-sha256'])

/**
 * Signs a base with a key of keys.json.
 *
 * @param {string} keyName
 * @param {string} base
 * @returns {string} the signature in base64
 */
export function signBase(keyName, base) {
  const key = vectorKey(keyName)
  const message = baseBytes(base)
  const { sign, verify } = algorithms[key.algorithm]
  const signature = sign(key, message)
  if (!verify(key, message, signature)) throw new Error(`${keyName} signs what does not verify`)
  return signature.toString('base64')
}

/**
 * Whether OpenSSL takes a signature, by the algorithm of the key.
 *
 * @param {string} keyName
 * @param {string} base
 * @param {Buffer} signature
 */
export function verifyBase(keyName, base, signature) {
  const key = vectorKey(keyName)
  return algorithms[key.algorithm].verify(key, baseBytes(base), signature)
}

/** The bytes of a base, which is ASCII (RFC 9421 2.5). */
export function baseBytes(base) {
  if (/[^\n\t -~]/.test(base)) throw new Error(`no signature base: ${JSON.stringify(base)}`)
  return Buffer.from(base, 'latin1')
}

function ecdsa(algorithm, hash) {
  return {
    sign: ({ privateKey }, message) => {
      return signEcdsa(algorithm, Buffer.from(privateKey.export({ format: 'jwk' }).d, 'base64url'), message)
    },
    verify({ publicKey }, message, signature) {
      return verifyWithOpenSsl(hash, message, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)
    },
  }
}
