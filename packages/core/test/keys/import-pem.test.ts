import { describe, expect, it } from 'vitest'
import type { SignatureAlgorithm } from '../../src/algorithms/algorithm.ts'
import { derTags, readDer, writeDer } from '../../src/crypto/der.ts'
import {
  ecdsaP256Sha256,
  ed25519,
  encodeUtf8,
  importSigningKey,
  importVerifyingKey,
  rsaPssSha512,
  rsaV15Sha256,
} from '../../src/index.ts'
import { backendsOf, describeBackends } from '../crypto/each-backend.ts'
import {
  ed25519PrivatePem,
  ed25519PublicPem,
  p256Sec1PrivatePem,
  rsaPkcs1PrivatePem,
  rsaPkcs1PublicPem,
  rsaPssPublicPem,
} from '../crypto/rfc9421-keys.ts'
import { generatePair } from '../generate-pair.ts'

const { privateKey } = generatePair('ec', { namedCurve: 'P-256' })
const encryption = { cipher: 'aes-256-cbc', passphrase: 'secret' }
const encryptedPem = privateKey.export({ format: 'pem', type: 'pkcs8', ...encryption }).toString()

function pem(label: string, bytes: Uint8Array): string {
  return `-----BEGIN ${label}-----\n${Buffer.from(bytes).toString('base64')}\n-----END ${label}-----\n`
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text.replaceAll(/-----[A-Z ]+-----|\s/g, ''), 'base64'))
}

const spki = bytesOf(ed25519PublicPem)
const pkcs8 = bytesOf(ed25519PrivatePem)

type Refusal = readonly [what: string, algorithm: SignatureAlgorithm, text: string, message: RegExp]

const privateRefusals: readonly Refusal[] = [
  ['PKCS#1', rsaV15Sha256, rsaPkcs1PrivatePem, /is a "RSA PRIVATE KEY".*openssl pkey -in FILE/],
  ['SEC 1', ecdsaP256Sha256, p256Sec1PrivatePem, /is a "EC PRIVATE KEY".*openssl pkey -in FILE/],
  ['an encrypted key', ecdsaP256Sha256, encryptedPem, /is a "ENCRYPTED PRIVATE KEY".*openssl pkey/],
  ['two keys', ed25519, ed25519PrivatePem + ed25519PrivatePem, /one "PRIVATE KEY" block/],
  ['a text around it', ed25519, `key:\n${ed25519PrivatePem}`, /one "PRIVATE KEY" block/],
  ['half a key', ed25519, pem('PRIVATE KEY', pkcs8.slice(0, 40)), /well-formed DER/],
  ['something after the key', ed25519, pem('PRIVATE KEY', Uint8Array.of(...pkcs8, 0)), /one key and nothing else/],
  ['no DER', ed25519, pem('PRIVATE KEY', encodeUtf8('hello')), /well-formed DER/],
  ['no base64', ed25519, '-----BEGIN PRIVATE KEY-----\nA\n-----END PRIVATE KEY-----', /must hold base64/],
  ['a short seed', ed25519, pem('PRIVATE KEY', shortSeed()), /not a valid key for ed25519/],
]

const publicRefusals: readonly Refusal[] = [
  ['PKCS#1', rsaV15Sha256, rsaPkcs1PublicPem, /is a "RSA PUBLIC KEY".*openssl rsa -RSAPublicKey_in -pubout/],
  ['a certificate', ed25519, pem('CERTIFICATE', spki), /is a "CERTIFICATE".*openssl x509 -pubkey -noout/],
  ['half a key', ed25519, pem('PUBLIC KEY', spki.slice(0, 40)), /well-formed DER/],
  ['something after the key', ed25519, pem('PUBLIC KEY', Uint8Array.of(...spki, 0)), /one key and nothing else/],
  [
    'pad bits',
    ed25519,
    pem(
      'PUBLIC KEY',
      spki.map((byte, index) => (index === 11 ? 1 : byte)),
    ),
    /one key and nothing/,
  ],
  [
    'an X25519 key',
    ed25519,
    pem(
      'PUBLIC KEY',
      spki.map((byte, index) => (index === 8 ? 110 : byte)),
    ),
    /not a key for/,
  ],
]

/** A PKCS#8 key of Ed25519 whose seed has 31 bytes. */
function shortSeed(): Uint8Array {
  const { octetString, sequence } = derTags
  const { contents } = readDer(pkcs8, sequence)
  const seed = writeDer(octetString, [writeDer(octetString, [new Uint8Array(31).fill(1)])])
  return writeDer(sequence, [contents.slice(0, 10), seed])
}

describe('a PEM', () => {
  describeBackends(backendsOf(ed25519), () => {
    it.each(privateRefusals)('with %s is refused for signing', async (_what, algorithm, text, message) => {
      const importing = importSigningKey(algorithm, { pem: text }, { keyId: 'k' })
      await expect(importing).rejects.toThrow(TypeError)
      await expect(importing).rejects.toThrow(message)
    })

    it.each(publicRefusals)('with %s is refused for verifying', async (_what, algorithm, text, message) => {
      const importing = importVerifyingKey(algorithm, { pem: text }, { keyId: 'k' })
      await expect(importing).rejects.toThrow(TypeError)
      await expect(importing).rejects.toThrow(message)
    })

    it('may have any line breaks and space around it', async () => {
      const text = `\r\n ${ed25519PublicPem.replaceAll('\n', '\r\n')}\t\n`
      const key = await importVerifyingKey(ed25519, { pem: text }, { keyId: 'k' })
      const signing = await importSigningKey(
        ed25519,
        { pem: ed25519PrivatePem.replaceAll('\n', '\n\n') },
        { keyId: 'k' },
      )
      expect(await key.verify(spki, new Uint8Array(await signing.sign(spki)))).toBe(true)
    })

    it('of PKCS#8 without the public key is enough (RFC 5915 3)', async () => {
      const { d, x, y } = privateKey.export({ format: 'jwk' })
      const { integer, octetString, sequence } = derTags
      const ecPrivateKey = writeDer(sequence, [
        writeDer(integer, [Uint8Array.of(1)]),
        writeDer(octetString, [new Uint8Array(Buffer.from(d!, 'base64url'))]),
      ])
      const identifier = new Uint8Array(Buffer.from(ecdsaP256Sha256.identifiers[0]!, 'hex'))
      const version = writeDer(integer, [Uint8Array.of(0)])
      const bare = pem('PRIVATE KEY', writeDer(sequence, [version, identifier, writeDer(octetString, [ecPrivateKey])]))
      const signing = await importSigningKey(ecdsaP256Sha256, { pem: bare }, { keyId: 'k' })
      const jwk = { kty: 'EC', crv: 'P-256', x: x!, y: y! }
      const verifying = await importVerifyingKey(ecdsaP256Sha256, { jwk }, { keyId: 'k' })
      expect(await verifying.verify(spki, new Uint8Array(await signing.sign(spki)))).toBe(true)
    })
  })
  describeBackends(backendsOf(rsaPssSha512), () => {
    it('of an RSA key says nothing of the padding, so that either algorithm takes it', async () => {
      for (const algorithm of [rsaPssSha512, rsaV15Sha256]) {
        const key = await importVerifyingKey(algorithm, { pem: rsaPssPublicPem }, { keyId: 'k' })
        expect(key.algorithm).toBe(algorithm.name)
      }
    })
  })
})
