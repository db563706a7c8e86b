import { createSignatureInput, digestAlgorithms, refuseUnknownOptions } from '@countersign/core'
import { isBrowser, requirePlatform } from './platform.ts'
import type { Recovery } from './recovery/recovery.ts'
import type { RetryPolicy } from './recovery/retries.ts'
import type { RedirectMode } from './redirects.ts'
import type { SigningProfile } from './sign-request.ts'
import { requireWhole } from './whole-number.ts'

/** What {@link createSignedFetch} is told. */
export interface SignedFetchOptions extends SigningProfile {
  /** Sends the signed request. @default the `fetch` of the platform, looked up at each call */
  readonly fetch?: typeof fetch
  /**
   * `follow-same-origin` signs each hop anew. `error` refuses every redirect with `redirect_refused`, as browsers make
   * necessary in any case: they hide where it leads.
   *
   * @default 'follow-same-origin'
   */
  readonly redirect?: RedirectMode
  /** Sends again what failed in passing: `retries({ attempts: 3 })`. @default each request is sent once */
  readonly retry?: RetryPolicy
  /** Signs as a server asks for with Accept-Signature: `answerChallenges()`. @default challenges are not answered */
  readonly challenges?: Recovery
  /**
   * Corrects the clock once a server has refused a request as `stale`, for its origin, and sends that request again.
   * `false` never does.
   *
   * @default { maxSeconds: 300 }
   */
  readonly clockSkew?: ClockSkewOptions | false
  /**
   * Allows a secret in a browser, where everybody who can open the page, and every script on it, can sign.
   *
   * @default false
   */
  readonly dangerouslyAllowBrowser?: boolean
}

/** How a wrong clock is corrected. */
export interface ClockSkewOptions {
  /** How far the clock can be moved in total. A server that is further away is not believed. @default 300 */
  readonly maxSeconds?: number
}

/** Every option, so that the compiler notices a new one. */
const knownOptions: Readonly<Record<keyof SignedFetchOptions, true>> = {
  key: true,
  fetch: true,
  clock: true,
  random: true,
  expiresAfterSeconds: true,
  digestAlgorithms: true,
  maxStreamBytes: true,
  onHashProgress: true,
  components: true,
  tag: true,
  label: true,
  redirect: true,
  retry: true,
  challenges: true,
  clockSkew: true,
  dangerouslyAllowBrowser: true,
}

/** @throws TypeError when an option is missing, misspelt or of a wrong type. */
export function checkOptions(options: SignedFetchOptions): SignedFetchOptions {
  refuseUnknownOptions('createSignedFetch', options, Object.keys(knownOptions))
  checkKey(options)
  requirePlatform(options.random)
  checkProfile(options)
  const { clockSkew = {}, redirect = 'follow-same-origin' } = options
  if (redirect !== 'follow-same-origin' && redirect !== 'error') {
    throw new TypeError('redirect must be "follow-same-origin" or "error"')
  }
  for (const made of [options.retry, options.challenges]) {
    if (made !== undefined && typeof made !== 'function') {
      throw new TypeError('retry takes what retries() returns, and challenges what answerChallenges() returns')
    }
  }
  if (clockSkew !== false) {
    refuseUnknownOptions('clockSkew', clockSkew, ['maxSeconds'])
    requireWhole('clockSkew.maxSeconds', clockSkew.maxSeconds ?? 300, 1)
  }
  return Object.freeze({ ...options })
}

function checkKey({ key, dangerouslyAllowBrowser }: SignedFetchOptions): void {
  if (typeof key?.sign !== 'function' || typeof key.keyId !== 'string') {
    throw new TypeError('createSignedFetch needs { key }: make one with importSigningKey() or generateKey()')
  }
  // A key does not tell what it was made of; even one that cannot be extracted came here as a secret.
  if (key.algorithm === 'hmac-sha256' && dangerouslyAllowBrowser !== true && isBrowser()) {
    throw new TypeError('a secret in a browser is none: sign with an Ed25519 key, or set dangerouslyAllowBrowser')
  }
}

function checkProfile(options: SignedFetchOptions): void {
  const { expiresAfterSeconds = 60, maxStreamBytes = 0, components = [], tag } = options
  if (expiresAfterSeconds !== false) requireWhole('expiresAfterSeconds', expiresAfterSeconds, 1)
  requireWhole('maxStreamBytes', maxStreamBytes, 0)
  const { digestAlgorithms: digests = ['sha-256'] } = options
  if (digests.length === 0 || !digests.every((name) => digestAlgorithms.includes(name))) {
    throw new TypeError('digestAlgorithms must be sha-256, sha-512 or both')
  }
  try {
    createSignatureInput(components, tag === undefined ? {} : { tag })
  } catch (cause) {
    throw new TypeError(`components and tag: ${(cause as Error).message}`, { cause })
  }
}
