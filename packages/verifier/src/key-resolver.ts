import { SignatureError, type VerifyingKey } from '@countersign/core'

/**
 * Finds the key of a `keyid`, or undefined for one that is unknown or not trusted. The keyid is opaque
 * text from a message that nobody has checked yet: look it up, never open or fetch it.
 */
export type KeyResolver = (keyId: string) => VerifyingKey | undefined | Promise<VerifyingKey | undefined>

/** The keys that a verifier trusts: a fixed list, or a function. */
export type Keys = readonly VerifyingKey[] | KeyResolver

/**
 * Makes one resolver of either.
 *
 * @throws TypeError for an empty list, two keys of one name, or something that is no key.
 */
export function keyResolver(keys: Keys): KeyResolver {
  if (typeof keys === 'function') return keys
  if (!Array.isArray(keys) || keys.length === 0) {
    throw new TypeError(
      'createVerifier needs { keys }: a list of importVerifyingKey() results, or a function of the keyid',
    )
  }
  const byId = new Map<string, VerifyingKey>()
  for (const key of keys as readonly VerifyingKey[]) {
    if (!isVerifyingKey(key)) throw new TypeError('each of { keys } must be a result of importVerifyingKey()')
    if (byId.has(key.keyId)) throw new TypeError('two of { keys } have the same keyId: give each key its own')
    byId.set(key.keyId, key)
  }
  return (keyId) => byId.get(keyId)
}

/**
 * Resolves the key that a signature names (RFC 9421 3.2 step 5).
 *
 * @throws SignatureError `unknown_key`, or `key_unavailable` when the resolver fails or answers nonsense.
 */
export async function resolveKey(resolve: KeyResolver, keyId: string): Promise<VerifyingKey> {
  let key: VerifyingKey | undefined | null
  try {
    key = await resolve(keyId)
  } catch (cause) {
    throw new SignatureError('key_unavailable', '', { cause })
  }
  if (key === undefined || key === null) throw new SignatureError('unknown_key')
  if (!isVerifyingKey(key)) throw new SignatureError('key_unavailable', 'the key resolver must give a VerifyingKey')
  // A resolver that ignores what it was asked would lend one caller the name of another.
  if (key.keyId !== keyId) throw new SignatureError('key_unavailable', 'the key resolver gave a key of another name')
  return key
}

function isVerifyingKey(value: unknown): value is VerifyingKey {
  const key = value as Partial<VerifyingKey> | null
  return (
    typeof key === 'object' && typeof key?.verify === 'function' && typeof key.keyId === 'string' && key.keyId !== ''
  )
}
