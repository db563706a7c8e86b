#!/usr/bin/env node
/** Says where the time of one contestant goes: its own time by function, from the profiler of V8. */
import { Session } from 'node:inspector/promises'
import { parseArgs } from 'node:util'
import { digits } from './messages.mjs'
import { works } from './works.mjs'

const usage = `usage: node bench/profile.mjs WORK [CONTESTANT] [--lines N]

  WORK        a part of "node bench/run.mjs --list" that signs or verifies: verify-hmac-256
  CONTESTANT  its name in the table (default: countersign)
  --lines N   how many functions (default: 25)
`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { lines: { type: 'string', default: '25' }, help: { type: 'boolean', default: false } },
})
const [workName, contestantName = 'countersign'] = positionals
const entry = works.find(({ name }) => name === workName)
if (values.help || entry === undefined) {
  process.stdout.write(usage)
  process.exit(values.help ? 0 : 2)
}
const contestants = []
for (const make of entry.contestants) contestants.push(await make(entry.work))
const contestant = contestants.find(({ name }) => name === contestantName)
if (contestant === undefined)
  throw new Error(`no contestant has this name: ${contestants.map(({ name }) => name).join(', ')}`)

const total = 200_000
const inputs = await contestant.prepare(total)
for (const input of inputs.slice(0, total / 4)) await contestant.run(input)
const session = new Session()
session.connect()
await session.post('Profiler.enable')
await session.post('Profiler.setSamplingInterval', { interval: 100 })
await session.post('Profiler.start')
const measured = inputs.slice(total / 4)
const start = performance.now()
for (const input of measured) await contestant.run(input)
const nanoseconds = ((performance.now() - start) * 1e6) / measured.length
const { profile } = await session.post('Profiler.stop')

const own = new Map()
for (const [index, id] of profile.samples.entries()) own.set(id, (own.get(id) ?? 0) + profile.timeDeltas[index])
const byFunction = new Map()
for (const { id, callFrame } of profile.nodes) {
  const place = callFrame.url.replace(/^.*\/(node_modules|packages|bench)\//, '')
  const label = `${callFrame.functionName || '(anonymous)'} ${place}${place === '' ? '' : `:${callFrame.lineNumber + 1}`}`
  byFunction.set(label, (byFunction.get(label) ?? 0) + (own.get(id) ?? 0))
}
const all = [...byFunction.values()].reduce((sum, time) => sum + time, 0)
console.log(`${contestantName}, ${entry.title}: ${digits(nanoseconds / 1000)} microseconds`)
for (const [label, time] of [...byFunction]
  .sort(([, left], [, right]) => right - left)
  .slice(0, Number(values.lines))) {
  console.log(`${((100 * time) / all).toFixed(1).padStart(6)} %  ${label}`)
}
