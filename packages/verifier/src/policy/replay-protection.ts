import { type RequestMessage, SignatureError } from '@countersign/core'
import type { ReplayStore } from '../replay/replay-store.ts'
import type { VerifierOptions } from './options.ts'

/** What stands against replays. */
export interface ReplayProtection {
  /** Undefined where only time and signature are checked. */
  readonly replayStore: ReplayStore | undefined
  /** Whether an unsafe method is let in without a store. */
  readonly replayOfUnsafeMethods: boolean
}

/** Time and signature alone, for safe methods. */
export const freshnessOnly: ReplayProtection = { replayStore: undefined, replayOfUnsafeMethods: false }

/** RFC 9110 9.2.1. Methods are case-sensitive: `get` is another method, of which nobody knows what it does. */
const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

/** Whether a method asks for nothing to be changed. */
export function isSafeMethod(method: string): boolean {
  return safeMethods.has(method)
}

/**
 * Reads what the options of a verifier say of replays.
 *
 * @throws TypeError when there is no store, and nobody said that there shall be none.
 */
export function replayProtection(options: VerifierOptions<never>): ReplayProtection {
  const { replayStore, dangerouslyAllowReplayOfUnsafeMethods: replayOfUnsafeMethods = false } = options
  if (typeof replayOfUnsafeMethods !== 'boolean') {
    throw new TypeError('dangerouslyAllowReplayOfUnsafeMethods must be true or false')
  }
  if (replayStore === 'freshness-only') return { ...freshnessOnly, replayOfUnsafeMethods }
  if (typeof replayStore?.claim !== 'function') {
    throw new TypeError('createVerifier needs { replayStore }: createMemoryReplayStore() serves a single process')
  }
  if (replayOfUnsafeMethods) {
    throw new TypeError("dangerouslyAllowReplayOfUnsafeMethods is only for { replayStore: 'freshness-only' }")
  }
  return { replayStore, replayOfUnsafeMethods }
}

/**
 * Refuses what a replay could do twice, where nothing would notice the replay.
 *
 * @throws SignatureError `replay_protection_required`
 */
export function requireReplayProtection({ method }: RequestMessage, protection: ReplayProtection): void {
  if (protection.replayStore !== undefined || protection.replayOfUnsafeMethods || isSafeMethod(method)) return
  throw new SignatureError('replay_protection_required')
}
