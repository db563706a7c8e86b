import { createPublicKey } from 'node:crypto'
import type { KeySource, NamedJwk } from '@countersign/core'
import { failure, failureOf } from '../failure.ts'
import type { KeyText } from './key-text.ts'

/** A JWK with what it may say of its validity, as keys of a remote set do (docs/keys.md). */
export interface DatedJwk extends NamedJwk {
  readonly nbf?: unknown
  readonly exp?: unknown
  readonly revoked?: unknown
}

/** What a text holds: one key. */
export interface KeyMaterial {
  readonly source: KeySource
  /** undefined: it is a PEM, or a bare secret. */
  readonly jwk: DatedJwk | undefined
  /** The public key, for all kinds but HMAC. */
  readonly publicJwk: NamedJwk | undefined
  readonly place: string
}

/**
 * Reads the text of one key: a JWK, a PEM, or an HMAC secret in base64. Nothing of the text is quoted in a mistake.
 *
 * @throws CommandFailure when it is none.
 */
export function readMaterial({ text, place }: KeyText): KeyMaterial {
  const trimmed = text.trim()
  if (trimmed === '') throw failure(`${place} is empty`)
  if (trimmed.startsWith('{')) {
    if (membersOf({ text, place }) !== undefined)
      throw failure(`${place} is a set of keys: put one of them into a file`)
    return materialOfJwk(readJson(trimmed, place), place)
  }
  if (trimmed.startsWith('-----BEGIN')) {
    if (/ENCRYPTED/.test(trimmed)) throw failure(`${place} is encrypted: take what openssl pkey -in FILE makes of it`)
    return { source: { pem: trimmed }, jwk: undefined, publicJwk: publicHalfOfPem(trimmed, place), place }
  }
  return { source: { secret: trimmed }, jwk: undefined, publicJwk: undefined, place }
}

/** The keys of a JWK Set (RFC 7517 5), or undefined where the text is none. */
export function membersOf({ text, place }: KeyText): readonly unknown[] | undefined {
  if (!text.trim().startsWith('{')) return undefined
  const { keys } = readJson(text, place) as { keys?: unknown }
  return Array.isArray(keys) ? keys : undefined
}

/** A key that is a JWK. @throws CommandFailure when it is none. */
export function materialOfJwk(jwk: unknown, place: string): KeyMaterial {
  const { kty } = (jwk ?? {}) as DatedJwk
  if (typeof kty !== 'string') throw failure(`${place} is no JWK: it has no "kty"`)
  return { source: { jwk: jwk as DatedJwk }, jwk: jwk as DatedJwk, publicJwk: publicHalf(jwk as DatedJwk), place }
}

function readJson(text: string, place: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // JSON.parse quotes what it could not read, and that is a secret.
    throw failure(`${place} is no JWK: it is no JSON`)
  }
}

/** The members of a public key, and those that name it (RFC 7517 4, RFC 7518 6, RFC 8037 2). */
const publicMembers = ['kty', 'crv', 'x', 'y', 'n', 'e', 'alg', 'kid'] as const

function publicHalf(jwk: NamedJwk): NamedJwk | undefined {
  if (jwk.kty === 'oct') return undefined
  return Object.fromEntries(publicMembers.flatMap((name) => (jwk[name] === undefined ? [] : [[name, jwk[name]]])))
}

function publicHalfOfPem(pem: string, place: string): NamedJwk {
  try {
    return createPublicKey(pem).export({ format: 'jwk' }) as NamedJwk
  } catch (error) {
    throw failureOf(`${place} is no PEM of a key`, error)
  }
}
