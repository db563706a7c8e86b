import type { SignatureAlgorithm } from '../../src/algorithms/algorithm.ts'
import {
  ecdsaP256Sha256,
  ed25519,
  hmacSha256,
  importSigningKey,
  importVerifyingKey,
  type KeySource,
  type NamedJwk,
  rsaPssSha512,
  rsaV15Sha256,
  type SigningKey,
  type VerifyingKey,
} from '../../src/index.ts'
import {
  ed25519Jwk,
  ed25519PrivatePem,
  ed25519PublicPem,
  p256Jwk,
  p256PublicPem,
  rsaJwk,
  rsaPssJwk,
  rsaPssPublicPem,
  sharedSecret,
} from '../crypto/rfc9421-keys.ts'

/** A key of RFC 9421 B.1 in one of the forms that are printed there. */
type Form = readonly [form: string, source: KeySource]

/** What an example needs of its key. The first form of each list is the one to take. */
export interface ExampleKey {
  readonly algorithm: SignatureAlgorithm
  /** Whether its signatures are the same every time (RFC 9421 3.3), so that those of the RFC can be made again. */
  readonly deterministic: boolean
  readonly signing: readonly [Form, ...Form[]]
  readonly verifying: readonly [Form, ...Form[]]
}

/** The name of a key in the parameter `keyid` of the examples. */
export type ExampleKeyId =
  | 'test-key-rsa'
  | 'test-key-rsa-pss'
  | 'test-key-ecc-p256'
  | 'test-key-ed25519'
  | 'test-shared-secret'

/** The keys of RFC 9421 B.1. PKCS#1 and SEC 1 are no forms that can be imported: the tests of PEM have those. */
export const exampleKeys: Readonly<Record<ExampleKeyId, ExampleKey>> = {
  'test-key-rsa': {
    algorithm: rsaV15Sha256,
    deterministic: true,
    signing: [['a JWK', { jwk: rsaJwk }]],
    verifying: jwkForms(rsaJwk),
  },
  'test-key-rsa-pss': {
    algorithm: rsaPssSha512,
    deterministic: false,
    // WebCrypto refuses the PKCS#8 form, which says id-RSASSA-PSS.
    signing: [['a JWK', { jwk: rsaPssJwk }]],
    verifying: [...jwkForms(rsaPssJwk), ['a PEM', { pem: rsaPssPublicPem }]],
  },
  'test-key-ecc-p256': {
    algorithm: ecdsaP256Sha256,
    deterministic: false,
    signing: [['a JWK', { jwk: p256Jwk }]],
    verifying: [...jwkForms(p256Jwk), ['a PEM', { pem: p256PublicPem }]],
  },
  'test-key-ed25519': {
    algorithm: ed25519,
    deterministic: true,
    signing: [
      ['a JWK', { jwk: ed25519Jwk }],
      ['a PEM', { pem: ed25519PrivatePem }],
    ],
    verifying: [...jwkForms(ed25519Jwk), ['a PEM', { pem: ed25519PublicPem }]],
  },
  'test-shared-secret': {
    algorithm: hmacSha256,
    deterministic: true,
    signing: [['its bytes in base64', { secret: sharedSecret }]],
    verifying: [['its bytes in base64', { secret: sharedSecret }]],
  },
}

/** The signing key with this name. */
export function signingKey(keyId: ExampleKeyId, source?: KeySource): Promise<SigningKey> {
  const { algorithm, signing } = exampleKeys[keyId]
  return importSigningKey(algorithm, source ?? signing[0][1], { keyId })
}

/** The verifying key with this name. */
export function verifyingKey(keyId: ExampleKeyId, source?: KeySource): Promise<VerifyingKey> {
  const { algorithm, verifying } = exampleKeys[keyId]
  return importVerifyingKey(algorithm, source ?? verifying[0][1], { keyId })
}

function jwkForms(jwk: NamedJwk): [Form, Form] {
  const { d, p, q, dp, dq, qi, ...publicJwk } = jwk
  return [
    ['a public JWK', { jwk: publicJwk }],
    ['a private JWK', { jwk }],
  ]
}
