/** Signing and verifying: one part for each entry of works.mjs. */
import { measure, ratios, spread } from './rounds.mjs'
import { works } from './works.mjs'

export const parts = works.map((work) => ({
  name: work.name,
  title: work.title,
  run: (options) => time(work, options),
}))

async function time({ work, contestants: makers, most, faster }, { quick, progress }) {
  const contestants = []
  for (const make of makers) contestants.push(await make(work))
  const rounds = quick ? 60 : work.body.length > 4096 ? 120 : 400
  const samples = await measure(contestants, { rounds, onRound: (round) => progress(round + 1, rounds) })
  const [bare] = contestants
  const ours = samples.get('countersign')
  const rows = contestants.map(({ name }) => {
    const own = samples.get(name)
    const aim = aimOf({ most: most[name], faster: faster[name] }, { own, bare: samples.get(bare.name), ours })
    return [name, microseconds(own), ...timesBare(own, samples.get(bare.name)), times(ratios(own, ours)), ...aim]
  })
  return { columns: ['', 'microseconds', 'times bare', 'least of both', 'times ours', 'target', 'reached'], rows }
}

function aimOf({ most, faster }, { own, bare, ours }) {
  if (most !== undefined) return [`<= ${most} x bare`, yesOrNo(spread(ratios(own, bare)).median <= most)]
  if (faster !== undefined) return [`>= ${faster} x ours`, yesOrNo(spread(ratios(own, ours)).median >= faster)]
  return ['', '']
}

/** On a machine that others use, the least of many rounds is nearest to what the work itself takes. */
function timesBare(own, bare) {
  return [times(ratios(own, bare)), digits(spread(own).least / spread(bare).least)]
}

export function yesOrNo(reached) {
  return reached ? 'yes' : '**no**'
}

function microseconds(nanoseconds) {
  const { lower, median, upper } = spread(nanoseconds)
  return `${digits(median / 1000)} (${digits(lower / 1000)} to ${digits(upper / 1000)})`
}

function times(list) {
  const { lower, median, upper } = spread(list)
  return `${digits(median)} (${digits(lower)} to ${digits(upper)})`
}

/** Three digits that mean something. */
export function digits(value) {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}
