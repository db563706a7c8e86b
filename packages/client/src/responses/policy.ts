import { createSignatureInput, refuseUnknownOptions, SignatureError, type VerifyingKey } from '@countersign/core'
import { requireWhole } from '../whole-number.ts'

/** Finds the key of a `keyid`, or undefined for one that is not trusted. The keyid is text that nobody has checked yet. */
export type ResponseKeyResolver = (keyId: string) => VerifyingKey | undefined | Promise<VerifyingKey | undefined>

/** Which responses are believed. */
export interface ResponseVerifierOptions {
  /** The keys of the server: a fixed list, or a function of the keyid. */
  readonly keys: readonly VerifyingKey[] | ResponseKeyResolver
  /**
   * Whether the key that signed the request may sign its response too: an HMAC secret that both sides hold. Then the
   * response may come from whoever holds that secret, a second client with the same one included.
   *
   * @default false
   */
  readonly allowSharedKey?: boolean
  /** Fields that must be covered where they are present, beside Content-Type, Content-Encoding, Location and Accept-Signature. @default [] */
  readonly coveredWhenPresent?: readonly string[]
  /** How old a signature may be. @default 300, as far as `createSignedFetch` makes up for a wrong clock */
  readonly maxAgeSeconds?: number
  /** How far in the future `created` may lie. @default 300 */
  readonly futureSkewSeconds?: number
  /** Only signatures with this `tag` are looked at. @default any */
  readonly tag?: string
  /** The longest body in bytes. @default 1048576, a mebibyte */
  readonly maxBodyBytes?: number
  /** The time in milliseconds since the Unix epoch. @default Date.now */
  readonly clock?: () => number
}

/** The options, complete and frozen. */
export interface ResponsePolicy extends Required<Omit<ResponseVerifierOptions, 'keys' | 'tag'>> {
  readonly resolve: ResponseKeyResolver
  readonly tag: string | undefined
}

/** Every option, so that the compiler notices a new one. */
const knownOptions: Readonly<Record<keyof ResponseVerifierOptions, true>> = {
  keys: true,
  allowSharedKey: true,
  coveredWhenPresent: true,
  maxAgeSeconds: true,
  futureSkewSeconds: true,
  tag: true,
  maxBodyBytes: true,
  clock: true,
}

/** They change what the bytes of a body mean, or what the client does next. */
const coveredFields = ['content-type', 'content-encoding', 'location', 'accept-signature'] as const

/**
 * Completes and freezes the options.
 *
 * @throws TypeError when an option is missing, misspelt or of a wrong type.
 */
export function resolveResponsePolicy(options: ResponseVerifierOptions): ResponsePolicy {
  refuseUnknownOptions('verifying responses', options, Object.keys(knownOptions))
  return Object.freeze({
    resolve: keyResolver(options.keys),
    allowSharedKey: flag('allowSharedKey', options.allowSharedKey ?? false),
    coveredWhenPresent: [...coveredFields, ...fieldNames(options.coveredWhenPresent ?? [])],
    maxAgeSeconds: wholeNumber('maxAgeSeconds', options.maxAgeSeconds ?? 300, 1),
    futureSkewSeconds: wholeNumber('futureSkewSeconds', options.futureSkewSeconds ?? 300, 0),
    tag: options.tag,
    maxBodyBytes: wholeNumber('maxBodyBytes', options.maxBodyBytes ?? 1_048_576, 0),
    clock: options.clock ?? Date.now,
  })
}

/**
 * Resolves the key that a signature names (RFC 9421 3.2 step 5).
 *
 * @throws SignatureError `unknown_key`, or `key_unavailable` when the resolver fails or answers nonsense.
 */
export async function resolveKey(resolve: ResponseKeyResolver, keyId: string): Promise<VerifyingKey> {
  let key: VerifyingKey | undefined
  try {
    key = await resolve(keyId)
  } catch (cause) {
    throw new SignatureError('key_unavailable', '', { cause })
  }
  if (key === undefined || key === null) throw new SignatureError('unknown_key')
  if (isVerifyingKey(key) && key.keyId === keyId) return key
  throw new SignatureError('key_unavailable', 'the key resolver must give the VerifyingKey of this name')
}

function keyResolver(keys: ResponseVerifierOptions['keys']): ResponseKeyResolver {
  if (typeof keys === 'function') return keys
  if (!Array.isArray(keys) || keys.length === 0 || !keys.every(isVerifyingKey)) {
    throw new TypeError('verifying responses needs { keys }: importVerifyingKey() results of the server, or a function')
  }
  const byId = new Map<string, VerifyingKey>(keys.map((key: VerifyingKey) => [key.keyId, key]))
  if (byId.size === keys.length) return (keyId) => byId.get(keyId)
  throw new TypeError('two of { keys } have the same keyId: give each key its own')
}

function isVerifyingKey(value: unknown): value is VerifyingKey {
  const key = value as Partial<VerifyingKey> | null
  return typeof key === 'object' && typeof key?.verify === 'function' && typeof key.keyId === 'string'
}

function fieldNames(names: readonly string[]): readonly string[] {
  try {
    createSignatureInput(names, {})
  } catch (cause) {
    throw new TypeError(`coveredWhenPresent: ${(cause as Error).message}`, { cause })
  }
  if (!names.some((name) => name.startsWith('@'))) return names
  throw new TypeError('coveredWhenPresent takes names of fields: @status is always required')
}

function flag(name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value
  throw new TypeError(`${name} must be true or false`)
}

function wholeNumber(name: string, value: number, minimum: number): number {
  requireWhole(name, value, minimum)
  return value
}
