import { type CaseDefinition, keyOf, refusals, windowSeconds } from './trial.ts'

/** What a store does when time passes, forwards and backwards. */
export const clockCases: readonly CaseDefinition[] = [
  {
    name: 'remembers a message to the last second in which it is acceptable',
    proves: 'a',
    needs: ['travel'],
    run: async (open) => {
      const trial = await open()
      const start = trial.now()
      // More than the width of a usual bucket, so that each second of one is the first and the last.
      const count = 40
      for (let number = 0; number < count; number++) {
        const created = start + number + windowSeconds.futureSkew
        await trial.expect(['accepted'], { key: keyOf(number), created }, 'a message from the edge of the future')
        trial.travel(1)
      }
      trial.travel(start + windowSeconds.futureSkew + windowSeconds.maxAge - trial.now())
      for (let number = 0; number < count; number++) {
        const parts = { key: keyOf(number), created: start + number + windowSeconds.futureSkew }
        await trial.expect(['replayed'], parts, 'a message again in its last second')
        trial.travel(1)
        await trial.expect(['stale', 'replayed'], parts, 'a message again one second after its last')
      }
    },
  },
  {
    name: 'refuses a replay after the clock was set back behind what it forgot',
    proves: 'a',
    needs: ['travel'],
    run: async (open) => {
      const trial = await open()
      const accepted = [-windowSeconds.maxAge, -30, 0, windowSeconds.futureSkew].map((offset, number) => {
        return { key: keyOf(number), created: trial.now() + offset }
      })
      for (const parts of accepted) await trial.expect(['accepted'], parts, 'a new message')
      trial.travel(600)
      await trial.expect(['accepted'], { key: keyOf(100) }, 'a new message ten minutes later')
      trial.travel(-600)
      for (const parts of accepted) await trial.expect(refusals, parts, 'a replay, the clock set back ten minutes')
    },
  },
  {
    name: 'refuses a replay after the clock went forward for a moment',
    proves: 'a',
    needs: ['travel'],
    run: async (open) => {
      const trial = await open()
      const parts = { key: keyOf(1), created: trial.now() }
      const ahead = { key: keyOf(2), created: trial.now() + 3600 }
      await trial.expect(['accepted'], parts, 'a new message')
      trial.travel(3600)
      await trial.ask(ahead)
      await trial.ask({ key: keyOf(3), created: trial.now() - windowSeconds.maxAge })
      trial.travel(-3599)
      await trial.expect(refusals, parts, 'a replay, the clock having been an hour ahead for a moment')
      trial.travel(3600)
      await trial.expect(refusals, ahead, 'a replay of what was accepted while the clock was ahead')
    },
  },
  {
    name: 'keeps the messages of a long window while short ones are served',
    proves: 'a and b',
    needs: ['travel'],
    run: async (open) => {
      const trial = await open()
      const long = { key: keyOf(1), created: trial.now(), maxAgeSeconds: 600 }
      await trial.expect(['accepted'], long, 'a new message at a verifier with a window of 600 s')
      for (let number = 2; number < 40; number++) {
        trial.travel(15)
        await trial.expect(['accepted'], { key: keyOf(number) }, 'a new message at a verifier with a window of 60 s')
        await trial.expect(['replayed'], long, `a replay at the long window after ${(number - 1) * 15} s`)
      }
      trial.travel(long.created + 600 - trial.now())
      await trial.expect(['replayed'], long, 'a replay in the last second of the long window')
      await trial.expect(
        ['replayed'],
        { ...long, created: trial.now() },
        'the key of the long window with a new created',
      )
    },
  },
  {
    name: 'refuses at a long window what a short one has accepted',
    proves: 'a',
    needs: ['travel'],
    run: async (open) => {
      const trial = await open()
      const parts = { key: keyOf(1), created: trial.now() }
      await trial.expect(['accepted'], parts, 'a new message at a verifier with a window of 60 s')
      trial.travel(200)
      await trial.expect(['accepted'], { key: keyOf(2) }, 'a new message 200 s later')
      await trial.expect(
        refusals,
        { ...parts, maxAgeSeconds: 600 },
        'the first one at a verifier with a window of 600 s',
      )
    },
  },
  {
    name: 'goes on accepting what is new for as long as it runs',
    proves: 'service',
    needs: ['travel'],
    run: async (open) => {
      const trial = await open()
      for (let number = 0; number < 200; number++) {
        await trial.expect(['accepted'], { key: keyOf(number) }, `a new message after ${number * 37} s of service`)
        trial.travel(37)
      }
    },
  },
]
