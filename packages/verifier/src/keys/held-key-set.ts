import { type Failed, fetchJwks } from './fetch-jwks.ts'
import { type KeySet, readJwks } from './read-jwks.ts'
import type { RemoteJwksEvent } from './remote-jwks-events.ts'
import type { RemoteJwksSettings } from './remote-jwks-options.ts'
import type { TrustedKey } from './trusted-key.ts'

/** The set that was loaded last. */
export interface HeldKeySet {
  /** Its keys, unless it should be loaded again. */
  freshKeys(): ReadonlyMap<string, TrustedKey> | undefined
  /** Its keys, unless it is too old even for the time in which it cannot be loaded. */
  trustedKeys(): ReadonlyMap<string, TrustedKey> | undefined
  /** Loads it, and tells of it. */
  load(run: number): Promise<Failed | undefined>
  /** What went wrong since it was loaded last. */
  failed(): Failed | undefined
}

/** A set that was loaded, and its ends, in milliseconds of the clock that never steps back. */
interface DatedSet {
  readonly keys: ReadonlyMap<string, TrustedKey>
  readonly run: number
  readonly freshUntil: number
  readonly trustedUntil: number
}

/**
 * Holds a set, and nothing but a set: how many keyids are asked for does not matter.
 *
 * @param elapsed the milliseconds of a clock that never steps back.
 */
export function heldKeySet(settings: RemoteJwksSettings, elapsed: () => number): HeldKeySet {
  let held: DatedSet | undefined
  let failed: Failed | undefined

  async function load(run: number): Promise<Failed | undefined> {
    // It ages from the moment in which it is asked for.
    const startedAt = elapsed()
    const result = await loadKeySet(settings)
    const milliseconds = elapsed() - startedAt
    if ('failure' in result) {
      failed = result
      const trustedForSeconds = Math.max(0, Math.ceil(((held?.trustedUntil ?? 0) - elapsed()) / 1000))
      tell(settings, { type: 'failed', reason: result.failure, milliseconds, trustedForSeconds })
      return result
    }
    failed = undefined
    // One that was taken for lost may end after the next one.
    if ((held?.run ?? 0) < run) held = { keys: result.keys, run, ...endsOf(result, startedAt, settings) }
    for (const ignored of result.ignored) tell(settings, { type: 'key-ignored', ...ignored })
    tell(settings, { type: 'fetched', keys: result.keys.size, ignored: result.ignored.length, milliseconds })
    return undefined
  }

  return {
    freshKeys: () => (held !== undefined && elapsed() < held.freshUntil ? held.keys : undefined),
    trustedKeys: () => (held !== undefined && elapsed() < held.trustedUntil ? held.keys : undefined),
    load,
    failed: () => failed,
  }
}

interface LoadedSet extends KeySet {
  readonly maxAgeSeconds: number | undefined
}

async function loadKeySet(settings: RemoteJwksSettings): Promise<LoadedSet | Failed> {
  const fetched = await fetchJwks(settings)
  if ('failure' in fetched) return fetched
  const set = await readJwks(fetched.text, settings)
  return 'failure' in set ? set : { ...set, maxAgeSeconds: fetched.maxAgeSeconds }
}

/** What the server says of caching shortens the time, but not below the cooldown, within which nothing is fetched. */
function endsOf(
  { maxAgeSeconds = Number.POSITIVE_INFINITY }: LoadedSet,
  startedAt: number,
  { cacheSeconds, cooldownSeconds, staleSeconds }: RemoteJwksSettings,
): Pick<DatedSet, 'freshUntil' | 'trustedUntil'> {
  const freshSeconds = Math.min(cacheSeconds, Math.max(cooldownSeconds, maxAgeSeconds))
  const freshUntil = startedAt + freshSeconds * 1000
  return { freshUntil, trustedUntil: freshUntil + staleSeconds * 1000 }
}

/** A hook that fails must not change what becomes of a request. */
function tell({ onEvent }: RemoteJwksSettings, event: RemoteJwksEvent): void {
  try {
    onEvent(event)
  } catch {
    // The keys are loaded, or not, whoever hears of it.
  }
}
