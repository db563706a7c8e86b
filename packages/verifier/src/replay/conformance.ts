import { refuseUnknownOptions } from '@countersign/core'
import { capacityCases } from './conformance/capacity-cases.ts'
import { clockCases } from './conformance/clock-cases.ts'
import { historyCases } from './conformance/history-cases.ts'
import { messageCases } from './conformance/message-cases.ts'
import { restartCases } from './conformance/restart-cases.ts'
import { type CaseDefinition, type Guarantee, type MakeReplayStore, type Need, openTrial } from './conformance/trial.ts'

export type { Guarantee, MakeReplayStore, ReplayStoreSetting, ReplayStoreSubject } from './conformance/trial.ts'

/**
 * What a store declares of itself. Everything is expected of it unless it declares that it does not offer
 * it: a case that is left out says so in its name.
 */
export interface ReplayStoreConformanceOptions {
  /** Whether a restart keeps what was accepted. Its subjects then have `reopen`. @default true */
  readonly durable?: boolean
  /** Whether several instances may serve one history at a time. Its subjects then have `join`. @default true */
  readonly shared?: boolean
  /** Whether the store has a capacity, and `makeStore` heeds `maxEntries`. @default true */
  readonly bounded?: boolean
  /** Whether the store divides its keys into parts that forget for themselves. @default false */
  readonly partitioned?: boolean
  /**
   * The clock in milliseconds of the server that the store takes its time from. Cases that need another
   * time are then left out.
   *
   * @default none: the `now` of the claim decides, and the clock that `makeStore` is told
   */
  readonly serverClock?: () => number
  /** How many random histories are played. @default 30 */
  readonly histories?: number
  /** Where the random histories begin. @default 1 */
  readonly seed?: number
}

/** One thing that a store must do. */
export interface ReplayStoreCase {
  /** What the store does, and why the case is left out where it is. */
  readonly name: string
  /** The guarantee that the case proves. */
  readonly proves: Guarantee
  /** Why the case does not apply to this store. Its `run` then does nothing. */
  readonly skipped: string | undefined
  /** Plays the case on a new store. @throws Error that says what the store did wrong. */
  readonly run: () => Promise<void>
}

/**
 * The cases that every replay store must pass: those of this package, and one that you write.
 *
 *     for (const { name, run } of replayStoreConformance(makeStore)) test(name, run)
 *
 * @throws TypeError when an option is misspelt.
 */
export function replayStoreConformance(
  makeStore: MakeReplayStore,
  options: ReplayStoreConformanceOptions = {},
): readonly ReplayStoreCase[] {
  refuseUnknownOptions('replayStoreConformance', options, [
    'durable',
    'shared',
    'bounded',
    'partitioned',
    'serverClock',
    'histories',
    'seed',
  ])
  const { histories = 30, seed = 1 } = options
  const definitions = [
    ...messageCases,
    ...clockCases,
    ...restartCases,
    ...capacityCases,
    ...historyCases({ histories, seed, durable: options.durable ?? true, partitioned: options.partitioned ?? false }),
  ]
  return definitions.map((definition) => conformanceCase(definition, makeStore, options))
}

/** Why a case is left out, for each thing that a store may declare that it does not offer. */
const reasons: Readonly<Record<Need, string>> = {
  travel: 'the store takes its time from a server',
  durable: 'the store declares that a restart loses what it accepted',
  shared: 'the store declares that it serves a single instance',
  bounded: 'the store declares that it has no capacity',
}

function conformanceCase(
  definition: CaseDefinition,
  makeStore: MakeReplayStore,
  options: ReplayStoreConformanceOptions,
): ReplayStoreCase {
  const { name, proves } = definition
  const { durable = true, shared = true, bounded = true, serverClock } = options
  const offers: Readonly<Record<Need, boolean>> = { travel: serverClock === undefined, durable, shared, bounded }
  const lacking = definition.needs?.find((need) => !offers[need])
  if (lacking !== undefined) {
    const skipped = reasons[lacking]
    return Object.freeze({ name: `${name} (not checked: ${skipped})`, proves, skipped, run: async () => {} })
  }
  return Object.freeze({ name, proves, skipped: undefined, run: () => play(definition, makeStore, serverClock) })
}

/** Runs one case. At any time at most one subject is open, so that they may share a server with few connections. */
async function play(
  definition: CaseDefinition,
  makeStore: MakeReplayStore,
  serverClock: (() => number) | undefined,
): Promise<void> {
  let close = async (): Promise<void> => {}
  try {
    await definition.run(async (setting = {}) => {
      await close()
      const opened = await openTrial(makeStore, { ...setting, ...(serverClock && { serverClock }) })
      close = opened.close
      return opened.trial
    })
  } finally {
    await close()
  }
}
