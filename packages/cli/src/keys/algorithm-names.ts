import type { AlgorithmName } from '@countersign/core'

/** Every name of the registry of RFC 9421 6.2.2. The algorithms themselves are loaded when a key is. */
const names: Readonly<Record<AlgorithmName, true>> = {
  'hmac-sha256': true,
  ed25519: true,
  'ecdsa-p256-sha256': true,
  'ecdsa-p384-sha384': true,
  'rsa-pss-sha512': true,
  'rsa-v1_5-sha256': true,
}

/** The names, for `--help` and mistakes. */
export const algorithmNames: readonly string[] = Object.keys(names)
