import { constants, type SignKeyObjectInput, sign } from 'node:crypto'
import {
  ecdsaP256Sha256,
  ecdsaP384Sha384,
  importVerifyingKey,
  rsaPssSha512,
  rsaV15Sha256,
  type SignatureAlgorithm,
  type VerifyingKey,
} from '@countersign/core'
import { generatePair, type KeyPair, pemOf } from './key-pairs.ts'
import type { RawKey } from './raw-signer.ts'

/** How node:crypto is told to sign. */
export interface Scheme {
  readonly hash: 'sha256' | 'sha384' | 'sha512'
  readonly options: Omit<SignKeyObjectInput, 'key'>
}

/** A key pair as the signer and as the server hold it. */
export interface AsymmetricKey extends RawKey {
  /** The same private key under the same name, used in another way. */
  as(scheme: Scheme): RawKey
  verifyingKey(): Promise<VerifyingKey>
}

/** RFC 9421 3.3.4 and 3.3.5: r and s, each as long as the field. */
export const rawEcdsa: Scheme['options'] = { dsaEncoding: 'ieee-p1363' }
/** What OpenSSL and most libraries make by default. */
export const derEcdsa: Scheme['options'] = { dsaEncoding: 'der' }
/** RFC 9421 3.3.1. */
export const pss: Scheme['options'] = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 }
/** RFC 9421 3.3.2. */
export const pkcs1: Scheme['options'] = { padding: constants.RSA_PKCS1_PADDING }

/** Each is generated when it is first used: RSA takes its time. */
export const p256: AsymmetricKey = keyOf(ecdsaP256Sha256, () => generatePair.ec('P-256'), {
  hash: 'sha256',
  options: rawEcdsa,
})
export const p384: AsymmetricKey = keyOf(ecdsaP384Sha384, () => generatePair.ec('P-384'), {
  hash: 'sha384',
  options: rawEcdsa,
})
export const rsaPss: AsymmetricKey = keyOf(rsaPssSha512, () => generatePair.rsa(2048), {
  hash: 'sha512',
  options: pss,
})
export const rsaPkcs1: AsymmetricKey = keyOf(rsaV15Sha256, () => generatePair.rsa(2048), {
  hash: 'sha256',
  options: pkcs1,
})

function keyOf(algorithm: SignatureAlgorithm, generate: () => KeyPair, scheme: Scheme): AsymmetricKey {
  let pair: KeyPair | undefined
  const pairOnce = (): KeyPair => {
    pair ??= generate()
    return pair
  }
  const keyId = `holder of ${algorithm.name}`
  const as = ({ hash, options }: Scheme): RawKey => ({
    keyId,
    algorithm: algorithm.name,
    sign: (base) => sign(hash, Buffer.from(base), { key: pairOnce().privateKey, ...options }),
  })
  return {
    ...as(scheme),
    as,
    verifyingKey: () => {
      const pem = pemOf(pairOnce().publicKey)
      return importVerifyingKey(algorithm, { pem }, { keyId })
    },
  }
}
