import { createHmac, createPublicKey, sign } from 'node:crypto'
import { vectorKey } from '../keys/key-ring.mjs'
import { applyPrivateKey, encodePkcs1, signPss } from '../oracle/rsa.mjs'
import { verifyGroup } from './verify-group.mjs'

/** @type {readonly (readonly [id: string, comment: string, key: string, alg: string])[]} */
const rows = [
  ['other-kind', 'The key is of Ed25519, and the signature too.', 'test-key-ed25519', 'ecdsa-p256-sha256'],
  ['other-curve', 'The key is of P-256, and the signature too.', 'test-key-ecc-p256', 'ecdsa-p384-sha384'],
  ['hmac-of-public-key', 'The key is public, and the algorithm one of secrets.', 'test-key-ed25519', 'hmac-sha256'],
  ['public-of-secret', 'The key is a secret, and the algorithm one of public keys.', 'hmac-64', 'ed25519'],
  ['none', 'There is no algorithm "none".', 'test-key-ed25519', 'none'],
  ['empty', 'The name is empty.', 'test-key-ed25519', ''],
  ['upper-case', 'Names are case-sensitive.', 'test-key-ed25519', 'Ed25519'],
  ['space', 'A space is part of the name.', 'test-key-ed25519', 'ed25519 '],
  ['of-jose', 'A name of JOSE (RFC 9421 3.3.7).', 'test-key-ecc-p256', 'ES256'],
  ['of-draft', 'A name of the drafts, under which the key decides.', 'test-key-rsa-pss', 'hs2019'],
  ['unknown', 'Nobody registered the name.', 'test-key-ed25519', 'ed448'],
  ['of-objects', 'A name that objects have.', 'test-key-ed25519', 'constructor'],
]

/** With the keys of the other padding of RSA: whoever follows `alg` finds these signatures right. */
const signPkcs1 = (key) => (_signature, message) => sign('sha256', message, vectorKey(key).privateKey)
const signPadded = (key) => (_signature, message) => signPss(vectorKey(key).privateKey, message)

/** A public key as the text that a verifier may hold it in. */
const pemOf = (key) => vectorKey(key).publicKey.export({ type: 'spki', format: 'pem' })
const jwkOf = (key) => JSON.stringify(vectorKey(key).publicKey.export({ format: 'jwk' }))
const macOf = (secret) => (_signature, message) => createHmac('sha256', secret).update(message).digest()

const named = verifyGroup(
  {
    id: 'algorithm-other-alg',
    comment: 'An `alg` that is not the algorithm of the key: the two must agree, whatever the signature is worth.',
    flags: ['AlgorithmConfusion'],
    rfc: ['RFC 9421 3.2', 'RFC 9421 7.3.6'],
    error: 'algorithm_mismatch',
    also: ['invalid_signature', 'malformed_parameter'],
  },
  [
    ...rows.map(([id, comment, key, alg]) => ({ id: `named-${id}`, comment, key, alg })),
    {
      id: 'named-none-empty',
      comment: 'There is no algorithm "none", and no signature.',
      key: 'test-key-ed25519',
      alg: 'none',
      forge: () => Buffer.alloc(0),
    },
    {
      id: 'named-weaker-padding',
      comment: 'A signature of PKCS #1 v1.5, named so, by a key of PSS.',
      key: 'test-key-rsa-pss',
      alg: 'rsa-v1_5-sha256',
      forge: signPkcs1('test-key-rsa-pss'),
    },
    {
      id: 'named-other-padding',
      comment: 'A signature of PSS, named so, by a key of PKCS #1 v1.5.',
      key: 'test-key-rsa',
      alg: 'rsa-pss-sha512',
      forge: signPadded('test-key-rsa'),
    },
    ...['test-key-rsa', 'test-key-rsa-pss', 'test-key-ecc-p256', 'test-key-ed25519'].map((key) => ({
      id: `named-hmac-of-pem-${key.slice('test-key-'.length)}`,
      comment: 'An HMAC keyed with the PEM of the public key, which everybody knows.',
      key,
      alg: 'hmac-sha256',
      forge: macOf(pemOf(key)),
    })),
    {
      id: 'named-hmac-of-jwk',
      comment: 'An HMAC keyed with the JWK of the public key.',
      key: 'test-key-rsa',
      alg: 'hmac-sha256',
      forge: macOf(jwkOf('test-key-rsa')),
    },
  ],
)

const unnamed = verifyGroup(
  {
    id: 'algorithm-other-signature',
    comment: 'Signatures of another algorithm than that of the key, which is not named.',
    flags: ['AlgorithmConfusion'],
    rfc: ['RFC 9421 3.2', 'RFC 9421 3.3'],
    error: 'invalid_signature',
    also: ['malformed_signature'],
  },
  [
    {
      id: 'algorithm-hmac-of-pem',
      comment: 'An HMAC keyed with the PEM of the public key.',
      key: 'test-key-rsa',
      forge: macOf(pemOf('test-key-rsa')),
    },
    {
      id: 'algorithm-hmac-of-der',
      comment: 'An HMAC keyed with the bytes of the public key.',
      key: 'test-key-ed25519',
      forge: macOf(createPublicKey(pemOf('test-key-ed25519')).export({ type: 'spki', format: 'der' })),
    },
    {
      id: 'algorithm-weaker-padding',
      comment: 'A signature of PKCS #1 v1.5 by a key of PSS.',
      key: 'test-key-rsa-pss',
      forge: signPkcs1('test-key-rsa-pss'),
    },
    {
      id: 'algorithm-other-padding',
      comment: 'A signature of PSS by a key of PKCS #1 v1.5.',
      key: 'test-key-rsa',
      forge: signPadded('test-key-rsa'),
    },
    {
      id: 'algorithm-no-padding',
      comment: 'The private operation on the bare digest.',
      key: 'test-key-rsa',
      forge: (_signature, message) => {
        const digest = encodePkcs1(message, 256).subarray(-32)
        return applyPrivateKey(vectorKey('test-key-rsa').privateKey, Buffer.concat([Buffer.alloc(224), digest]))
      },
    },
  ],
)

export const groups = [named, unnamed]
