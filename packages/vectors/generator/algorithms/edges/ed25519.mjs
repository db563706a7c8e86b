import { createHash, sign } from 'node:crypto'
import { vectorKey } from '../../keys/key-ring.mjs'
import { addPointOfOrder2, identity, order, scalarBytes, signWithR, toScalar } from '../../oracle/edwards25519.mjs'
import { verifyGroup } from '../verify-group.mjs'

const key = 'test-key-ed25519'
const { privateKey } = vectorKey(key)

/** S plus a multiple of the order. */
function addToS(multiple) {
  return (signature) => {
    return Buffer.concat([signature.subarray(0, 32), scalarBytes(toScalar(signature.subarray(32)) + multiple * order)])
  }
}

function setBit(index, bit) {
  return (signature) => {
    const changed = Buffer.from(signature)
    changed[index] ^= bit
    return changed
  }
}

const withR = (choose) => (honest, message) => signWithR(privateKey, message, { honest, choose })

/** The y of the identity plus the prime: another encoding of it, which RFC 8032 5.1.3 refuses. */
const nonCanonicalIdentity = Buffer.from(`ee${'ff'.repeat(30)}7f`, 'hex')

const edges = verifyGroup(
  {
    id: 'algorithm-ed25519',
    comment: 'Ed25519 at the edges of its numbers.',
    key,
    flags: ['Ed25519Edge'],
    rfc: ['RFC 9421 3.3.6', 'RFC 8032 5.1.7'],
    error: 'invalid_signature',
    also: ['malformed_signature'],
  },
  [
    {
      id: 'ed25519-s-plus-order',
      comment: 'S plus the order of the group is the same number modulo it.',
      forge: addToS(1n),
    },
    {
      id: 'ed25519-s-plus-7-orders',
      comment: 'As often as it fits into 256 bits without the highest.',
      forge: addToS(7n),
    },
    { id: 'ed25519-s-high-bit', comment: 'The highest bit of S is set.', forge: setBit(63, 0x80) },
    { id: 'ed25519-r-sign-bit', comment: 'The sign of the x of R is changed.', forge: setBit(31, 0x80) },
    {
      id: 'ed25519-swapped',
      comment: 'S stands before R.',
      forge: (signature) => Buffer.concat([signature.subarray(32), signature.subarray(0, 32)]),
    },
    {
      id: 'ed25519-s-zero-r-identity',
      comment: 'R is the identity and S is 0, which is right for every key of order 1 alone.',
      forge: () => Buffer.concat([identity, Buffer.alloc(32)]),
    },
    {
      id: 'ed25519-pre-hashed',
      comment: 'The SHA-512 of the base is signed. RFC 9421 takes the base itself.',
      forge: (_signature, message) => sign(null, createHash('sha512').update(message).digest(), privateKey),
    },
    {
      id: 'ed25519-r-identity',
      comment: 'R is the identity: the owner of the key chose r = 0, and has given the key away.',
      level: 'policy',
      openSsl: true,
      forge: withR(() => ({ point: identity, r: 0n })),
    },
    {
      id: 'ed25519-r-non-canonical',
      comment: 'R is the identity in its second encoding.',
      forge: withR(() => ({ point: nonCanonicalIdentity, r: 0n })),
    },
    {
      id: 'ed25519-r-with-torsion',
      comment: 'R has a part of order 2, which only the equation with the cofactor forgives. RFC 8032 allows either.',
      level: 'policy',
      forge: withR((point) => ({ point: addPointOfOrder2(point) })),
    },
  ],
)

export const groups = [edges]
