import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SignatureError, type SignatureErrorCode } from '@countersign/core'
import {
  createMemoryReplayStore,
  type Keys,
  type ReplayStore,
  type VerifiedRequest,
  type VerifierOptions,
} from '@countersign/verifier'
import { trustedKeys } from './keys.ts'
import { bankOrigin } from './signed-request.ts'

/**
 * What the interface behind a target no longer tells. No adapter can bring it back, so that some cases end
 * otherwise there, and say so:
 * - `field-lines`: a Fetch API `Headers` joins the lines of a field with a comma when they are appended;
 * - `url-text`: a Fetch API `Request` parses its URL, which resolves dot segments, turns `\` into `/` and has no
 *   place for a target in absolute or asterisk form.
 * - `checked-url`: `@hono/node-server` makes a URL of Host and target, resolves dot segments like the above, and
 *   answers 400 where another host or path would come of it;
 * - `http1-only`: HTTP/2 has no place for a target in absolute form, a malformed Host, or a second line of a field
 *   that `node:http2` knows to be single, and a limit of 64 KiB for a header section: no stream comes of it;
 * - `field-spaces`: API Gateway joins the lines of a field with a comma and no space;
 * - `query-text`: payload format 1.0 holds the query as a table of decoded values;
 * - `open-body`: API Gateway invokes a function once the body is there as a whole, and for no other.
 */
export type Loss =
  | 'field-lines'
  | 'url-text'
  | 'checked-url'
  | 'http1-only'
  | 'field-spaces'
  | 'query-text'
  | 'open-body'

/** A server that can be attacked. */
export interface AttackTarget {
  readonly name: string
  readonly losses: ReadonlySet<Loss>
  start(options?: TargetOptions): Promise<RunningTarget>
}

/** A clock that stands still until it is told otherwise. */
export interface ManualClock {
  /** For the options of the library. */
  readonly milliseconds: () => number
  seconds(): number
  advance(seconds: number): void
}

/** How a target is set up. */
export interface TargetOptions {
  /** @default a new clock */
  readonly clock?: ManualClock
  /** @default a memory store that starts fresh */
  readonly store?: ReplayStore
  /** @default alice, bob and carol */
  readonly keys?: Keys
  /** @default https://bank.example */
  readonly origin?: string | readonly string[]
  /** Takes the host of the origin from this field instead, as behind a proxy that always sets it. */
  readonly trustedHostField?: string
  /** What the handler does once it has counted the run. @default 200 */
  readonly handler?: 200 | 500 | 'throws' | 'throws a refusal'
  /** The limit of the HTTP parser for the header section. @default that of Node, 16 KiB */
  readonly maxHeaderBytes?: number
  /** The other options of the verifier. */
  readonly policy?: Omit<VerifierOptions<never>, 'keys' | 'replayStore' | 'origin' | 'clock' | 'onEvent'>
}

/** A target that listens. */
export interface RunningTarget {
  readonly port: number
  readonly host: string
  /** What the server calls itself, which is not where it listens. */
  readonly origin: string
  /** How often the handler ran. */
  runs(): number
  /** The detailed code of each refusal, as `onEvent` was told. */
  refusals(): readonly SignatureErrorCode[]
  lastRefusal(): SignatureErrorCode | undefined
  /** Each event as a logger would write it. */
  events(): readonly string[]
  /** What came out of the adapter that is no refusal. */
  failures(): readonly unknown[]
  /** How often the replay store was asked. */
  claims(): number
  /** How many claims it accepted. */
  storeSize(): number
  /** The clock of the server, in Unix seconds. */
  now(): number
  advance(seconds: number): void
  close(): Promise<void>
}

/** What the handler received, as its framework hands it over. */
export interface Delivered {
  readonly method: string
  readonly target: string
  readonly body: Uint8Array
}

/** What the handler answers: what it received, and what was verified. */
export interface HandlerReport {
  readonly keyId: string
  readonly principal: string
  readonly verified: { readonly [part in 'method' | 'authority' | 'path' | 'query' | 'body']: string }
  readonly delivered: { readonly method: string; readonly target: string; readonly body: string }
}

/** All of a target that knows no framework. */
export interface PreparedTarget {
  verifierOptions<Source>(fieldOf: (source: Source, name: string) => string): VerifierOptions<Source>
  /** The handler: it counts before it does anything else. */
  handle(verified: VerifiedRequest, delivered: Delivered): { readonly status: number; readonly body: string }
  /** Takes down an error that is no refusal. */
  fail(error: unknown): void
  listen(server: Server): Promise<RunningTarget>
}

/** Not the start of a bucket of any store, and far from the real time, which must not matter. */
const startSeconds = 1_900_000_007

/** A clock for one server, or for several processes of it one after another. */
export function createClock(): ManualClock {
  let milliseconds = startSeconds * 1000
  return {
    milliseconds: () => milliseconds,
    seconds: () => Math.floor(milliseconds / 1000),
    advance: (seconds) => {
      milliseconds += seconds * 1000
    },
  }
}

/** What is counted while a target runs. */
interface Counts {
  runs: number
  claims: number
  accepted: number
  readonly refusals: SignatureErrorCode[]
  readonly events: string[]
  readonly failures: unknown[]
}

/** Sets up everything but the server. */
export async function prepareTarget(options: TargetOptions): Promise<PreparedTarget> {
  const { clock = createClock(), store = createMemoryReplayStore({ startsFresh: true }), handler = 200 } = options
  const keys = options.keys ?? (await trustedKeys())
  const counts: Counts = { runs: 0, claims: 0, accepted: 0, refusals: [], events: [], failures: [] }
  const { trustedHostField, origin = bankOrigin } = options
  return {
    verifierOptions: (fieldOf) => ({
      ...options.policy,
      keys,
      replayStore: countedStore(store, counts),
      origin: trustedHostField === undefined ? origin : (source) => `https://${fieldOf(source, trustedHostField)}`,
      clock: clock.milliseconds,
      onEvent: (event) => {
        // The message of an error is not in its JSON.
        counts.events.push(JSON.stringify(event) + (event.type === 'refused' ? event.error.stack : ''))
        if (event.type === 'refused') counts.refusals.push(event.code)
      },
    }),
    handle: (verified, delivered) => {
      counts.runs++
      if (typeof handler === 'number') return { status: handler, body: JSON.stringify(reportOf(verified, delivered)) }
      // As a handler that calls another server with a client of this library may throw one.
      throw handler === 'throws' ? new Error('the handler fails') : new SignatureError('redirect_refused')
    },
    fail: (error) => counts.failures.push(error),
    listen: (server) => listen(server, counts, { clock, origin: String(origin) }),
  }
}

/** Counts what the store is asked and grants. Its answers stay as they are. */
function countedStore(store: ReplayStore, counts: Counts): ReplayStore {
  return {
    claim: (claim) => {
      counts.claims++
      const outcome = store.claim(claim)
      if (outcome === 'accepted') counts.accepted++
      return outcome
    },
  }
}

function reportOf(verified: VerifiedRequest, delivered: Delivered): HandlerReport {
  const { method, authority, path, query } = verified.message
  return {
    keyId: verified.keyId,
    principal: verified.principal,
    verified: { method, authority, path, query, body: hex(verified.body) },
    delivered: { method: delivered.method, target: delivered.target, body: hex(delivered.body) },
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

async function listen(
  server: Server,
  counts: Counts,
  { clock, origin }: { readonly clock: ManualClock; readonly origin: string },
): Promise<RunningTarget> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    host: '127.0.0.1',
    origin,
    runs: () => counts.runs,
    refusals: () => counts.refusals,
    lastRefusal: () => counts.refusals.at(-1),
    events: () => counts.events,
    failures: () => counts.failures,
    claims: () => counts.claims,
    storeSize: () => counts.accepted,
    now: clock.seconds,
    advance: clock.advance,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
