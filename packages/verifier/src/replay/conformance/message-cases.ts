import type { ReplayStore } from '../replay-store.ts'
import { type CaseDefinition, insist, keyOf, type Trial, windowSeconds } from './trial.ts'

/** What a store does while the clock stands still. */
export const messageCases: readonly CaseDefinition[] = [
  {
    name: 'accepts a message once',
    proves: 'a',
    run: async (open) => {
      const trial = await open()
      const { expect } = trial
      await expect(['accepted'], { key: keyOf(1) }, 'a new message')
      await expect(['replayed'], { key: keyOf(1) }, 'the same message again')
      await expect(['replayed'], { key: keyOf(1) }, 'the same message a third time')
      await expect(['accepted'], { key: keyOf(2) }, 'a message with another key')
    },
  },
  {
    name: 'answers accepted, replayed or stale, and nothing else',
    proves: 'a',
    run: async (open) => {
      const trial = await open()
      const outdated = trial.now() - windowSeconds.maxAge - 60
      await trial.expect(['accepted'], { key: keyOf(1) }, 'a new message')
      await trial.expect(['replayed'], { key: keyOf(1) }, 'the same message again')
      await trial.expect(['stale'], { key: keyOf(2), created: outdated }, 'a message that is too old')
    },
  },
  {
    name: 'accepts one of 50 claims of a key that come at once',
    proves: 'a',
    run: async (open) => {
      const trial = await open()
      const claims = Array.from({ length: 50 }, () => trial.ask({ key: keyOf(1) }))
      const accepted = (await Promise.all(claims)).filter((answer) => answer === 'accepted').length
      if (accepted !== 1) throw new Error(`of 50 claims of one key at once the store accepted ${accepted}`)
    },
  },
  {
    name: 'accepts 200 keys that come at once',
    proves: 'service',
    run: async (open) => {
      const trial = await open()
      const claims = Array.from({ length: 200 }, (_value, number) =>
        trial.ask({ key: keyOf(number), principal: `signer-${number}` }),
      )
      for (const answer of await Promise.all(claims)) insist(answer, ['accepted'], 'one of 200 new keys at once')
    },
  },
  {
    name: 'accepts a key at one of several instances',
    proves: 'a',
    needs: ['shared'],
    run: async (open) => {
      const trial = await open()
      const others = [await trial.join(), await trial.join(), await trial.join()]
      for (let number = 0; number < 20; number++) await raceInstances(trial, others, keyOf(number))
    },
  },
  {
    name: 'knows a key again, whatever created it comes back with',
    proves: 'b',
    run: async (open) => {
      const trial = await open()
      const oldest = trial.margin - windowSeconds.maxAge
      const newest = windowSeconds.futureSkew - trial.margin
      const origins = [oldest, -17, 0, newest]
      for (const [number, first] of origins.entries()) {
        const key = keyOf(number)
        await trial.expect(['accepted'], { key, created: trial.now() + first }, `a key created at ${first} s`)
        for (let other = oldest; other <= newest; other++) {
          const situation = `a key accepted with created ${first} s, again with created ${other} s`
          await trial.expect(['replayed'], { key, created: trial.now() + other }, situation)
        }
      }
    },
  },
  {
    name: 'tells keys apart by every character',
    proves: 'service',
    run: async (open) => {
      const trial = await open()
      const tail = 'bcdefghijklmnopqrst_'
      const keys = [`a${tail}A`, `A${tail}A`, `a${tail.toUpperCase()}A`, `a${tail}Q`, `a${tail}w`, `-${tail}A`]
      for (const key of keys)
        await trial.expect(['accepted'], { key }, 'a key that differs in case or in one character')
    },
  },
  {
    name: 'accepts both edges of the window, and nothing beyond',
    proves: 'a',
    run: async (open) => {
      const { now, margin, expect } = await open()
      const oldest = (): number => now() - windowSeconds.maxAge
      const newest = (): number => now() + windowSeconds.futureSkew
      await expect(['stale'], { key: keyOf(1), created: oldest() - 1 - margin }, 'a message that is just too old')
      await expect(['accepted'], { key: keyOf(2), created: oldest() + margin }, 'the oldest message of the window')
      await expect(['stale'], { key: keyOf(3), created: newest() + 1 + margin }, 'a message from beyond the skew')
      await expect(['accepted'], { key: keyOf(4), created: newest() - margin }, 'the newest message of the window')
    },
  },
  {
    name: 'remembers nothing of what it refused as stale',
    proves: 'service',
    run: async (open) => {
      const { now, expect } = await open()
      const key = keyOf(1)
      await expect(['stale'], { key, created: now() - windowSeconds.maxAge - 60 }, 'a message that is too old')
      await expect(['stale'], { key, created: now() + windowSeconds.futureSkew + 60 }, 'a message from the future')
      await expect(['accepted'], { key }, 'the key of two messages that were refused as stale')
    },
  },
]

/** A key at every instance at once, and then once more at each. */
async function raceInstances(trial: Trial, others: readonly ReplayStore[], key: string): Promise<void> {
  const instances = [undefined, ...others]
  const answers = await Promise.all(instances.map((instance) => trial.ask({ key }, instance)))
  const accepted = answers.filter((answer) => answer === 'accepted').length
  if (accepted !== 1) throw new Error(`a key was accepted by ${accepted} of ${instances.length} instances at once`)
  for (const instance of instances) {
    insist(await trial.ask({ key }, instance), ['replayed'], 'a key that another instance may have accepted')
  }
}
