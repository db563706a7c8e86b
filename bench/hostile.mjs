/** Signature fields that are made to be slow: what a character of them costs must not grow with their length. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createRequestMessage, parseSignatures, readSignatureInput, signatureBase } from '@countersign/core'
import { digits, yesOrNo } from './messages.mjs'
import { spread } from './rounds.mjs'

export const parts = [{ name: 'hostile', title: 'Hostile signature fields, without limits', run }]

const noLimits = { maxFieldLength: 1e9, maxSignatures: 1e9, maxComponents: 1e9 }
const sizes = [10_240, 102_400, 1_048_576]

/** Each makes fields of about so many characters. */
const attacks = {
  'many labels': (size) =>
    fields(repeat(size / 60, (index) => [`l${index}=("@method");created=1;keyid="k"`, `l${index}=:AAAA:`])),
  'many parameters': (size) =>
    fields([[`a=("@method")${repeat(size / 12, (index) => `;p${index}=${index}`).join('')}`, 'a=:AAAA:']]),
  'many components': (size) => fields([[`a=(${repeat(size / 10, (index) => `"x${index}"`).join(' ')})`, 'a=:AAAA:']]),
  'many component parameters': (size) =>
    fields([[`a=("x"${repeat(size / 12, (index) => `;p${index}=${index}`).join('')})`, 'a=:AAAA:']]),
  'a long nonce': (size) => fields([[`a=("@method");nonce="${'n'.repeat(size)}"`, 'a=:AAAA:']]),
  'a long escaped nonce': (size) => fields([[`a=("@method");nonce="${'\\"'.repeat(size / 2)}"`, 'a=:AAAA:']]),
  'a long signature': (size) => fields([['a=("@method")', `a=:${'A'.repeat(size & ~3)}:`]]),
  'parentheses in names': (size) => fields([[`a=(${repeat(size / 8, () => `"x)"`).join(' ')})`, 'a=:AAAA:']]),
  spaces: (size) => fields([[`a=(${' '.repeat(size)}"@method")`, 'a=:AAAA:']]),
  'lists that never end': (size) =>
    fields([[repeat(size / 14, (index) => `a${index}=("@method"`).join(', '), 'a=:AAAA:']]),
  'many lines': (size) => repeat(size / 40, (index) => ['Signature-Input', `l${index}=("@method");created=1`]),
}

async function run({ quick, progress }) {
  const rounds = quick ? 7 : 25
  const usual = costs(rounds, (done) => progress(done, 2 * names.length))
  const roomy = await costsWithRoom(rounds)
  const rows = names.map((name, index) => {
    const growth = growthOf(roomy[index])
    return [name, ...usual[index].map(digits), digits(growthOf(usual[index])), digits(growth), yesOrNo(growth < 1.2)]
  })
  const columns = [
    'nanoseconds a character',
    ...sizes.map((size) => `${size / 1024} KiB`),
    'growth',
    'growth apart from the collector',
    'below 1.2',
  ]
  return {
    columns,
    rows,
    notes: [
      'The least of many runs. Growth is the larger of the two steps. *Apart from the collector* is the same with a young ' +
        'generation of 128 MiB: in the usual one a mebibyte of fields does not fit as objects, so that all of them are ' +
        'copied twice before they are garbage.',
    ],
  }
}

const names = Object.keys(attacks)

/** For each attack, what a character costs at each size. */
function costs(rounds, onDone = () => {}) {
  return names.map((name, index) => {
    const row = sizes.map((size) => costOf(attacks[name](size), rounds))
    onDone(index + 1)
    return row
  })
}

function growthOf(row) {
  return Math.max(...row.slice(1).map((cost, at) => cost / row[at]))
}

/** The same in a process whose young objects have room. */
async function costsWithRoom(rounds) {
  const execArgv = ['--min-semi-space-size=128', '--max-semi-space-size=128']
  const child = fork(fileURLToPath(import.meta.url), [String(rounds)], { execArgv })
  const [answer] = await once(child, 'message')
  return answer
}

/** Nanoseconds of one character: reading the fields, each input, and each base, up to the refusal. */
function costOf(lines, rounds) {
  const headers = lines.map(([name, value]) => [name, Buffer.from(value, 'latin1').toString('latin1')])
  const length = headers.reduce((sum, [, value]) => sum + value.length, 0)
  const repeats = Math.max(1, Math.round(400_000 / length))
  const samples = []
  for (let round = 0; round < rounds; round++) {
    const begin = process.hrtime.bigint()
    for (let index = 0; index < repeats; index++) read(headers)
    samples.push(Number(process.hrtime.bigint() - begin) / repeats / length)
  }
  return spread(samples).least
}

function read(headers) {
  try {
    const message = createRequestMessage({ method: 'GET', url: 'https://bank.example/', headers })
    for (const { innerList } of parseSignatures(message, noLimits))
      signatureBase(message, readSignatureInput(innerList))
  } catch {
    // Refused, as most of them are.
  }
}

function fields(pairs) {
  return [
    ['Signature-Input', pairs.map(([input]) => input).join(', ')],
    ['Signature', pairs.map(([, signature]) => signature).join(', ')],
  ]
}

function repeat(count, make) {
  return Array.from({ length: Math.floor(count) }, (_value, index) => make(index))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.send(costs(Number(process.argv[2])))
