import { sign } from 'node:crypto'
import { vectorKey } from '../../keys/key-ring.mjs'
import { toBytes, toInteger } from '../../oracle/elliptic-curves.mjs'
import { applyPrivateKey, encodePkcs1, signPss } from '../../oracle/rsa.mjs'
import { verifyGroup } from '../verify-group.mjs'

const pssKey = vectorKey('test-key-rsa-pss').privateKey
const pkcs1Key = vectorKey('test-key-rsa').privateKey

const padWith = (options) => (_signature, message) => signPss(pssKey, message, options)
const saltOf = (length) => padWith({ salt: Buffer.alloc(length, 0x5a) })

const refused = { error: 'invalid_signature', also: ['malformed_signature'] }

/** @type {readonly (readonly [id: string, comment: string, forge: (signature: Buffer, message: Buffer) => Buffer])[]} */
const pssRows = [
  ['no-salt', 'No salt.', saltOf(0)],
  ['salt-20', 'A salt of 20 bytes, the default of RFC 8017.', saltOf(20)],
  ['salt-32', 'A salt of 32 bytes.', saltOf(32)],
  ['salt-63', 'A byte less.', saltOf(63)],
  ['salt-65', 'A byte more.', saltOf(65)],
  ['salt-largest', 'As much salt as fits, which is what OpenSSL draws by itself.', saltOf(190)],
  ['mask-sha-256', 'The mask is generated with SHA-256.', padWith({ maskHash: 'sha256' })],
  ['mask-sha-1', 'The mask is generated with SHA-1, the default of RFC 8017.', padWith({ maskHash: 'sha1' })],
  [
    'sha-256',
    'SHA-256 in the place of SHA-512, as in PS256.',
    padWith({ hash: 'sha256', salt: Buffer.alloc(32, 0x5a) }),
  ],
  ['sha-384', 'SHA-384, as in PS384.', padWith({ hash: 'sha384', salt: Buffer.alloc(48, 0x5a) })],
  ['plus-modulus', 'The number plus the modulus is the same modulo it (RFC 8017 5.2.2).', addModulus(pssKey)],
]

const pss = verifyGroup(
  {
    id: 'algorithm-rsa-pss',
    comment: 'RSASSA-PSS otherwise than with SHA-512, MGF1 with SHA-512, and 64 bytes of salt.',
    key: 'test-key-rsa-pss',
    flags: ['PssParameters'],
    rfc: ['RFC 9421 3.3.1', 'RFC 8017 8.1.2'],
    ...refused,
  },
  pssRows.map(([id, comment, forge]) => ({
    id: `rsa-pss-${id}`,
    comment,
    forge,
    ...(id === 'plus-modulus' && { until: fitsModulusLength }),
  })),
)

const encodeWith = (options) => (_signature, message) => applyPrivateKey(pkcs1Key, encodePkcs1(message, 256, options))
const hashWith = (hash) => (_signature, message) => sign(hash, message, pkcs1Key)

/** A block that is edited before the private operation. */
const encodeAndEdit = (edit) => (_signature, message) => {
  const block = encodePkcs1(message, 256)
  edit(block)
  return applyPrivateKey(pkcs1Key, block)
}

/** @type {readonly (readonly [id: string, comment: string, forge: (signature: Buffer, message: Buffer) => Buffer])[]} */
const pkcs1Rows = [
  ['sha-1', 'SHA-1.', hashWith('sha1')],
  ['sha-512', 'SHA-512.', hashWith('sha512')],
  ['no-null', 'The DigestInfo without NULL: RFC 8017 9.2 compares whole blocks.', encodeWith({ withNull: false })],
  [
    'garbage',
    'Bytes behind the digest, in the place of padding, as Bleichenbacher forged.',
    encodeWith({ garbage: 100 }),
  ],
  ['padding-byte', 'A byte of the padding is not 0xff.', encodeAndEdit((block) => block.writeUInt8(0xfe, 40))],
  ['block-type-2', 'The block type of encryption.', encodeAndEdit((block) => block.writeUInt8(0x02, 1))],
  ['block-type-0', 'A block type of 0, with the padding of 1.', encodeAndEdit((block) => block.writeUInt8(0x00, 1))],
  ['plus-modulus', 'The number plus the modulus is the same modulo it (RFC 8017 5.2.2).', addModulus(pkcs1Key)],
]

const pkcs1 = verifyGroup(
  {
    id: 'algorithm-rsa-v1-5',
    comment: 'RSASSA-PKCS1-v1_5 otherwise than with SHA-256 and exact padding.',
    key: 'test-key-rsa',
    flags: ['Pkcs1Padding'],
    rfc: ['RFC 9421 3.3.2', 'RFC 8017 8.2.2'],
    ...refused,
  },
  [
    ...pkcs1Rows.map(([id, comment, forge]) => ({
      id: `rsa-v1-5-${id}`,
      comment,
      forge,
      ...(id === 'plus-modulus' && { until: fitsModulusLength }),
    })),
    {
      id: 'rsa-v1-5-short',
      comment: 'The number without its leading zero byte: a signature is as long as the modulus.',
      until: (signature) => signature.length === 255,
      forge: (signature) => (signature[0] === 0 ? signature.subarray(1) : signature),
    },
  ],
)

/** Where the sum is too long, the nonce has to change. */
function addModulus(privateKey) {
  const modulus = toInteger(Buffer.from(privateKey.export({ format: 'jwk' }).n, 'base64url'))
  return (signature) => toBytes(toInteger(signature) + modulus, signature.length)
}

function fitsModulusLength(signature) {
  return signature.length === 256
}

export const groups = [pss, pkcs1]
