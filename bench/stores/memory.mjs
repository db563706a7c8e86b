/** The memory store with a million live nonces: what each takes, and the longest that a claim lets others wait. */
import { randomFillSync } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { createMemoryReplayStore } from '@countersign/verifier'
import { digits, yesOrNo } from '../messages.mjs'
import { spread } from '../rounds.mjs'

const live = 1_000_000
const perSecond = Math.ceil(live / 60)

/** Claims between two looks at the clock. */
const batch = 100

export const parts = [{ name: 'store-memory', title: 'Memory store, 1,000,000 live nonces', run }]

async function run({ quick, progress }) {
  const runs = quick ? 1 : 5
  const [samples, idle] = [[], []]
  // The first run warms up.
  for (let index = 0; index <= runs; index++) {
    const room = { maxEntries: 4 * live, maxEntriesPerPrincipal: 4 * live }
    const sample = await serve(createMemoryReplayStore({ startsFresh: true, ...room }))
    const idleSample = await serve({ claim: ({ key }) => (key.length === 22 ? 'accepted' : 'replayed') })
    if (index === 0) continue
    samples.push(sample)
    idle.push(idleSample)
    progress(index, runs)
  }
  const row = (name, from, key, { unit, most }) => {
    const { least, median, upper } = spread(from.map((sample) => sample[key]))
    const aim = most === undefined ? ['', ''] : [`<= ${most} ${unit}`, yesOrNo(median <= most)]
    return [name, `${digits(median)} ${unit} (${digits(least)} to ${digits(upper)})`, ...aim]
  }
  return {
    columns: ['', 'measured', 'target', 'reached'],
    rows: [
      row('memory of a nonce', samples, 'bytes', { unit: 'bytes', most: 40 }),
      row('the same a minute later', samples, 'bytesLater', { unit: 'bytes' }),
      row('a claim', samples, 'microseconds', { unit: 'microseconds', most: 0.8 }),
      row('longest pause', samples, 'pause', { unit: 'ms', most: 5 }),
      row('longest pause with a store that does nothing', idle, 'pause', { unit: 'ms' }),
    ],
    notes: [
      'Memory is that of the whole process after a collection (`node --expose-gc`), divided by the nonces of 60 s. Then ' +
        'as many claims again, while as many are forgotten: a claim is what one of these takes, in CPU time of the ' +
        'process, which the work of others does not lengthen. The longest pause is that of 100 claims in a row in both ' +
        'minutes, collector included: the time on the clock, less the time in which the system kept the thread ' +
        'waiting for a processor. Each claim is made right before it is used. When the claims of a whole second were ' +
        'made at once, the collector moved them, and a store that does nothing had pauses of 5 to 7 ms.',
    ],
  }
}

/** Honest traffic: so many claims in each second of the clock, each created now, accepted for 60 s. */
async function serve(store) {
  await collect()
  const before = memory()
  const first = serveMinute(store, 1_800_000_000)
  await collect()
  const bytes = (memory() - before) / (60 * perSecond)
  const second = serveMinute(store, 1_800_000_060)
  await collect()
  const bytesLater = (memory() - before) / (60 * perSecond)
  return { bytes, bytesLater, microseconds: second.microseconds, pause: Math.max(first.pause, second.pause) }
}

function serveMinute(store, start) {
  const clock = openClock()
  let [pause, used, count] = [0, 0, 0]
  for (let now = start; now < start + 60; now++) {
    for (let served = 0; served < perSecond; served += batch) {
      const claims = claimsOf(now)
      const [begin, beginCpu] = [clock.milliseconds(), process.cpuUsage()]
      for (const claim of claims) if (store.claim(claim) !== 'accepted') throw new Error('an honest claim is refused')
      const { user, system } = process.cpuUsage(beginCpu)
      pause = Math.max(pause, clock.milliseconds() - begin)
      used += user + system
      count += batch
    }
  }
  clock.close()
  return { pause, microseconds: used / count }
}

/**
 * A clock that stands still while this thread waits for a processor. Linux counts these nanoseconds exactly, but CPU
 * time by the tick of 4 ms. Elsewhere they are not known, and the work of others counts.
 */
function openClock() {
  const buffer = Buffer.alloc(64)
  let file
  try {
    file = openSync('/proc/thread-self/schedstat')
  } catch {
    return { milliseconds: () => performance.now(), close: () => {} }
  }
  const waited = () => Number(buffer.latin1Slice(0, readSync(file, buffer, 0, 64, 0)).split(' ')[1])
  return { milliseconds: () => performance.now() - waited() / 1e6, close: () => closeSync(file) }
}

const bytes = Buffer.alloc(16 * batch)

/**
 * Claims that are made right before they are used, as a server has them: what were made for a whole second would live
 * long enough to be moved by the collector, and most of each pause would be that of the benchmark.
 */
function claimsOf(now) {
  randomFillSync(bytes)
  return Array.from({ length: batch }, (_, index) => ({
    key: bytes.toString('base64url', 16 * index, 16 * index + 16),
    principal: 'partner-1',
    created: now,
    forgetAfter: now + 60,
    now,
    futureSkewSeconds: 10,
  }))
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
