/**
 * Times several contestants beside each other on a machine that others use too: in short slices, each round in another
 * order, so that what disturbs one slice disturbs each contestant as often. Medians and ratios within a round bear it.
 */

/**
 * @typedef {object} Contestant
 * @property {string} name
 * @property {(count: number) => unknown[] | Promise<unknown[]>} prepare makes inputs that were never used. Not timed.
 * @property {(input: any) => unknown} run is timed. A promise is awaited.
 * @property {() => Promise<void>} check throws unless it does right what is to be timed.
 */

/**
 * @param {readonly Contestant[]} contestants
 * @param {{ rounds: number, sliceMilliseconds?: number, onRound?: (round: number) => void }} options
 * @returns {Promise<Map<string, number[]>>} nanoseconds of one run, for each round, by name
 */
export async function measure(contestants, { rounds, sliceMilliseconds = 1, onRound = () => {} }) {
  for (const contestant of contestants) await contestant.check()
  const counts = new Map()
  for (const contestant of contestants) counts.set(contestant, await calibrate(contestant, sliceMilliseconds))
  const samples = new Map(contestants.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const contestant of shuffled(contestants)) {
      samples.get(contestant.name).push(await slice(contestant, counts.get(contestant)))
    }
    onRound(round)
  }
  return samples
}

/** Warms up, and finds how often a contestant runs in one slice. */
async function calibrate(contestant, sliceMilliseconds) {
  let count = 8
  let nanoseconds = 0
  for (const end = performance.now() + 400; performance.now() < end; ) {
    nanoseconds = await slice(contestant, count)
    count = Math.max(100, Math.min(2000, Math.round((sliceMilliseconds * 1e6) / nanoseconds)))
  }
  return count
}

async function slice({ prepare, run }, count) {
  const inputs = await prepare(count)
  // What their making left is not collected at the expense of whoever comes next.
  globalThis.gc?.({ type: 'minor' })
  const start = process.hrtime.bigint()
  for (const input of inputs) {
    const result = run(input)
    if (typeof result?.then === 'function') await result
  }
  return Number(process.hrtime.bigint() - start) / inputs.length
}

/** A copy in an order by chance. */
export function shuffled(list) {
  const copy = [...list]
  for (let index = copy.length - 1; index > 0; index--) {
    const other = Math.floor(Math.random() * (index + 1))
    ;[copy[index], copy[other]] = [copy[other], copy[index]]
  }
  return copy
}

/** @returns {{ least: number, lower: number, median: number, upper: number }} */
export function spread(samples) {
  const sorted = [...samples].sort((left, right) => left - right)
  const at = (part) => sorted[Math.round(part * (sorted.length - 1))]
  return { least: sorted[0], lower: at(0.25), median: at(0.5), upper: at(0.75) }
}

/** The ratio of two contestants in each round, so that a slow moment of the machine counts for both. */
export function ratios(samples, reference) {
  return samples.map((sample, round) => sample / reference[round])
}
