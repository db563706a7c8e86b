import { type CaseDefinition, type ClaimParts, keyOf, refusals, type Trial, windowSeconds } from './trial.ts'

/** What a store does when it ends and starts again, and when it starts for the first time. */
export const restartCases: readonly CaseDefinition[] = [
  {
    name: 'accepts nothing a second time after restarts',
    proves: 'a',
    run: async (open) => {
      const trial = await open()
      const accepted = await acceptWindow(trial)
      for (let restarts = 1; restarts <= 2; restarts++) {
        await trial.restart()
        for (const parts of accepted) await trial.expect(refusals, parts, `a replay after restart ${restarts}`)
      }
    },
  },
  {
    name: 'remembers across a restart what it accepted, and serves at once',
    proves: 'a and b',
    needs: ['durable'],
    run: async (open) => {
      const trial = await open()
      const accepted = await acceptWindow(trial)
      await trial.restart()
      for (const parts of accepted) {
        await trial.expect(['replayed'], parts, 'a replay after a restart')
        const anew = { ...parts, created: trial.now() - 1 }
        await trial.expect(['replayed'], anew, 'a key with another created after a restart')
      }
      await trial.expect(['accepted'], { key: keyOf(100) }, 'a new message after a restart')
    },
  },
  {
    name: 'keeps its floor across a restart with the clock set back',
    proves: 'a',
    needs: ['durable', 'travel'],
    run: async (open) => {
      const trial = await open()
      const accepted = await acceptWindow(trial)
      trial.travel(600)
      await trial.expect(['accepted'], { key: keyOf(100) }, 'a new message ten minutes later')
      trial.travel(-600)
      await trial.restart()
      for (const parts of accepted) {
        await trial.expect(refusals, parts, 'a replay after a restart with the clock set back ten minutes')
      }
    },
  },
  {
    name: 'refuses a replay when a restart made the window longer',
    proves: 'a',
    needs: ['travel'],
    run: async (open) => {
      for (const forgets of [true, false]) {
        const trial = await open()
        const accepted = await acceptWindow(trial)
        trial.travel(100)
        if (forgets) await trial.expect(['accepted'], { key: keyOf(100) }, 'a new message 100 s later')
        await trial.restart()
        for (const parts of accepted) {
          const situation = 'a replay at a window of 600 s, accepted before the restart at one of 60 s'
          await trial.expect(refusals, { ...parts, maxAgeSeconds: 600 }, situation)
        }
      }
    },
  },
  {
    name: 'refuses, when it is new, whatever may have been accepted before it',
    proves: 'a',
    run: async (open) => {
      const trial = await open({ startsFresh: false })
      const offsets = [trial.margin - windowSeconds.maxAge, -30, 0, windowSeconds.futureSkew - trial.margin]
      for (const [number, offset] of offsets.entries()) {
        const parts = { key: keyOf(number), created: trial.now() + offset }
        await trial.expect(notYet, parts, `created ${offset} s from the start of a store without a history`)
      }
    },
  },
  {
    name: 'serves, once its start is over, what was created since',
    proves: 'service',
    needs: ['travel'],
    run: async (open) => {
      const trial = await open({ startsFresh: false })
      const before = { key: keyOf(1), created: trial.now() + windowSeconds.futureSkew }
      await trial.expect(notYet, before, 'a message that may have been accepted before the start')
      trial.travel(windowSeconds.futureSkew + 1)
      await trial.expect(['accepted'], { key: keyOf(2) }, 'a message created after the start and the skew')
      await trial.expect(notYet, before, 'a message that may have been accepted before the start, later')
    },
  },
]

/** `replayed` would be a lie of a store that has seen nothing. */
const notYet = ['stale', 'replay_store_starting'] as const

/** Has messages from the whole window accepted. */
async function acceptWindow(trial: Trial): Promise<readonly ClaimParts[]> {
  const offsets = [trial.margin - windowSeconds.maxAge, -30, 0, windowSeconds.futureSkew - trial.margin]
  const messages = offsets.map((offset, number) => ({ key: keyOf(number), created: trial.now() + offset }))
  for (const parts of messages) await trial.expect(['accepted'], parts, 'a new message')
  return messages
}
