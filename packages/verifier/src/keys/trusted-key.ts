import { SignatureError, type VerifyingKey } from '@countersign/core'

/** A key with what the verifier must know of it beside its material. Times are Unix seconds. */
export interface TrustedKey {
  readonly key: VerifyingKey
  /** Who signs with it. Keys of one principal share their nonces. @default what `principal` of the verifier says */
  readonly principal?: string | undefined
  /** The first second in which the key is trusted. @default no such limit */
  readonly notBefore?: number | undefined
  /** The last second in which the key is trusted. @default no such limit */
  readonly notAfter?: number | undefined
  /** Whether the key must not be trusted any more. @default false */
  readonly revoked?: boolean | undefined
}

/** Every member beside the key, so that the compiler notices a new one. */
const policyMembers: Readonly<Record<Exclude<keyof TrustedKey, 'key'>, true>> = {
  principal: true,
  notBefore: true,
  notAfter: true,
  revoked: true,
}

/** What was read of values that cannot change: they are not read again for each request. */
const readBefore = /* @__PURE__ */ new WeakMap<object, TrustedKey>()

/** The end of the year 9999, which says "never" in X.509. Taken for milliseconds, it is in 1978. */
const lastSecond = 253_402_300_799

/**
 * Reads what a list or a resolver of keys holds: a key by itself, or a key with its policy.
 *
 * @throws TypeError that says what is wrong. A member that nobody reads is refused: it may be a misspelt `revoked`.
 */
export function trustedKeyOf(value: unknown): TrustedKey {
  if (typeof value !== 'object' || value === null) throw noKey()
  return readBefore.get(value) ?? remember(value, readTrustedKey(value))
}

function remember(value: object, trusted: TrustedKey): TrustedKey {
  Object.freeze(trusted)
  readBefore.set(trusted, trusted)
  // A bare key says nothing but itself. What a caller says beside a key may come from a getter, frozen or not.
  if ('verify' in value && Object.isFrozen(value)) readBefore.set(value, trusted)
  return trusted
}

function readTrustedKey(value: object): TrustedKey {
  if ('verify' in value) {
    // Spreading a key, and adding to it, would lose what was added.
    const lost = Object.keys(policyMembers).find((name) => name in value)
    if (lost !== undefined) throw new TypeError(`"${lost}" stands beside the key: write { key, ${lost} }`)
    return { key: verifyingKeyOf(value) }
  }
  const { key, ...policy } = value as TrustedKey
  for (const name of Object.keys(policy)) {
    if (!Object.hasOwn(policyMembers, name)) {
      throw new TypeError(`a trusted key has no "${name}". It has: key, ${Object.keys(policyMembers).join(', ')}`)
    }
  }
  checkPolicy(policy)
  return { key: verifyingKeyOf(key), ...policy }
}

function verifyingKeyOf(value: unknown): VerifyingKey {
  const key = value as Partial<VerifyingKey> | null | undefined
  if (typeof key === 'object' && typeof key?.verify === 'function') {
    if (typeof key.keyId === 'string' && key.keyId !== '') return key as VerifyingKey
  }
  throw noKey()
}

function noKey(): TypeError {
  return new TypeError('a key must be a result of importVerifyingKey(), or { key } with one')
}

function checkPolicy({ principal, notBefore, notAfter, revoked }: Omit<TrustedKey, 'key'>): void {
  if (principal !== undefined && (typeof principal !== 'string' || principal === '')) {
    throw new TypeError('the principal of a key must be a text that is not empty')
  }
  if (revoked !== undefined && typeof revoked !== 'boolean') {
    throw new TypeError('revoked must be true or false')
  }
  checkTime('notBefore', notBefore)
  checkTime('notAfter', notAfter)
  if (notBefore !== undefined && notAfter !== undefined && notAfter < notBefore) {
    throw new TypeError('notAfter is before notBefore: the key would never be trusted')
  }
}

function checkTime(name: string, seconds: number | undefined): void {
  if (seconds === undefined) return
  if (Number.isSafeInteger(seconds) && seconds >= 0 && seconds <= lastSecond) return
  throw new TypeError(`${name} must be a whole number of Unix seconds (not milliseconds), at most ${lastSecond}`)
}

/**
 * Checks that a key may be used now. Both edges belong to its validity. What counts is the time of the verifier, not
 * `created`: whoever has stolen a key can date a signature back.
 *
 * @param now gives Unix seconds.
 * @throws SignatureError `inactive_key`
 */
export function checkActive({ notBefore, notAfter, revoked }: TrustedKey, now: () => number): void {
  if (revoked === true) throw new SignatureError('inactive_key', 'it is revoked')
  if (notBefore !== undefined && now() < notBefore) throw new SignatureError('inactive_key', 'its notBefore is to come')
  if (notAfter !== undefined && now() > notAfter) throw new SignatureError('inactive_key', 'its notAfter is past')
}
