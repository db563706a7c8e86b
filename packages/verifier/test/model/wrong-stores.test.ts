import { describe, expect, it } from 'vitest'
import type { Flaw } from '../replay/flawed-store.ts'
import { flawedEngine, memoryEngine } from './engines.ts'
import { counterexample, itAgrees } from './model-test.ts'
import type { Engine } from './play-history.ts'

/** As many steps at most as it takes to tell what a store does wrong. */
const mostSteps = 6

const flaws: readonly Flaw[] = [
  'keeps for a while from first sight',
  'looks only where its created belongs',
  'evicts when it is full',
  'evicts and refuses when it is full',
  'forgets without raising the floor',
  'lets the floor follow the clock',
  'forgets by the window of the claim',
  'forgets a second too early',
  'loses its entries on a restart',
  'loses its floor on a restart',
  'starts as if fresh',
  'does not recheck the window',
  'remembers what it refused',
  'has entries of its own at each instance',
  'never forgets',
]

describe('a store that is right, and simpler', () => {
  itAgrees(flawedEngine, { histories: 2000, least: { replay_store_starting: 1 } })
})

describe('the model finds in few steps a store that', () => {
  it.each(flaws)('%s', (flaw) => isFound(flawedEngine(flaw)))

  it.each([
    ['lets one too many in', { total: 1, own: 0 }],
    ['lets a principal have one too many', { total: 0, own: 1 }],
  ])('%s', (_what, more) =>
    isFound(
      memoryEngine(({ maxEntries = 0, maxEntriesPerPrincipal = 0, ...options }) => ({
        ...options,
        maxEntries: maxEntries + more.total,
        maxEntriesPerPrincipal: maxEntriesPerPrincipal + more.own,
      })),
    ),
  )

  it('says after each restart that it starts fresh', () =>
    isFound(memoryEngine((options) => ({ ...options, startsFresh: true }))))
})

async function isFound(engine: Engine): Promise<void> {
  const { history, error } = await counterexample(engine, mostSteps)
  expect(history.steps.length, JSON.stringify(history.steps)).toBeLessThanOrEqual(mostSteps)
  expect(error).toMatch(/the store answered|was accepted/)
}
