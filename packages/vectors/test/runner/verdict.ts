import { isSignatureError, type SignatureErrorCode } from '@countersign/core'
import type { Expectation, Vector } from './vector.ts'

/** What became of one message, or of a whole vector. */
export interface Verdict {
  /** `accept`: all that the vector says of an accepted one holds. */
  readonly result: 'accept' | 'reject'
  /** The code of the refusal. Absent where what came out is not what the vector says. */
  readonly error?: SignatureErrorCode
  /** Why it was rejected, in words. */
  readonly reason?: string
}

/** What became of one step of a sequence. */
export interface StepVerdict extends Verdict {
  /** How many copies were accepted, where there were some. */
  readonly accepted?: number
}

/** What a runner says of a vector. */
export interface Outcome extends Verdict {
  /** Of a sequence: one verdict a step. */
  readonly steps?: readonly StepVerdict[]
}

/**
 * Makes a verdict of an act that throws a `SignatureError`, or returns in which way it went otherwise than the
 * vector says.
 */
export async function verdictOf(act: () => Promise<string | undefined>): Promise<Verdict> {
  try {
    const difference = await act()
    return difference === undefined ? { result: 'accept' } : { result: 'reject', reason: difference }
  } catch (error) {
    if (!isSignatureError(error)) throw error
    return { result: 'reject', error: error.code, reason: error.message }
  }
}

/**
 * Compares what a runner said with what the vector expects.
 *
 * @returns what is wrong, or undefined.
 */
export function disagreement(vector: Vector, outcome: Outcome): string | undefined {
  if (vector.type !== 'sequence') return compare(vector.expect, outcome)
  for (const [index, { expect, copies }] of (vector.steps ?? []).entries()) {
    const verdict = outcome.steps?.[index]
    if (verdict === undefined) return `step ${index + 1} was not played`
    if (copies !== undefined && verdict.accepted !== 1) {
      return `step ${index + 1}: ${verdict.accepted} of ${copies} copies were accepted`
    }
    const difference = compare(expect, verdict)
    if (difference !== undefined) return `step ${index + 1}: ${difference}`
  }
  return undefined
}

function compare(expected: Expectation | undefined, { result, error, reason }: Verdict): string | undefined {
  if (expected === undefined) return 'the vector expects nothing'
  if (expected.result !== result) return `expected ${expected.result}, got ${result}${reason ? ` (${reason})` : ''}`
  return expected.error === error ? undefined : `expected ${expected.error}, got ${error ?? reason}`
}
