import { curves, joinEcdsa, splitEcdsa } from '../oracle/elliptic-curves.mjs'
import { verifyGroup } from './verify-group.mjs'

const sections = {
  'hmac-sha256': 'RFC 9421 3.3.3',
  ed25519: 'RFC 9421 3.3.6',
  'ecdsa-p256-sha256': 'RFC 9421 3.3.4',
  'ecdsa-p384-sha384': 'RFC 9421 3.3.5',
  'rsa-pss-sha512': 'RFC 9421 3.3.1',
  'rsa-v1_5-sha256': 'RFC 9421 3.3.2',
}

/** @type {readonly (readonly [key: string, alg: string])[]} */
const keys = [
  ['test-shared-secret', 'hmac-sha256'],
  ['test-key-ed25519', 'ed25519'],
  ['test-key-ecc-p256', 'ecdsa-p256-sha256'],
  ['p384-1', 'ecdsa-p384-sha384'],
  ['test-key-rsa-pss', 'rsa-pss-sha512'],
  ['test-key-rsa', 'rsa-v1_5-sha256'],
]

/** @type {readonly (readonly [key: string, alg: string, comment: string])[]} */
const otherKeys = [
  ['hmac-32', 'hmac-sha256', 'A secret of 32 bytes.'],
  ['hmac-65', 'hmac-sha256', 'A secret longer than a block, which HMAC hashes first.'],
  ['ed25519-2', 'ed25519', 'Another key than that of the RFC.'],
  ['p256-2', 'ecdsa-p256-sha256', 'Another key than that of the RFC.'],
  ['p384-2', 'ecdsa-p384-sha384', 'Another key.'],
  ['rsa-pss-3072', 'rsa-pss-sha512', 'A modulus of 3072 bits.'],
  ['rsa-pss-2049', 'rsa-pss-sha512', 'A modulus whose bits are one more than a multiple of eight (RFC 8017 8.1.1).'],
  ['rsa-v1_5-3072', 'rsa-v1_5-sha256', 'A modulus of 3072 bits.'],
]

const startsWithZero = (signature) => signature[0] === 0

function secondHalfStartsWithZero(signature) {
  return signature[signature.length / 2] === 0
}

/** Both s and n - s verify; which of them comes out is chance. */
function withS(algorithm, isWanted) {
  return (signature) => {
    const { r, s } = splitEcdsa(signature)
    const { order } = curves[algorithm]
    return joinEcdsa(algorithm, r, isWanted(s, order) ? s : order - s)
  }
}

const sound = verifyGroup(
  {
    id: 'algorithm-sound',
    comment: 'Right signatures of each algorithm.',
    flags: ['SoundSignature'],
    rfc: ['RFC 9421 3.2'],
  },
  [
    ...keys.map(([key, alg]) => ({
      id: `algorithm-${alg.replace('_', '-')}`,
      comment: 'The algorithm is that of the key, and named.',
      rfc: ['RFC 9421 3.2', sections[alg]],
      key,
      alg,
    })),
    ...keys.map(([key, alg]) => ({
      id: `algorithm-${alg.replace('_', '-')}-not-named`,
      comment: 'The algorithm is that of the key, and not named.',
      rfc: ['RFC 9421 3.2', sections[alg]],
      key,
    })),
    ...otherKeys.map(([key, alg, comment]) => ({
      id: `algorithm-key-${key.replace('_', '-')}`,
      comment,
      rfc: ['RFC 9421 3.2', sections[alg]],
      key,
    })),
    {
      id: 'algorithm-key-not-named',
      comment: 'The signature names no key: the application knows which one it is.',
      key: 'test-key-ed25519',
      named: false,
    },
  ],
)

const padding = verifyGroup(
  {
    id: 'algorithm-padding',
    comment: 'Right signatures that are less usual.',
    flags: ['LeadingZeros'],
    rfc: ['RFC 9421 3.3'],
  },
  [
    {
      id: 'p256-r-leading-zero',
      comment: 'r is shorter than 32 bytes, and padded.',
      rfc: ['RFC 9421 3.3.4'],
      key: 'test-key-ecc-p256',
      until: startsWithZero,
    },
    {
      id: 'p256-s-leading-zero',
      comment: 's is shorter than 32 bytes, and padded.',
      rfc: ['RFC 9421 3.3.4'],
      key: 'test-key-ecc-p256',
      until: secondHalfStartsWithZero,
    },
    {
      id: 'p384-r-leading-zero',
      comment: 'r is shorter than 48 bytes, and padded.',
      rfc: ['RFC 9421 3.3.5'],
      key: 'p384-1',
      until: startsWithZero,
    },
    {
      id: 'p384-s-leading-zero',
      comment: 's is shorter than 48 bytes, and padded.',
      rfc: ['RFC 9421 3.3.5'],
      key: 'p384-1',
      until: secondHalfStartsWithZero,
    },
    {
      id: 'rsa-leading-zero',
      comment: 'The number is shorter than the modulus, and padded.',
      rfc: ['RFC 9421 3.3.2', 'RFC 8017 8.2.1'],
      key: 'test-key-rsa',
      until: startsWithZero,
    },
    {
      id: 'p256-high-s',
      comment: 's is in the upper half of its range: RFC 9421 does not ask for the lower one.',
      flags: ['HighS'],
      rfc: ['RFC 9421 3.3.4'],
      key: 'test-key-ecc-p256',
      forge: withS('ecdsa-p256-sha256', (s, order) => s > order / 2n),
    },
    {
      id: 'p256-low-s',
      comment: 's is in the lower half.',
      flags: ['HighS'],
      rfc: ['RFC 9421 3.3.4'],
      key: 'test-key-ecc-p256',
      forge: withS('ecdsa-p256-sha256', (s, order) => s <= order / 2n),
    },
    {
      id: 'p384-high-s',
      comment: 's is in the upper half of its range.',
      flags: ['HighS'],
      rfc: ['RFC 9421 3.3.5'],
      key: 'p384-1',
      forge: withS('ecdsa-p384-sha384', (s, order) => s > order / 2n),
    },
  ],
)

export const groups = [sound, padding]
