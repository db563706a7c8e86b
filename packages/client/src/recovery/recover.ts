import { measureSkew, rememberOffset } from './clock-skew.ts'
import type { Recovery, Refusal, Revision } from './recovery.ts'

/** What a client can do about a 401. */
export interface RecoveryOptions {
  /** Signs and sends the request again. */
  readonly send: (revision: Revision | undefined) => Promise<Refusal>
  readonly challenges: Recovery | undefined
  /** The clock of this machine, in milliseconds since the Unix epoch. */
  readonly clock: () => number
  /** Milliseconds that are added to it, by origin. */
  readonly clockOffsets: Map<string, number>
  /** How far it can be moved; 0 when it must not be moved. */
  readonly maxSkewSeconds: number
}

/**
 * Does what can be done about a 401, each thing once: whoever answers 401 has not done what was asked (RFC 9110
 * 15.5.2). It is loaded at the first one.
 *
 * @returns the last answer.
 */
export async function recover(refusal: Refusal, options: RecoveryOptions): Promise<Response> {
  const { challenges } = options
  const recoveries = [(refused: Refusal) => correctClock(refused, options), ...(challenges ? [challenges] : [])]
  return recoverBy(recoveries, refusal, options.send)
}

async function recoverBy(
  recoveries: readonly Recovery[],
  refusal: Refusal,
  send: RecoveryOptions['send'],
): Promise<Response> {
  const { response } = refusal
  // Another `fetch` than that of the platform may have followed a redirect: the answer is not from this origin then.
  if (response.status !== 401 || response.redirected) return response
  // Not waited for: the end of a body that nobody reads may never come.
  const discard = (): void => void response.body?.cancel().catch(() => {})
  for (const recovery of recoveries) {
    const revision = await recovery(refusal).catch((error: unknown) => {
      discard()
      throw error
    })
    if (revision === undefined) continue
    discard()
    const others = recoveries.filter((other) => other !== recovery)
    return recoverBy(others, await send(revision), send)
  }
  return response
}

async function correctClock(refusal: Refusal, options: RecoveryOptions): Promise<Revision | undefined> {
  const { clock, clockOffsets, maxSkewSeconds } = options
  const offset = await measureSkew(refusal, { clock, maxSeconds: maxSkewSeconds })
  if (offset === undefined) return undefined
  rememberOffset(clockOffsets, new URL(refusal.signed.request.url).origin, offset)
  return refusal.revision ?? ((plan) => plan)
}
