import { type CaseDefinition, type ClaimParts, keyOf, type Trial, windowSeconds } from './trial.ts'

const maxEntries = 20

/** What a store does when it has no room. */
export const capacityCases: readonly CaseDefinition[] = [
  {
    name: 'refuses with replay_store_full when it is full, and forgets nothing',
    proves: 'a',
    needs: ['bounded'],
    run: async (open) => {
      const trial = await open({ maxEntries })
      const accepted = await fill(trial)
      for (const parts of accepted) await trial.expect(['replayed'], parts, 'a replay at a full store')
    },
  },
  {
    name: 'has room again when what it holds is too old to be accepted',
    proves: 'service',
    needs: ['bounded', 'travel'],
    run: async (open) => {
      const trial = await open({ maxEntries })
      for (let round = 0; round < 3; round++) {
        await fill(trial, round * 1000)
        // A store may group what it forgets, hence some windows more than one.
        trial.travel(5 * (windowSeconds.maxAge + windowSeconds.futureSkew))
      }
    },
  },
]

/** Twice as many messages as there is room for, each by another principal: what is full is the store. */
async function fill(trial: Trial, firstKey = 0): Promise<readonly ClaimParts[]> {
  const accepted: ClaimParts[] = []
  for (let number = 0; number < maxEntries * 2; number++) {
    const parts = { key: keyOf(firstKey + number), created: trial.now() - (number % 30), principal: `signer-${number}` }
    const allowed = number < maxEntries ? ['accepted' as const] : ['replay_store_full' as const]
    await trial.expect(allowed, parts, `message ${number + 1} at a store with room for ${maxEntries}`)
    if (number < maxEntries) accepted.push(parts)
  }
  return accepted
}
