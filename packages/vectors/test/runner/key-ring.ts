import {
  importSigningKey,
  importVerifyingKey,
  type KeySource,
  type NamedJwk,
  SignatureError,
  type SigningKey,
  signatureAlgorithms,
  type VerifyingKey,
} from '@countersign/core'
import type { VectorKey, VectorKeys } from './vector.ts'

/** The keys of `keys.json`, each imported when it is first asked for. */
export interface KeyRing {
  signingKey(name: string): Promise<SigningKey>
  verifyingKey(name: string): Promise<VerifyingKey>
  /** Whose key it is. */
  principalOf(name: string): string
}

/** Makes a ring of keys. */
export function createKeyRing(keys: VectorKeys): KeyRing {
  const signing = new Map<string, Promise<SigningKey>>()
  const verifying = new Map<string, Promise<VerifyingKey>>()
  const keyOf = (name: string): VectorKey => {
    const key = Object.hasOwn(keys, name) ? keys[name] : undefined
    if (key === undefined) throw new Error(`there is no key "${name}" in keys.json`)
    return key
  }
  return Object.freeze({
    signingKey: (name: string) => {
      const { algorithm, keyid: keyId, secret, privateJwk } = keyOf(name)
      return remembered(signing, name, () =>
        importSigningKey(signatureAlgorithms[algorithm], sourceOf(secret, privateJwk), { keyId }),
      )
    },
    verifyingKey: (name: string) => {
      const { algorithm, keyid: keyId, secret, publicJwk } = keyOf(name)
      return remembered(verifying, name, () =>
        importVerifyingKey(signatureAlgorithms[algorithm], sourceOf(secret, publicJwk), { keyId }).catch(refuseKey),
      )
    },
    principalOf: (name: string) => keyOf(name).principal ?? keyOf(name).keyid,
  })
}

/** A key that must not be trusted is a mistake of the caller here; a vector expects a refusal. */
function refuseKey(cause: unknown): never {
  if (cause instanceof TypeError) throw new SignatureError('key_unavailable', cause.message, { cause })
  throw cause
}

function remembered<Key>(held: Map<string, Promise<Key>>, name: string, make: () => Promise<Key>): Promise<Key> {
  const before = held.get(name)
  if (before !== undefined) return before
  const made = make()
  held.set(name, made)
  return made
}

function sourceOf(secret: string | undefined, jwk: NamedJwk | undefined): KeySource {
  if (secret !== undefined) return { secret }
  if (jwk !== undefined) return { jwk }
  throw new Error('the key has no half of this kind')
}
