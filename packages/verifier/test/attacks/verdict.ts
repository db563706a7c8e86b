import type { SignatureErrorCode } from '@countersign/core'
import { expect, onTestFinished } from 'vitest'
import { secretTexts } from './keys.ts'
import { exchange, type RawResponse, type ReadOptions } from './raw-http.ts'
import { field, type RawRequest, requestBytes } from './raw-request.ts'
import type { AttackTarget, HandlerReport, RunningTarget, TargetOptions } from './target.ts'

/**
 * What a client sees of each refusal: status and coarse code. Written down a second time on purpose: what an
 * attacker may learn must not change unnoticed.
 */
const outward: Readonly<Partial<Record<SignatureErrorCode, readonly [status: number, kind: string]>>> = {
  missing_signature: [401, 'missing'],
  malformed_signature_input: [401, 'malformed'],
  malformed_signature: [401, 'malformed'],
  malformed_parameter: [401, 'malformed'],
  malformed_digest: [401, 'malformed'],
  malformed_component: [401, 'malformed'],
  malformed_message: [401, 'malformed'],
  duplicate_label: [401, 'malformed'],
  label_mismatch: [401, 'malformed'],
  invalid_component: [401, 'malformed'],
  duplicate_component: [401, 'malformed'],
  missing_component: [401, 'malformed'],
  no_matching_signature: [401, 'insufficient'],
  component_not_covered: [401, 'insufficient'],
  missing_parameter: [401, 'insufficient'],
  missing_digest: [401, 'insufficient'],
  unsupported_digest: [401, 'insufficient'],
  nonce_refused: [401, 'insufficient'],
  replay_protection_required: [401, 'insufficient'],
  stale: [401, 'stale'],
  expired: [401, 'stale'],
  not_yet_valid: [401, 'stale'],
  unknown_key: [401, 'invalid'],
  inactive_key: [401, 'invalid'],
  algorithm_mismatch: [401, 'invalid'],
  invalid_signature: [401, 'invalid'],
  digest_mismatch: [401, 'invalid'],
  replayed: [401, 'replayed'],
  limit_exceeded: [431, 'too-large'],
  body_too_large: [413, 'too-large'],
  key_unavailable: [503, 'unavailable'],
  replay_store_unavailable: [503, 'unavailable'],
  replay_store_starting: [503, 'unavailable'],
  replay_store_full: [503, 'unavailable'],
}

/**
 * How an attempt must end: `unclaimed` where only time and signature are checked. A bare status is the answer of an HTTP
 * parser, which no verifier ever saw.
 */
export type Expected = SignatureErrorCode | 'accepted' | 'accepted unclaimed' | 400 | 417 | 431

/** How it ended. */
export interface Verdict {
  readonly status: number
  /** The coarse `code` of the problem details. */
  readonly kind: string | undefined
  readonly refusals: readonly SignatureErrorCode[]
  /** Errors that are no refusals: none is expected. */
  readonly failures: readonly string[]
  readonly runs: number
  /** How often the store was asked: DESIGN section 5 allows it once, after everything else. */
  readonly claims: number
  readonly stored: number
}

/** Starts a target that the test closes by itself. */
export async function startFor(target: AttackTarget, options: TargetOptions = {}): Promise<RunningTarget> {
  const running = await target.start(options)
  onTestFinished(() => running.close())
  return running
}

/** Sends a request, or bytes that are none, and asserts how it ends. */
export async function expectVerdict(
  running: RunningTarget,
  request: RawRequest | Buffer,
  expected: Expected,
): Promise<RawResponse> {
  const bodiless = !Buffer.isBuffer(request) && request.method === 'HEAD'
  const bytes = Buffer.isBuffer(request) ? request : requestBytes(request)
  const told = running.events().length
  const response = await expectOutcome(running, () => exchange(running.port, bytes, { bodiless }), expected, {
    bodiless,
  })
  const challenge = response.headers.get('accept-signature') ?? ''
  if (!Buffer.isBuffer(request)) expectNothingConfidential(running.events().slice(told), request, challenge)
  return response
}

/** The same for any other way of sending one request. */
export async function expectOutcome(
  running: RunningTarget,
  send: () => Promise<RawResponse>,
  expected: Expected,
  { bodiless = false }: ReadOptions = {},
): Promise<RawResponse> {
  const before = { runs: running.runs(), claims: running.claims(), stored: running.storeSize() }
  const [refusals, failures] = [running.refusals().length, running.failures().length]
  const response = await send()
  const verdict: Verdict = {
    status: response.status,
    kind: kindOf(response),
    refusals: running.refusals().slice(refusals).filter(isTold),
    failures: running.failures().slice(failures).map(String),
    runs: running.runs() - before.runs,
    claims: running.claims() - before.claims,
    stored: running.storeSize() - before.stored,
  }
  const wanted = expectedVerdict(expected, verdict)
  // The response to HEAD has no body to hold a code.
  expect(verdict).toEqual(bodiless ? { ...wanted, kind: undefined } : wanted)
  if (typeof expected === 'string' && expected.startsWith('accepted') && !bodiless) expectDeliveredAsVerified(response)
  return response
}

/** A body that breaks off is noticed at any time, even after the next request, and nobody is left to be told of it. */
function isTold(code: SignatureErrorCode): boolean {
  return code !== 'body_unreadable'
}

/** DESIGN section 8: no event holds a secret, a nonce, a signature or a body, however the attempt ended. */
function expectNothingConfidential(events: readonly string[], request: RawRequest, challenge: string): void {
  const input = (field(request, 'signature-input') ?? '') + challenge
  const confidential = [
    ...Array.from(input.matchAll(/nonce="([^"]*)"/g), ([, nonce = '']) => nonce),
    ...Array.from((field(request, 'signature') ?? '').matchAll(/:([^:]*):/g), ([, signature = '']) => signature),
    request.body?.toString('latin1') ?? '',
    ...secretTexts,
  ]
  // A short text may stand in an event by chance.
  for (const text of confidential.filter(({ length }) => length >= 12)) {
    for (const event of events)
      expect(event.includes(text), 'an event holds a secret, nonce, signature or body').toBe(false)
  }
}

const untouched = { kind: undefined, refusals: [], failures: [], runs: 0, claims: 0, stored: 0 } as const

/** What the store alone can know. `stale` is not among these: the store says it too, but is seldom asked. */
const ofTheStore: readonly Expected[] = [
  'replayed',
  'replay_store_unavailable',
  'replay_store_starting',
  'replay_store_full',
]

function expectedVerdict(expected: Expected, { claims }: Verdict): Verdict {
  if (expected === 'accepted') return { ...untouched, status: 200, runs: 1, claims: 1, stored: 1 }
  if (expected === 'accepted unclaimed') return { ...untouched, status: 200, runs: 1 }
  if (typeof expected === 'number') return { ...untouched, status: expected }
  const [status, kind] = outward[expected] ?? []
  if (status === undefined) throw new Error(`no client is ever told of ${expected}`)
  const asked = expected === 'stale' ? Math.min(claims, 1) : Number(ofTheStore.includes(expected))
  return { ...untouched, status, kind, refusals: [expected], claims: asked }
}

/** The coarse code of a refusal. */
export function kindOf(response: RawResponse): string | undefined {
  if (response.headers.get('content-type') !== 'application/problem+json' || response.body === '') return undefined
  return (JSON.parse(response.body) as { code: string }).code
}

/** What the handler said about the request that it was given. */
export function reportOf(response: RawResponse): HandlerReport {
  return JSON.parse(response.body) as HandlerReport
}

/** DESIGN section 2: what the handler receives is exactly what was signed. */
function expectDeliveredAsVerified(response: RawResponse): void {
  const { verified, delivered } = reportOf(response)
  expect(delivered.method).toBe(verified.method)
  expect(delivered.body).toBe(verified.body)
  // The absolute form names the same resource.
  expect(delivered.target.replace(/^https:\/\/[^/]*/, '')).toBe(verified.path + verified.query)
}
