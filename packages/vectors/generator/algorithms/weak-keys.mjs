import { createHmac } from 'node:crypto'
import { vectorKey } from '../keys/key-ring.mjs'
import { basePoint, hashToScalar, scalarBytes } from '../oracle/edwards25519.mjs'
import { encodePkcs1 } from '../oracle/rsa.mjs'
import { verifyGroup } from './verify-group.mjs'

/** R = B and S = 1: right wherever the hash times the public key is the identity. */
const freeSignature = () => Buffer.concat([basePoint, scalarBytes(1n)])

/** The hash is a multiple of 8, so that a key of order 8 disappears. */
function isMultipleOf8(key) {
  const { x } = vectorKey(key).publicKey.export({ format: 'jwk' })
  return (signature, message) => {
    return hashToScalar(signature.subarray(0, 32), Buffer.from(x, 'base64url'), message) % 8n === 0n
  }
}

const weak = verifyGroup(
  {
    id: 'algorithm-weak-keys',
    comment: 'Keys that nobody must trust. Their signatures are right, as far as numbers go.',
    level: 'policy',
    flags: ['WeakKey'],
    openSsl: true,
    error: 'key_unavailable',
    also: ['unknown_key', 'inactive_key', 'invalid_signature'],
  },
  [
    {
      id: 'weak-hmac-31',
      comment: 'A secret shorter than the hash.',
      rfc: ['RFC 9421 7.3.1', 'RFC 2104 3'],
      key: 'weak-hmac-31',
      make: (message) => createHmac('sha256', vectorKey('weak-hmac-31').secret).update(message).digest(),
    },
    {
      id: 'weak-rsa-1024',
      comment: 'A modulus of 1024 bits.',
      rfc: ['RFC 9421 3.2.1', 'RFC 7518 3.3'],
      key: 'weak-rsa-1024',
    },
    {
      id: 'weak-rsa-exponent-1',
      comment: 'The exponent 1: the padded digest is its own signature, and anybody makes it.',
      rfc: ['RFC 9421 3.3.2', 'RFC 8017 3.1'],
      key: 'weak-rsa-exponent-1',
      make: (message) => encodePkcs1(message, 256),
    },
    {
      id: 'weak-ed25519-identity',
      comment: 'The identity as public key: one signature is right for every message.',
      rfc: ['RFC 9421 3.3.6', 'RFC 8032 5.1.7'],
      key: 'weak-ed25519-identity',
      make: freeSignature,
    },
    {
      id: 'weak-ed25519-order-8',
      comment: 'A point of order 8: a signature is right for one message of eight.',
      rfc: ['RFC 9421 3.3.6', 'RFC 8032 5.1.7'],
      key: 'weak-ed25519-order-8',
      make: freeSignature,
      until: isMultipleOf8('weak-ed25519-order-8'),
    },
    {
      id: 'weak-ed25519-non-canonical',
      comment: 'The identity in its second encoding.',
      rfc: ['RFC 9421 3.3.6', 'RFC 8032 5.1.3'],
      key: 'weak-ed25519-non-canonical',
      make: freeSignature,
    },
  ],
)

export const groups = [weak]
