import {
  ecdsaP256Sha256,
  ecdsaP384Sha384,
  ed25519,
  refuseUnknownOptions,
  rsaPssSha512,
  rsaV15Sha256,
  type SignatureAlgorithm,
} from '@countersign/core'
import { type RemoteJwksEvent, warnOfJwks } from './remote-jwks-events.ts'

/** What {@link createRemoteJwks} is told. */
export interface RemoteJwksOptions {
  /** Where the JWK Set is published. Only https. It comes from your configuration, never from a message. */
  readonly url: string | URL
  /** The hosts that `url` may name, each with its port unless it is the usual one: a guard for a url that is put together. */
  readonly allowedHosts: readonly string[]
  /** Allows http to this very machine, for tests. @default false */
  readonly dangerouslyAllowHttp?: boolean
  /** Field lines to send, such as an Authorization that the server of the set asks for. @default {} */
  readonly headers?: Readonly<Record<string, string>>
  /** Sends the request. @default the `fetch` of the platform, looked up at each call */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>
  /** The time in milliseconds since the Unix epoch. @default Date.now */
  readonly clock?: () => number
  /** How long the set may take, its body included. At most as long as the cooldown. @default 5000 */
  readonly timeoutMilliseconds?: number
  /** The longest body in bytes, after any content coding. @default 65536 */
  readonly maxBytes?: number
  /** A set with more keys is refused as a whole. @default 100 */
  readonly maxKeys?: number
  /** How long a set is used before it is fetched again. `Cache-Control: max-age` can shorten it. @default 600 */
  readonly cacheSeconds?: number
  /** The least time from one fetch to the next, failed ones and those for unknown keyids included. @default 30 */
  readonly cooldownSeconds?: number
  /** How long an old set is still trusted when it cannot be fetched again. 0 for not at all. @default 3600 */
  readonly staleSeconds?: number
  /** Who signs with a key of the set, given its `kid` and the JWK. @default what the verifier says */
  readonly principal?: (keyId: string, jwk: Readonly<Record<string, unknown>>) => string | undefined
  /** The algorithms that are accepted. HMAC is never one. @default the five asymmetric ones */
  readonly algorithms?: readonly SignatureAlgorithm[]
  /** Told what happens, for logs and metrics. What it throws is dropped. @default console.warn, where there is a fault */
  readonly onEvent?: (event: RemoteJwksEvent) => void
}

/** The options, complete and frozen. */
export interface RemoteJwksSettings extends Required<Omit<RemoteJwksOptions, 'allowedHosts' | 'dangerouslyAllowHttp'>> {
  readonly url: string
}

/** Every option, so that the compiler notices a new one. */
const knownOptions: Readonly<Record<keyof RemoteJwksOptions, true>> = {
  url: true,
  allowedHosts: true,
  dangerouslyAllowHttp: true,
  headers: true,
  fetch: true,
  clock: true,
  timeoutMilliseconds: true,
  maxBytes: true,
  maxKeys: true,
  cacheSeconds: true,
  cooldownSeconds: true,
  staleSeconds: true,
  principal: true,
  algorithms: true,
  onEvent: true,
}

/**
 * Completes and freezes the options.
 *
 * @throws TypeError when an option is missing, misspelt or of a wrong type.
 */
export function resolveSettings(options: RemoteJwksOptions): RemoteJwksSettings {
  refuseUnknownOptions('createRemoteJwks', options, Object.keys(knownOptions))
  const settings: RemoteJwksSettings = {
    url: checkUrl(options),
    headers: checkHeaders(options.headers),
    fetch: options.fetch ?? defaultFetch,
    clock: options.clock ?? Date.now,
    timeoutMilliseconds: wholeNumber('timeoutMilliseconds', options.timeoutMilliseconds ?? 5000, 1),
    maxBytes: wholeNumber('maxBytes', options.maxBytes ?? 65_536, 1),
    maxKeys: wholeNumber('maxKeys', options.maxKeys ?? 100, 1),
    cacheSeconds: wholeNumber('cacheSeconds', options.cacheSeconds ?? 600, 1),
    cooldownSeconds: wholeNumber('cooldownSeconds', options.cooldownSeconds ?? 30, 1),
    staleSeconds: wholeNumber('staleSeconds', options.staleSeconds ?? 3600, 0),
    principal: options.principal ?? (() => undefined),
    algorithms: Object.freeze([...new Set(options.algorithms ?? defaultAlgorithms)]),
    onEvent: options.onEvent ?? warnOfJwks,
  }
  checkTogether(settings)
  return Object.freeze(settings)
}

const defaultFetch = (url: string, init: RequestInit): Promise<Response> => globalThis.fetch(url, init)

const defaultAlgorithms: readonly SignatureAlgorithm[] = [
  ed25519,
  ecdsaP256Sha256,
  ecdsaP384Sha384,
  rsaPssSha512,
  rsaV15Sha256,
]

function checkTogether(settings: RemoteJwksSettings): void {
  if (settings.algorithms.length === 0 || !settings.algorithms.every((one) => typeof one?.jwk === 'object')) {
    throw new TypeError('algorithms must be a list of at least one algorithm of @countersign/core: [ed25519]')
  }
  if (settings.algorithms.some(({ jwk }) => jwk.kty === 'oct')) {
    throw new TypeError('algorithms must be asymmetric: a secret that is fetched is none, pass it in { keys }')
  }
  if (settings.cacheSeconds < settings.cooldownSeconds) {
    throw new TypeError('cacheSeconds must not be shorter than cooldownSeconds, within which nothing is fetched')
  }
  if (settings.timeoutMilliseconds > settings.cooldownSeconds * 1000) {
    throw new TypeError('timeoutMilliseconds must not be longer than cooldownSeconds: one fetch would overtake another')
  }
  for (const name of ['fetch', 'clock', 'principal', 'onEvent'] as const) {
    if (typeof settings[name] !== 'function') throw new TypeError(`${name} must be a function`)
  }
}

/** Found now, and not at each fetch. */
function checkHeaders(headers: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  new Headers(headers)
  return Object.freeze({ ...headers })
}

function checkUrl({ url: given, allowedHosts, dangerouslyAllowHttp = false }: RemoteJwksOptions): string {
  const url = parseUrl(given)
  if (!Array.isArray(allowedHosts) || !allowedHosts.every(isHost)) {
    throw new TypeError('createRemoteJwks needs { allowedHosts }: a list of hosts, like "keys.bank.example"')
  }
  if (!allowedHosts.includes(url.host)) {
    throw new TypeError('the url is not on one of { allowedHosts }: name its host there, if it is the right one')
  }
  if (url.username !== '' || url.password !== '' || url.hash !== '') {
    throw new TypeError('the url must have no credentials and no fragment: send an Authorization with { headers }')
  }
  const allowed = url.protocol === 'https:' || (url.protocol === 'http:' && dangerouslyAllowHttp && isLoopback(url))
  if (allowed) return url.href
  throw new TypeError('the url must be https: dangerouslyAllowHttp allows http to 127.0.0.1, [::1] and localhost alone')
}

function parseUrl(given: unknown): URL {
  try {
    return new URL(String(given))
  } catch {
    throw new TypeError('createRemoteJwks needs { url }: like "https://keys.bank.example/jwks.json"')
  }
}

/** Whether the text is a host as a URL shows it: lower case, without a scheme, a path or a needless port. */
function isHost(text: unknown): boolean {
  try {
    return typeof text === 'string' && new URL(`https://${text}`).host === text
  } catch {
    return false
  }
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}

function wholeNumber(name: string, value: unknown, least: number): number {
  if (Number.isSafeInteger(value) && (value as number) >= least) return value as number
  throw new TypeError(`${name} must be a whole number from ${least} on`)
}
