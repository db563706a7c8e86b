import {
  type ComponentIdentifier,
  component,
  defaultLimits,
  type RequestMessage,
  refuseUnknownOptions,
  SignatureError,
  type SignatureFieldLimits,
  type SignatureInput,
} from '@countersign/core'
import type { Window } from './freshness.ts'
import type { Keys } from './key-resolver.ts'
import type { ReplayStore } from './replay/replay-store.ts'
import type { OriginOption } from './request/origin.ts'

/** What {@link createMessageVerifier} and the `createVerifier` of each adapter are told. */
export interface VerifierOptions<Source = unknown> {
  /** The keys that are trusted: a fixed list, or a function of the keyid. */
  readonly keys: Keys
  /** Remembers what was accepted. */
  readonly replayStore: ReplayStore
  /** What clients call this server: `https://bank.example`. Never taken from the request alone. */
  readonly origin: OriginOption<Source>
  /** How old a signature may be. @default 60 */
  readonly maxAgeSeconds?: number
  /** How far in the future of this clock `created` may lie. @default 10 */
  readonly futureSkewSeconds?: number
  /** The longest time from `created` to `expires`. @default 86400, a day */
  readonly maxLifetimeSeconds?: number
  /** Covered components that are required beside those of the default policy. @default [] */
  readonly requiredComponents?: readonly (string | ComponentIdentifier)[]
  /** Only signatures with this `tag` are looked at. @default any */
  readonly tag?: string
  /** The longest body in bytes. @default 1048576, a mebibyte */
  readonly maxBodyBytes?: number
  /** Keeps the nonces of unrelated services apart that share a store. @default '' */
  readonly scope?: string
  /** Who signs with a key. Keys of one principal share their nonces. @default the keyid */
  readonly principal?: (keyId: string) => string
  /** How long to wait for the replay store. @default 2000 */
  readonly replayTimeoutMilliseconds?: number
  /** The time in milliseconds since the Unix epoch. @default Date.now */
  readonly clock?: () => number
  /** Told of each refusal, with the detailed code that the client does not see: for logs and metrics. */
  readonly onRefused?: (error: SignatureError, request: Source) => void
}

/** The options, complete and frozen. */
export interface Policy extends Window {
  readonly limits: SignatureFieldLimits
  readonly required: readonly ComponentIdentifier[]
  readonly tag: string | undefined
  readonly maxBodyBytes: number
  readonly scope: string
  readonly principal: (keyId: string) => string
  readonly replayTimeoutMilliseconds: number
  readonly clock: () => number
}

/** Every option, so that the compiler notices a new one. */
const knownOptions: Readonly<Record<keyof VerifierOptions, true>> = {
  keys: true,
  replayStore: true,
  origin: true,
  maxAgeSeconds: true,
  futureSkewSeconds: true,
  maxLifetimeSeconds: true,
  requiredComponents: true,
  tag: true,
  maxBodyBytes: true,
  scope: true,
  principal: true,
  replayTimeoutMilliseconds: true,
  clock: true,
  onRefused: true,
}

/** What a request means: no default policy is without it. */
const controlData = ['@method', '@authority', '@path', '@query'] as const

/** Must be covered when it is present: it changes who asks, or whether a retry runs again. */
const requiredWhenPresent = ['authorization', 'idempotency-key'] as const

/** Must be covered when it is present beside a body: it changes what the bytes mean. */
const requiredWithBody = ['content-type', 'content-encoding'] as const

/** A keyid longer than this is no honest name. */
const maxKeyIdLength = 256

/** A nonce shorter than this can be guessed or meet another by chance; a longer one serves nobody. */
const nonceLength = { minimum: 16, maximum: 128 } as const

/**
 * Completes and freezes the options.
 *
 * @throws TypeError when an option is missing, misspelt or of a wrong type.
 */
export function resolvePolicy(options: VerifierOptions<never>): Policy {
  refuseUnknownOptions('createVerifier', options, Object.keys(knownOptions))
  if (typeof options.replayStore?.claim !== 'function') {
    throw new TypeError('createVerifier needs { replayStore }: createMemoryReplayStore() serves a single process')
  }
  return Object.freeze({
    limits: defaultLimits,
    required: requiredComponents(options.requiredComponents ?? []),
    tag: options.tag,
    maxAgeSeconds: wholeNumber('maxAgeSeconds', options.maxAgeSeconds ?? 60, 1),
    futureSkewSeconds: wholeNumber('futureSkewSeconds', options.futureSkewSeconds ?? 10, 0),
    maxLifetimeSeconds: wholeNumber('maxLifetimeSeconds', options.maxLifetimeSeconds ?? 86_400, 1),
    maxBodyBytes: wholeNumber('maxBodyBytes', options.maxBodyBytes ?? 1_048_576, 0),
    replayTimeoutMilliseconds: wholeNumber('replayTimeoutMilliseconds', options.replayTimeoutMilliseconds ?? 2000, 1),
    scope: options.scope ?? '',
    principal: options.principal ?? ((keyId: string) => keyId),
    clock: options.clock ?? Date.now,
  })
}

function requiredComponents(added: readonly (string | ComponentIdentifier)[]): readonly ComponentIdentifier[] {
  try {
    return [...controlData, ...added].map((entry) => (typeof entry === 'string' ? component(entry) : entry))
  } catch (cause) {
    throw new TypeError(`requiredComponents: ${(cause as Error).message}`, { cause })
  }
}

function wholeNumber(name: string, value: unknown, minimum: number): number {
  if (Number.isSafeInteger(value) && (value as number) >= minimum) return value as number
  throw new TypeError(`${name} must be a whole number of at least ${minimum}`)
}

/**
 * Checks that nonce and keyid are there and of a sensible size.
 *
 * @throws SignatureError `missing_parameter` or `malformed_parameter`
 */
export function checkNames(input: SignatureInput): { keyId: string; nonce: string } {
  const { keyid: keyId, nonce } = input.parameters
  if (keyId === undefined) throw new SignatureError('missing_parameter', 'keyid')
  if (nonce === undefined) throw new SignatureError('missing_parameter', 'nonce')
  if (keyId.length === 0 || keyId.length > maxKeyIdLength) throw new SignatureError('malformed_parameter', 'keyid')
  if (nonce.length < nonceLength.minimum || nonce.length > nonceLength.maximum) {
    const { minimum, maximum } = nonceLength
    throw new SignatureError('malformed_parameter', `the nonce must have ${minimum} to ${maximum} characters`)
  }
  return { keyId, nonce }
}

/**
 * Checks that a signature covers what the policy requires of every request (RFC 9421 3.2.1). Whole
 * identifiers are compared: `"content-digest";req` does not stand in for `"content-digest"`.
 *
 * @throws SignatureError `component_not_covered`
 */
export function checkCoverage(input: SignatureInput, message: RequestMessage, policy: Policy): void {
  const covered = new Set(input.components.map((identifier) => identifier.sortedText))
  for (const required of policy.required) {
    if (!covered.has(required.sortedText)) throw new SignatureError('component_not_covered', required.text)
  }
  requireWhenPresent(requiredWhenPresent, input, message)
}

/**
 * Checks that a signature covers the body, for a request that has one.
 *
 * @throws SignatureError `missing_digest` or `component_not_covered`
 */
export function checkBodyCoverage(input: SignatureInput, message: RequestMessage): void {
  if (!covers(input, 'content-digest')) throw new SignatureError('missing_digest')
  requireWhenPresent(requiredWithBody, input, message)
}

/** Whether a field is covered as it stands, without parameters. */
export function covers(input: SignatureInput, fieldName: string): boolean {
  return input.components.some((identifier) => identifier.name === fieldName && identifier.parameters.size === 0)
}

function requireWhenPresent(names: readonly string[], input: SignatureInput, message: RequestMessage): void {
  for (const name of names) {
    if (message.headers.has(name) && !covers(input, name)) {
      throw new SignatureError('component_not_covered', `"${name}"`)
    }
  }
}
