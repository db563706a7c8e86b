import {
  type ComponentIdentifier,
  component,
  createSignatureInput,
  defaultLimits,
  type RequestMessage,
  refuseUnknownOptions,
  type SignatureFieldLimits,
} from '@countersign/core'
import type { ServerNonces } from '../nonces/server-nonces.ts'
import type { Window } from './freshness.ts'
import { type PolicyOptions, type RoutePolicy, routeOptions, type VerifierOptions, verifierOptions } from './options.ts'
import { freshnessOnly, isSafeMethod, type ReplayProtection, replayProtection } from './replay-protection.ts'
import { findRoute, type Route, readRoute, refuseUnreachable } from './route.ts'

/** What is asked of one request: the options, complete and frozen. */
export interface Policy extends Window, ReplayProtection {
  readonly limits: SignatureFieldLimits
  readonly required: readonly ComponentIdentifier[]
  /** Undefined for any, and none. */
  readonly tags: readonly string[] | undefined
  readonly maxBodyBytes: number
  readonly nonces: ServerNonces | undefined
  /** What a store reckons with that has no history: anything up to it may have been accepted before. */
  readonly widestFutureSkewSeconds: number
  readonly scope: string
  readonly principal: (keyId: string) => string
  readonly replayTimeoutMilliseconds: number
  readonly clock: () => number
}

/** What a request means: no default policy is without it. */
const controlData = ['@method', '@authority', '@path', '@query'] as const

/** Chooses by method and path, which nobody has checked yet: no policy is without their being covered. */
export type PolicySelector = (message: RequestMessage) => Policy

/**
 * Completes and freezes the options.
 *
 * @returns what chooses the policy of a request. It throws `malformed_message` for one that is ambiguous.
 * @throws TypeError when an option is missing, misspelt or of a wrong type.
 */
export function policySelector(options: VerifierOptions<never>): PolicySelector {
  refuseUnknownOptions('createVerifier', options, Object.keys(verifierOptions))
  const base = basePolicy(options)
  const given: readonly RoutePolicy[] = options.routes ?? []
  if (!Array.isArray(given)) throw new TypeError('routes must be a list of { path, ... }')
  if (given.length === 0) return () => base
  const routed = given.map((route, index) => routePolicy(`routes[${index}]`, route, base))
  const routes = routed.map(({ route }) => route)
  refuseUnreachable(routes)
  return (message) => routed[findRoute(routes, message)]?.policy ?? base
}

function basePolicy(options: VerifierOptions<never>): Policy {
  return completed(options, {
    limits: defaultLimits,
    required: controlData.map((name) => component(name)),
    tags: undefined,
    maxAgeSeconds: 60,
    futureSkewSeconds: 10,
    maxLifetimeSeconds: 86_400,
    maxBodyBytes: 1_048_576,
    nonces: undefined,
    widestFutureSkewSeconds: widestFutureSkew(options),
    ...replayProtection(options),
    replayTimeoutMilliseconds: wholeNumber('replayTimeoutMilliseconds', options.replayTimeoutMilliseconds ?? 2000, 1),
    scope: options.scope ?? '',
    principal: options.principal ?? ((keyId: string) => keyId),
    clock: options.clock ?? Date.now,
  })
}

/** Those of the routes are checked one by one, after this. */
function widestFutureSkew({
  futureSkewSeconds = 10,
  earlierFutureSkewSeconds = 0,
  routes,
}: VerifierOptions<never>): number {
  const earlier = wholeNumber('earlierFutureSkewSeconds', earlierFutureSkewSeconds, 0)
  const ofRoutes = Array.isArray(routes) ? routes.map((route: RoutePolicy) => route?.futureSkewSeconds ?? 0) : []
  return Math.max(futureSkewSeconds, earlier, ...ofRoutes)
}

function routePolicy(place: string, options: RoutePolicy, base: Policy): { route: Route; policy: Policy } {
  if (typeof options !== 'object' || options === null) throw new TypeError(`${place} must look like { path, ... }`)
  refuseUnknownOptions(place, options, Object.keys(routeOptions))
  const route = readRoute(place, options)
  const { replayStore } = options
  if (replayStore !== undefined && replayStore !== 'freshness-only') {
    throw new TypeError(`${place}.replayStore can only be 'freshness-only': all routes share one store`)
  }
  const protection = replayStore === undefined ? {} : freshnessOnly
  const policy = named(place, () => completed(options, { ...base, ...protection }))
  const unsafe = route.methods?.find((method) => !isSafeMethod(method))
  if (policy.replayStore === undefined && !policy.replayOfUnsafeMethods && unsafe !== undefined) {
    throw new TypeError(`${place} would refuse every ${unsafe}: 'freshness-only' is for safe methods (RFC 9110 9.2.1)`)
  }
  return { route, policy }
}

/** Puts the place before what is wrong there. */
function named<T>(place: string, make: () => T): T {
  try {
    return make()
  } catch (cause) {
    throw new TypeError(`${place}: ${(cause as Error).message}`, { cause })
  }
}

/** What the options say, and where they say nothing, what was there before. */
function completed(options: PolicyOptions, before: Policy): Policy {
  const policy: Policy = {
    ...before,
    required: withoutDuplicates([...before.required, ...requiredComponents(options.requiredComponents ?? [])]),
    tags: options.tag === undefined ? before.tags : readTags(options.tag),
    maxAgeSeconds: wholeNumber('maxAgeSeconds', options.maxAgeSeconds ?? before.maxAgeSeconds, 1),
    futureSkewSeconds: wholeNumber('futureSkewSeconds', options.futureSkewSeconds ?? before.futureSkewSeconds, 0),
    maxLifetimeSeconds: wholeNumber('maxLifetimeSeconds', options.maxLifetimeSeconds ?? before.maxLifetimeSeconds, 1),
    maxBodyBytes: wholeNumber('maxBodyBytes', options.maxBodyBytes ?? before.maxBodyBytes, 0),
    nonces: options.nonces ?? before.nonces,
  }
  if (policy.nonces !== undefined) checkNonces(policy.nonces)
  return Object.freeze(policy)
}

function requiredComponents(added: readonly (string | ComponentIdentifier)[]): readonly ComponentIdentifier[] {
  const identifiers = named('requiredComponents', () => {
    return added.map((entry) => (typeof entry === 'string' ? component(entry) : entry))
  })
  const foreign = identifiers.find(({ name, parameters }) => name === '@status' || parameters.has('req'))
  if (foreign === undefined) return identifiers
  throw new TypeError(`requiredComponents: no request has ${foreign.text}, so that every one would be refused`)
}

function withoutDuplicates(identifiers: readonly ComponentIdentifier[]): readonly ComponentIdentifier[] {
  return Object.freeze([...new Map(identifiers.map((identifier) => [identifier.sortedText, identifier])).values()])
}

function readTags(tag: string | readonly string[]): readonly string[] {
  const tags: readonly string[] = typeof tag === 'string' ? [tag] : tag
  if (!Array.isArray(tags) || tags.length === 0) throw new TypeError('tag must be a text, or a list of some')
  for (const text of tags) named('tag', () => createSignatureInput([], { tag: text }))
  return Object.freeze([...tags])
}

function checkNonces({ issue, accepts }: ServerNonces): void {
  if (typeof issue === 'function' && typeof accepts === 'function') return
  throw new TypeError('nonces must be what createServerNonces() gave: await it')
}

function wholeNumber(name: string, value: unknown, minimum: number): number {
  if (Number.isSafeInteger(value) && (value as number) >= minimum) return value as number
  throw new TypeError(`${name} must be a whole number of at least ${minimum}`)
}
