/**
 * The keys of the vectors. `pem` is a file of this folder; `secretBytes` and `seeded` are derived from the name, so
 * that nobody chose them; `point` and `exponent` are public keys that nobody can own.
 *
 * @typedef {object} KeyDefinition
 * @property {string} name
 * @property {string} algorithm
 * @property {string} [keyid] the name, where absent
 * @property {string} [principal]
 * @property {string} [comment]
 * @property {true} [pem]
 * @property {string} [secret] base64
 * @property {number} [secretBytes]
 * @property {true} [seeded]
 * @property {string} [point] an Ed25519 public key, in hex
 * @property {{ modulusOf: string, e: string }} [exponent]
 */

/** @type {readonly KeyDefinition[]} */
export const keyDefinitions = [
  {
    name: 'test-shared-secret',
    algorithm: 'hmac-sha256',
    comment: 'RFC 9421 B.1.5: 64 bytes.',
    secret: 'uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==',
  },
  { name: 'hmac-64', algorithm: 'hmac-sha256', comment: '64 bytes: the block size of SHA-256.', secretBytes: 64 },
  { name: 'hmac-32', algorithm: 'hmac-sha256', comment: '32 bytes: the length of the hash.', secretBytes: 32 },
  {
    name: 'hmac-65',
    algorithm: 'hmac-sha256',
    comment: '65 bytes: HMAC hashes a secret that is longer than a block (RFC 2104 2).',
    secretBytes: 65,
  },
  { name: 'test-key-ed25519', algorithm: 'ed25519', comment: 'RFC 9421 B.1.4.', pem: true },
  { name: 'ed25519-2', algorithm: 'ed25519', seeded: true },
  { name: 'test-key-ecc-p256', algorithm: 'ecdsa-p256-sha256', comment: 'RFC 9421 B.1.3.', pem: true },
  { name: 'p256-2', algorithm: 'ecdsa-p256-sha256', seeded: true },
  { name: 'p384-1', algorithm: 'ecdsa-p384-sha384', seeded: true },
  { name: 'p384-2', algorithm: 'ecdsa-p384-sha384', seeded: true },
  {
    name: 'test-key-rsa-pss',
    algorithm: 'rsa-pss-sha512',
    comment: 'RFC 9421 B.1.2, as rsaEncryption: most platforms refuse the id-RSASSA-PSS of its PEM there.',
    pem: true,
  },
  { name: 'rsa-pss-3072', algorithm: 'rsa-pss-sha512', pem: true },
  {
    name: 'rsa-pss-2049',
    algorithm: 'rsa-pss-sha512',
    comment: 'A modulus of 2049 bits: the encoded message is one byte shorter than the signature (RFC 8017 8.1.1).',
    pem: true,
  },
  { name: 'test-key-rsa', algorithm: 'rsa-v1_5-sha256', comment: 'RFC 9421 B.1.1.', pem: true },
  { name: 'rsa-v1_5-3072', algorithm: 'rsa-v1_5-sha256', pem: true },
  // Two principals, one of them with two keys.
  { name: 'alice-1', algorithm: 'hmac-sha256', principal: 'alice', secretBytes: 64 },
  { name: 'alice-2', algorithm: 'hmac-sha256', principal: 'alice', secretBytes: 64 },
  { name: 'bob-1', algorithm: 'hmac-sha256', principal: 'bob', secretBytes: 64 },
  { name: 'carol-ed25519', algorithm: 'ed25519', keyid: 'carol', principal: 'carol', seeded: true },
  { name: 'long-keyid-256', algorithm: 'hmac-sha256', keyid: 'k'.repeat(256), secretBytes: 32 },
  {
    name: 'long-keyid-257',
    algorithm: 'hmac-sha256',
    keyid: 'k'.repeat(257),
    comment: 'One character more than a verifier of the profile looks up.',
    secretBytes: 32,
  },
  // Keys that must not be trusted. A test that has one requires weak-keys, and none of them may be imported early.
  {
    name: 'weak-hmac-31',
    algorithm: 'hmac-sha256',
    comment: 'Weak: a secret shorter than the hash (RFC 9421 7.3.1, RFC 2104 3).',
    secretBytes: 31,
  },
  { name: 'weak-rsa-1024', algorithm: 'rsa-v1_5-sha256', comment: 'Weak: a modulus of 1024 bits.', pem: true },
  {
    name: 'weak-rsa-exponent-1',
    algorithm: 'rsa-v1_5-sha256',
    comment: 'Weak: under the exponent 1 every padded digest is its own signature.',
    exponent: { modulusOf: 'test-key-rsa', e: 'AQ' },
  },
  {
    name: 'weak-ed25519-identity',
    algorithm: 'ed25519',
    comment: 'Weak: the identity. With R = B times S, any message verifies.',
    point: `01${'00'.repeat(31)}`,
  },
  {
    name: 'weak-ed25519-order-8',
    algorithm: 'ed25519',
    comment: 'Weak: a point of order 8.',
    point: '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  },
  {
    name: 'weak-ed25519-non-canonical',
    algorithm: 'ed25519',
    comment: 'Weak: the identity with y = 2^255 - 18, a second encoding of it (RFC 8032 5.1.3).',
    point: `ee${'ff'.repeat(30)}7f`,
  },
]
