import { createReferenceModel, type ReferenceModel } from './reference-model.ts'
import { type CaseDefinition, type ClaimParts, insist, keyOf, type Trial, windowSeconds } from './trial.ts'

/** How many histories are played, and which. */
export interface HistoryOptions {
  readonly histories: number
  readonly seed: number
  /** A store that is not durable cannot know that the clock was set back while it did not run. */
  readonly durable: boolean
  /** Whether each part of the keys has a floor of its own. */
  readonly partitioned: boolean
}

const steps = 60

/** What a store does in situations that nobody thought of. */
export function historyCases(options: HistoryOptions): readonly CaseDefinition[] {
  return [
    {
      name: 'accepts no message twice in random histories of clocks, windows and restarts',
      proves: 'a and b',
      needs: ['travel'],
      run: (open) => playAll(options, async (random) => playWild(await open(), random, options)),
    },
    {
      name: 'agrees with a store that never forgets while the clock goes forward',
      proves: 'b',
      run: (open) => playAll(options, async (random) => playForward(await open(), random)),
    },
  ]
}

/** A number from `from` to `to`, both included. */
type RandomInteger = (from: number, to: number) => number

async function playAll(
  { histories, seed }: HistoryOptions,
  play: (random: RandomInteger) => Promise<void>,
): Promise<void> {
  for (let index = 0; index < histories; index++) {
    try {
      await play(randomIntegers(seed * 65_537 + index))
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error)
      throw new Error(`history ${index} of seed ${seed}: ${detail}`, { cause: error })
    }
  }
}

/** Mulberry32. The histories are the same wherever they are played: a failure can be played again. */
function randomIntegers(seed: number): RandomInteger {
  let state = seed >>> 0
  return (from, to) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return from + (((mixed ^ (mixed >>> 14)) >>> 0) % (to - from + 1))
  }
}

/** A clock that jumps, windows that change, restarts, and an attacker who sends again whatever was accepted. */
async function playWild(trial: Trial, random: RandomInteger, options: HistoryOptions): Promise<void> {
  const model = createReferenceModel(options)
  const captured: ClaimParts[] = []
  let latest = trial.now()
  for (let step = 0; step < steps; step++) {
    const event = random(1, 100)
    trial.travel(event <= 10 ? random(-700, 700) : random(0, 20))
    latest = Math.max(latest, trial.now())
    if (event > 94) {
      if (!options.durable) trial.travel(latest - trial.now())
      await trial.restart()
    }
    const replay = captured[random(0, captured.length * 2)]
    const parts = { ...(replay ?? newMessage(trial, random)), maxAgeSeconds: [10, 60, 600][random(0, 2)] ?? 60 }
    if (await isAccepted(trial, parts, model)) captured.push(parts)
  }
}

function newMessage(trial: Trial, random: RandomInteger): Required<Pick<ClaimParts, 'key' | 'created'>> {
  return {
    key: keyOf(random(0, 9)),
    created: trial.now() + random(-windowSeconds.maxAge - 10, windowSeconds.futureSkew + 5),
  }
}

async function isAccepted(trial: Trial, parts: ClaimParts, model: ReferenceModel): Promise<boolean> {
  if ((await trial.ask(parts)) !== 'accepted') return false
  const wrong = model.accepted(parts.key, parts.created ?? trial.now())
  if (wrong !== undefined) throw new Error(wrong)
  return true
}

/** With a clock that goes forward, the first message of a key is accepted, and no second one while the first is acceptable. */
async function playForward(trial: Trial, random: RandomInteger): Promise<void> {
  const acceptableUntil = new Map<string, number>()
  for (let step = 0; step < steps; step++) {
    if (trial.margin === 0) trial.travel(random(0, 20))
    const key = keyOf(random(0, 39))
    const created = trial.now() + random(trial.margin - windowSeconds.maxAge, windowSeconds.futureSkew - trial.margin)
    const until = acceptableUntil.get(key)
    const answer = await trial.ask({ key, created })
    if (until === undefined) insist(answer, ['accepted'], 'a key that was never seen')
    else if (until >= trial.now()) insist(answer, ['replayed'], 'a key whose message is still acceptable')
    // Later the store may have forgotten the key, or not.
    if (answer === 'accepted') acceptableUntil.set(key, created + windowSeconds.maxAge)
  }
}
