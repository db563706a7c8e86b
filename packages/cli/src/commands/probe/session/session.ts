import type { ProbeCase } from '../cases/case.ts'
import type { ProbeTarget } from '../target/target.ts'
import type { Answer } from './answer.ts'
import type { ReadCount } from './counter.ts'
import type { EndOfScan, Pace } from './pace.ts'
import type { Recording } from './stage.ts'
import type { Transport } from './transport.ts'
import type { MeasuredWindow } from './window.ts'
import type { Yardstick } from './yardstick.ts'

/** One case, as it was played. */
export interface Played {
  readonly probeCase: ProbeCase
  /** Why it was not played. */
  readonly notApplicable: string | undefined
  readonly recording: Recording
  /** How often the effect ran in this case; undefined where nobody counts. */
  readonly runs: number | undefined
  /** Whether a fresh request was let in afterwards; undefined without a key, where there is none. */
  readonly controlAfter: boolean | undefined
  /** The one captured request had perhaps been spent before, by an altered copy that was let in. */
  readonly spentBefore: boolean
  /** The end of the scan came amid it. */
  readonly cutShort: boolean
}

/** What the answers are compared with. */
export interface Reference {
  /** What the control was answered. */
  readonly control: Answer | undefined
  readonly yardstick: Yardstick
  /** How much the count rose with a control. Only 1 can be relied on. */
  readonly countPerControl: number | undefined
  /** Whether there is a count at all. */
  readonly counted: boolean
}

/** All that a scan has seen. */
export interface SessionRecord {
  readonly played: readonly Played[]
  readonly reference: Reference
  readonly window: MeasuredWindow | undefined
  readonly serverNonces: boolean
  /** The case whose altered copy was let in and spent the captured request, so that it is the control in its place. */
  readonly spentBy: string | undefined
  /** The case whose altered copy was the first to be let in, so that it was replayed before anything else. */
  readonly replayedAtOnce: string | undefined
  readonly ended: EndOfScan | 'no control' | undefined
  readonly interrupted: boolean
  readonly requests: number
}

/** What a session is made of. */
export interface SessionParts {
  readonly target: ProbeTarget
  readonly transport: Transport
  readonly pace: Pace
  readonly readCount: ReadCount | undefined
  readonly cases: readonly ProbeCase[]
  readonly signal: AbortSignal
  /** Told of each case before it is played. */
  readonly onCase: (probeCase: ProbeCase, index: number) => void
}
