import type { ComponentIdentifier, MaybePromise, RequestMessage, SignatureError } from '@countersign/core'
import type { VerifierEvent } from '../events.ts'
import type { Keys } from '../keys/key-resolver.ts'
import type { ServerNonces } from '../nonces/server-nonces.ts'
import type { ReplayStore } from '../replay/replay-store.ts'
import type { OriginOption } from '../request/origin.ts'

/** What a verifier asks of a request, and what a route may ask otherwise. */
export interface PolicyOptions {
  /** How old a signature may be. @default 60 */
  readonly maxAgeSeconds?: number
  /** How far in the future of this clock `created` may lie. @default 10 */
  readonly futureSkewSeconds?: number
  /** The longest time from `created` to `expires`. @default 86400, a day */
  readonly maxLifetimeSeconds?: number
  /** Covered components that are required beside those of the default policy, and of a route beside both. @default [] */
  readonly requiredComponents?: readonly (string | ComponentIdentifier)[]
  /** Only signatures with this `tag`, or one of these, are looked at. @default any */
  readonly tag?: string | readonly string[]
  /** The longest body in bytes. @default 1048576, a mebibyte */
  readonly maxBodyBytes?: number
  /** Accepts only nonces that the server issued. @default any nonce of 16 to 128 characters */
  readonly nonces?: ServerNonces
}

/** The requests of one method and path, and what is asked of them. What it leaves out is as for all others. */
export interface RoutePolicy extends PolicyOptions {
  /** In upper case, as on the wire. `GET` stands for `HEAD` too. @default any */
  readonly method?: string | readonly string[]
  /** The whole path that a client asks for: `/transfers`, or `/hooks/*` for `/hooks` and all below. */
  readonly path: string
  /** Time and signature alone are checked here, and only safe methods let in. @default as for all others */
  readonly replayStore?: 'freshness-only'
}

/**
 * Adds to a refusal what helps its sender to find out why. It must not throw.
 *
 * @param message what the server received. Nobody has signed it.
 */
export type RefusalExplainer = (refusal: SignatureError, message: RequestMessage) => MaybePromise<SignatureError>

/** What {@link createMessageVerifier} and the `createVerifier` of each adapter are told. */
export interface VerifierOptions<Source = unknown> extends PolicyOptions {
  /** The keys that are trusted: a fixed list, or a function of the keyid. */
  readonly keys: Keys
  /**
   * Remembers what was accepted. `'freshness-only'` does without: whoever captures a request can send it again until it
   * is too old, so that only safe methods (RFC 9110 9.2.1) are let in.
   */
  readonly replayStore: ReplayStore | 'freshness-only'
  /** Lets unsafe methods in without replay protection. Only beside `replayStore: 'freshness-only'`. @default false */
  readonly dangerouslyAllowReplayOfUnsafeMethods?: boolean
  /** What clients call this server: `https://bank.example`. Never taken from the request alone. */
  readonly origin: OriginOption<Source>
  /** What is asked otherwise of some paths. The first that fits counts. Ambiguous paths are then refused. @default [] */
  readonly routes?: readonly RoutePolicy[]
  /**
   * The widest `futureSkewSeconds` of all that share the store, or had one in its place lately. Say the old one when you
   * make it narrower: a store that has lost its history cannot know it.
   *
   * @default the widest of this verifier
   */
  readonly earlierFutureSkewSeconds?: number
  /** Keeps the nonces of unrelated services apart that share a store. @default '' */
  readonly scope?: string
  /** Who signs with a key that does not say it itself. Keys of one principal share their nonces. @default the keyid */
  readonly principal?: (keyId: string) => string
  /** How long to wait for the replay store. @default 2000 */
  readonly replayTimeoutMilliseconds?: number
  /** The time in milliseconds since the Unix epoch. @default Date.now */
  readonly clock?: () => number
  /** Told of each request that was accepted or refused: for logs and metrics. What it throws is dropped. */
  readonly onEvent?: (event: VerifierEvent<Source>) => void
  /**
   * For development and support: tells the sender of a refused request how this server saw it, line by line, without
   * values. It is what `explainRefusals()` of `@countersign/verifier/explain` gives.
   *
   * @default a sender is told the kind of a refusal, and nothing else
   */
  readonly explain?: RefusalExplainer
  /** Milliseconds that only go up, for the durations in events. @default performance.now */
  readonly stopwatch?: () => number
}

/** Every option of a policy, so that the compiler notices a new one. */
const policyOptions: Readonly<Record<keyof PolicyOptions, true>> = {
  maxAgeSeconds: true,
  futureSkewSeconds: true,
  maxLifetimeSeconds: true,
  requiredComponents: true,
  tag: true,
  maxBodyBytes: true,
  nonces: true,
}

/** Every option of a route. */
export const routeOptions: Readonly<Record<keyof RoutePolicy, true>> = {
  ...policyOptions,
  method: true,
  path: true,
  replayStore: true,
}

/** Every option of a verifier. */
export const verifierOptions: Readonly<Record<keyof VerifierOptions, true>> = {
  ...policyOptions,
  keys: true,
  replayStore: true,
  dangerouslyAllowReplayOfUnsafeMethods: true,
  origin: true,
  routes: true,
  earlierFutureSkewSeconds: true,
  scope: true,
  principal: true,
  replayTimeoutMilliseconds: true,
  clock: true,
  onEvent: true,
  explain: true,
  stopwatch: true,
}
