import { expect } from 'vitest'
import { runFilling } from '../verifier/start-verifier.ts'
import type { Fault } from './fault.ts'

/** As many as a store has room for by default. A usual run has fewer where each is written to a disk. */
const most = 1_000_000
const usual = 100_000

/** How many of them are sent again. */
const sample = 1000

/** Whether all engines are filled to the most, which takes some minutes. */
const isLong = Boolean(process.env['UPDATE_FAULTS'])

/** Many at once. */
export const crowds: readonly Fault[] = [
  {
    name: 'the store is crowded',
    attacks: [4],
    story:
      '1,000,000 nonces are claimed at the store itself, and then 1,000 of them again, by another instance if there can be one. The wrong store holds those 1,000 alone',
    wrongFails: [],
    play: async (scene) => {
      const { engine, tallies } = scene.task()
      const isFast = engine.kind !== 'sqlite' && engine.kind !== 'postgres'
      const count = isLong || isFast ? most : usual
      await runFilling(scene.programs, { engine, tallies, count, sample })
      scene.countReplays(sample)
      expect(scene.runs().ours, 'of the sample was accepted').toBe(sample)
    },
  },
]
