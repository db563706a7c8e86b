import { type MaybePromise, SignatureError } from '@countersign/core'
import type { Failed } from './fetch-jwks.ts'
import { heldKeySet } from './held-key-set.ts'
import { pacedRuns } from './paced-runs.ts'
import { type RemoteJwksOptions, resolveSettings } from './remote-jwks-options.ts'
import { steadyClock } from './steady-clock.ts'
import type { TrustedKey } from './trusted-key.ts'

/** The keys of a JWK Set that is published elsewhere: a resolver for `keys` of a verifier. */
export interface RemoteJwks {
  /**
   * Finds a key of the set. The keyid is only looked up; nothing that goes out names it.
   *
   * @throws SignatureError `key_unavailable` while there is no set that may be trusted.
   */
  (keyId: string): MaybePromise<TrustedKey | undefined>
  /**
   * Fetches the set now, whatever the cooldown: before a server listens, or after a key was revoked. A fetch that
   * began before the call does not count.
   *
   * @throws SignatureError `key_unavailable` when it cannot be fetched. What was known stays.
   */
  refresh(): Promise<void>
}

/**
 * Makes a resolver of the keys that a server publishes as a JWK Set (RFC 7517).
 *
 *     const keys = createRemoteJwks({ url: 'https://keys.bank.example/jwks.json', allowedHosts: ['keys.bank.example'] })
 *     await keys.refresh()
 *     const verify = createVerifier({ keys, replayStore, origin: 'https://bank.example' })
 *
 * One fetch runs at a time, for all requests that wait for it, and at most one in each cooldown, however many unknown
 * keyids are asked for. The set alone says what is trusted: a key that is no longer in it is unknown.
 *
 * @throws TypeError when an option is missing, misspelt or of a wrong type.
 */
export function createRemoteJwks(options: RemoteJwksOptions): RemoteJwks {
  const settings = resolveSettings(options)
  const elapsed = steadyClock(settings.clock)
  const held = heldKeySet(settings, elapsed)
  const fetches = pacedRuns(held.load, settings.cooldownSeconds * 1000, elapsed)

  /** The answer depends on the state of the set, and on the keyid in nothing else: an outage does not tell who is known. */
  function answer(keyId: string): TrustedKey | undefined {
    const keys = held.trustedKeys()
    if (keys === undefined) throw unavailable(held.failed(), fetches.pauseSeconds())
    return keys.get(keyId)
  }

  function resolve(keyId: string): MaybePromise<TrustedKey | undefined> {
    const known = held.freshKeys()?.get(keyId)
    if (known !== undefined) return known
    const fetching = fetches.next()
    return fetching === undefined ? answer(keyId) : fetching.then(() => answer(keyId))
  }

  async function refresh(): Promise<void> {
    const failed = await fetches.anew()
    if (failed !== undefined) throw unavailable(failed, fetches.pauseSeconds())
  }

  return Object.freeze(Object.assign(resolve, { refresh }))
}

function unavailable(failed: Failed | undefined, retryAfterSeconds: number): SignatureError {
  const detail = `the remote key set was not loaded${failed === undefined ? '' : ` (${failed.failure})`}`
  return new SignatureError('key_unavailable', detail, { cause: failed?.cause, retryAfterSeconds })
}
