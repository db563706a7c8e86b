/** Fills a store with live nonces, and then claims some of them again: see scenes/crowds.ts. */
import { openSync, writeSync } from 'node:fs'
import type { ReplayClaim, ReplayStore } from '@countersign/verifier'
import { openStores } from './open-stores.ts'
import { doors, type VerifierTask } from './task.ts'

/** What it is told, as JSON. */
export interface FillingTask extends Pick<VerifierTask, 'engine' | 'tallies'> {
  /** How many nonces. */
  readonly count: number
  /** How many of them are claimed again. */
  readonly sample: number
}

const task: FillingTask = JSON.parse(process.argv[2] ?? '')
const clock = Date.now
const now = Math.floor(clock() / 1000)

/** Long enough for the filling. */
const lifeSeconds = 600

const bytes = Buffer.alloc(16)

function claimOf(number: number): ReplayClaim {
  bytes.writeUInt32BE(number)
  const created = now - (number % 300)
  const times = { created, forgetAfter: created + lifeSeconds, now: Math.floor(clock() / 1000), futureSkewSeconds: 10 }
  return { key: bytes.toString('base64url'), principal: 'alice', ...times }
}

/** How many claims are on their way at a time. */
const inFlight = 2000

/** Claims nonces, and writes down those of the sample that were accepted. */
async function claimAll(store: ReplayStore, numbers: readonly number[], tally: number): Promise<void> {
  const spacing = task.count / task.sample
  for (let from = 0; from < numbers.length; from += inFlight) {
    const part = numbers.slice(from, from + inFlight)
    const outcomes = await Promise.all(part.map((number) => store.claim(claimOf(number))))
    const accepted = part.filter((number, index) => outcomes[index] === 'accepted' && number % spacing === 0)
    writeSync(tally, accepted.map((number) => `/nonce/${number}\n`).join(''))
  }
}

async function run(): Promise<void> {
  const storeTask = { startsFresh: true, maxEntries: 2 * task.count, clock }
  const first = await openStores(task.engine, storeTask)
  const all = Array.from({ length: task.count }, (_value, number) => number)
  const sample = all.filter((number) => number % (task.count / task.sample) === 0)
  const files = { ours: openSync(task.tallies.ours, 'a'), wrong: openSync(task.tallies.wrong, 'a') }
  await claimAll(first.ours, all, files.ours)
  await claimAll(first.wrong, sample, files.wrong)
  // Another instance where there can be one, which has nothing in its memory.
  const again = task.engine.kind === 'memory' ? first : await openStores(task.engine, storeTask)
  for (const door of doors) await claimAll(again[door], sample, files[door])
  process.exit(0)
}

void run().catch((error: unknown) => {
  console.error(error)
  process.exit(1)
})
