import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type History, histories, seed } from './history.ts'
import { type Coverage, type Engine, emptyCoverage, playHistory } from './play-history.ts'

/** What must come to pass in a history on average, or the histories are trivial. */
const leastPerHistory: Readonly<Partial<Coverage>> = {
  claims: 30,
  replays: 20,
  accepted: 3,
  replayed: 6,
  stale: 10,
  replay_store_full: 0.5,
  restarts: 0.15,
  stepsBack: 0.15,
  stepsForward: 2,
}

/** How an engine is checked. */
export interface ModelTest {
  readonly histories: number
  /** What must come to pass beside the usual. */
  readonly least?: Partial<Coverage>
}

/** `MODEL_TIMES=20` plays so many times as many, for a long hunt. */
const times = Number(process.env['MODEL_TIMES'] ?? 1)

/** Declares the test of a right store. */
export function itAgrees(engine: () => Engine, { histories: usualRuns, least }: ModelTest): void {
  const numRuns = usualRuns * times
  it(
    `agrees with the model in ${numRuns} random histories (MODEL_SEED=${seed})`,
    async () => {
      const coverage = emptyCoverage()
      const opened = engine()
      const property = fc.asyncProperty(histories, (history) => playHistory(opened, history, coverage))
      await fc.assert(property, { seed, numRuns })
      console.info(`${numRuns} histories: ${JSON.stringify(coverage)}`)
      for (const [name, count] of Object.entries({ ...leastPerHistory, ...least })) {
        expect(coverage[name as keyof Coverage], `${name} in ${numRuns} histories`).toBeGreaterThan(count * numRuns)
      }
    },
    300_000 * times,
  )
}

/** A history in which a wrong store is wrong. */
export interface Counterexample {
  readonly history: History
  readonly error: string
}

/** More are not needed to find a short one: shrinking ends where no single change makes a history simpler. */
const mostAttempts = 8

/** The shortest counterexample of a few, or the first that is short enough. @throws Error when there is none. */
export async function counterexample(engine: Engine, mostSteps: number, numRuns = 2000): Promise<Counterexample> {
  let shortest: Counterexample | undefined
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    const property = fc.asyncProperty(histories, (history) => playHistory(engine, history, emptyCoverage()))
    const details = await fc.check(property, { seed: seed + attempt, numRuns })
    if (details.counterexample === null) throw new Error(`no history of ${numRuns} shows that the store is wrong`)
    const [history] = details.counterexample
    if (shortest === undefined || history.steps.length < shortest.history.steps.length)
      shortest = { history, error: String(details.errorInstance) }
    if (shortest.history.steps.length <= mostSteps) break
  }
  return shortest as Counterexample
}
