import type { AlgorithmName, SignatureAlgorithm } from './algorithm.ts'
import { ecdsaP256Sha256, ecdsaP384Sha384 } from './ecdsa.ts'
import { ed25519 } from './ed25519.ts'
import { hmacSha256 } from './hmac.ts'
import { rsaPssSha512, rsaV15Sha256 } from './rsa.ts'

/**
 * Every algorithm by its name in the registry (RFC 9421 section 6.2.2): for tools that read the name from a file or an
 * option, never from a message. Whoever imports a single algorithm carries none of the others.
 */
export const signatureAlgorithms: Readonly<Record<AlgorithmName, SignatureAlgorithm>> = /* @__PURE__ */ Object.freeze({
  'hmac-sha256': hmacSha256,
  ed25519,
  'ecdsa-p256-sha256': ecdsaP256Sha256,
  'ecdsa-p384-sha384': ecdsaP384Sha384,
  'rsa-pss-sha512': rsaPssSha512,
  'rsa-v1_5-sha256': rsaV15Sha256,
})
