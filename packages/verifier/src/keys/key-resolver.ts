import { isPending, isSignatureError, type MaybePromise, SignatureError, type VerifyingKey } from '@countersign/core'
import { checkActive, type TrustedKey, trustedKeyOf } from './trusted-key.ts'

/**
 * Finds the key of a `keyid`, or undefined for one that is unknown or not trusted. The keyid is opaque
 * text from a message that nobody has checked yet: look it up, never open or fetch it.
 */
export type KeyResolver = (keyId: string) => MaybePromise<VerifyingKey | TrustedKey | undefined>

/** The keys that a verifier trusts: a fixed list, or a function. */
export type Keys = readonly (VerifyingKey | TrustedKey)[] | KeyResolver

/**
 * Makes one resolver of either.
 *
 * @throws TypeError for an empty list, two keys of one name, something that is no key, or a validity that is none.
 */
export function keyResolver(keys: Keys): KeyResolver {
  if (typeof keys === 'function') return keys
  if (!Array.isArray(keys) || keys.length === 0) {
    throw new TypeError(
      'createVerifier needs { keys }: a list of importVerifyingKey() results, or a function of the keyid',
    )
  }
  const byId = new Map<string, TrustedKey>()
  for (const entry of keys as readonly unknown[]) {
    const trusted = trustedKeyOf(entry)
    const { keyId } = trusted.key
    if (byId.has(keyId)) throw new TypeError('two of { keys } have the same keyId: give each key its own')
    byId.set(keyId, trusted)
  }
  return (keyId) => byId.get(keyId)
}

/**
 * Resolves the key that a signature names (RFC 9421 3.2 step 5), and checks that it may be used now.
 *
 * @param now gives Unix seconds. It is asked after the resolver, which may take its time.
 * @throws SignatureError `unknown_key`, `inactive_key`, or `key_unavailable` when the resolver fails or answers
 * nonsense.
 */
export function resolveKey(resolve: KeyResolver, keyId: string, now: () => number): MaybePromise<TrustedKey> {
  const answer = ask(resolve, keyId)
  return isPending(answer)
    ? answer.then((later) => requireTrusted(later, keyId, now), unavailable)
    : requireTrusted(answer, keyId, now)
}

function ask(resolve: KeyResolver, keyId: string): MaybePromise<unknown> {
  try {
    return resolve(keyId)
  } catch (cause) {
    return unavailable(cause)
  }
}

function unavailable(cause: unknown): never {
  // One of ours says when to come back. Any other code would be about a request of the resolver's own.
  if (isSignatureError(cause) && cause.code === 'key_unavailable') throw cause
  throw new SignatureError('key_unavailable', '', { cause })
}

function requireTrusted(answer: unknown, keyId: string, now: () => number): TrustedKey {
  if (answer === undefined || answer === null) throw new SignatureError('unknown_key')
  const trusted = readAnswer(answer)
  // A resolver that ignores what it was asked would lend one caller the name of another.
  if (trusted.key.keyId !== keyId) {
    throw new SignatureError('key_unavailable', 'the key resolver gave a key of another name')
  }
  checkActive(trusted, now)
  return trusted
}

function readAnswer(answer: unknown): TrustedKey {
  try {
    return trustedKeyOf(answer)
  } catch (cause) {
    throw new SignatureError('key_unavailable', 'the key resolver gave something that is no trusted key', { cause })
  }
}
