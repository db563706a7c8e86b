/** The memory store with a million live nonces: what each takes, and the longest that a claim lets others wait. */
import { randomBytes } from 'node:crypto'
import { createMemoryReplayStore } from '@countersign/verifier'
import { digits, yesOrNo } from '../messages.mjs'
import { spread } from '../rounds.mjs'

const live = 1_000_000
const perSecond = Math.ceil(live / 60)

/** Claims between two looks at the clock, which counts microseconds. */
const batch = 100

export const parts = [{ name: 'store-memory', title: 'Memory store, 1,000,000 live nonces', run }]

async function run({ quick, progress }) {
  const runs = quick ? 1 : 5
  const samples = []
  for (let index = 0; index < runs; index++) {
    samples.push(await fill())
    progress(index + 1, runs)
  }
  const row = (name, key, most, unit) => {
    const { least, median, upper } = spread(samples.map((sample) => sample[key]))
    return [
      name,
      `${digits(median)} ${unit} (${digits(least)} to ${digits(upper)})`,
      `<= ${most} ${unit}`,
      yesOrNo(median <= most),
    ]
  }
  return {
    columns: ['', 'measured', 'target', 'reached'],
    rows: [
      row('memory of a nonce', 'bytes', 40, 'bytes'),
      row('a claim', 'microseconds', 0.8, 'microseconds'),
      row('longest pause', 'longestMilliseconds', 5, 'ms'),
    ],
    notes: [
      'Memory is that of the whole process after a collection (`node --expose-gc`), divided by the nonces that are live. ' +
        'Then as many claims again, while as many are forgotten. Time is CPU time of the process, which the work of ' +
        'others does not lengthen; the longest is that of 100 claims in a row, pauses of the collector included.',
    ],
  }
}

/** Honest traffic: so many claims in each second of the clock, each created now, accepted for 60 s. */
async function fill() {
  const store = createMemoryReplayStore({ startsFresh: true, maxEntries: 4 * live, maxEntriesPerPrincipal: 4 * live })
  const start = 1_800_000_000
  const keys = Array.from({ length: perSecond }, () => randomBytes(16).toString('base64url'))
  await collect()
  const before = memory()
  const claim = (second, key) => store.claim(claimOf(start + second, key))
  for (let second = 0; second < 60; second++) {
    for (const [index, key] of keys.entries()) claim(second, derived(key, second, index))
  }
  await collect()
  const bytes = (memory() - before) / (60 * perSecond)
  let longest = 0
  let used = 0
  for (let second = 60; second < 120; second++) {
    const fresh = keys.map((key, index) => derived(key, second, index))
    for (let first = 0; first < fresh.length; first += batch) {
      const begin = process.cpuUsage()
      for (const key of fresh.slice(first, first + batch)) claim(second, key)
      const { user, system } = process.cpuUsage(begin)
      used += user + system
      longest = Math.max(longest, user + system)
    }
  }
  return { bytes, microseconds: used / (60 * perSecond), longestMilliseconds: longest / 1000 }
}

function claimOf(created, key) {
  return { key, principal: 'partner-1', created, forgetAfter: created + 60, now: created, futureSkewSeconds: 10 }
}

/** Another key for each second, without the time of a hash. */
function derived(key, second, index) {
  return `${second.toString(36).padStart(2, '0')}${index.toString(36).padStart(4, '0')}${key.slice(6)}`
}

/** Arrays are freed a moment after they were found to be garbage. */
async function collect() {
  for (let times = 0; times < 3; times++) {
    globalThis.gc?.()
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

function memory() {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
