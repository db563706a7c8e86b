import { parseArgs } from 'node:util'
import { createSignedFetch, signRequest } from '@countersign/client'
import { createAliceKeys } from './alice-keys.mjs'
import { attemptGroups } from './attacks.mjs'
import { startBank } from './bank-server.mjs'
import { amount, capture, takeApart, transferRequest } from './captured-request.mjs'
import { runAttempt } from './run-attempt.mjs'
import { serve } from './serve.mjs'
import { createPainter, tableLines } from './terminal.mjs'
import { baseLines, fieldsOf, requestLines } from './wire.mjs'

const usage = `Usage: npm start [-- options]

Shows a signed request, and what a bank does with it when it is sent again,
altered, delayed or forged. Exits with 1 if anything is not as expected.

  --serve     leave the bank open, and print curl commands to try
  --port N    where --serve listens (default: a free port)
  --help      print this text

NO_COLOR=1 turns colour off, FORCE_COLOR=1 on.`

const openingBalance = 1000
const paint = createPainter(process.stdout, process.env)

/** @param {string} text */
const print = (text = '') => console.log(text)

/** @returns {Promise<number>} the exit code */
async function demonstrate() {
  const alice = await createAliceKeys()
  let executed = 0
  const bank = await startBank({ keys: alice.bankKeys, openingBalance, onExecuted: () => executed++ })
  try {
    print('Alice pays Bob 100 at a bank that executes each signed request exactly once.')
    print('Then somebody who sees her requests tries to repeat, alter and forge them.')
    const hmac = await showHmac(bank.origin, alice.laptop)
    const ed25519 = await showEd25519(bank.origin, alice.phone)
    const original = await capture(bank.origin, { key: alice.laptop })
    const scene = { origin: bank.origin, laptop: alice.laptop, hmac, ed25519, original }
    const groups = await runAll(scene, () => executed)
    showResults(groups)
    const balanced = await showBalance(bank.origin, { key: alice.laptop, results: groups.flat() })
    showHint()
    return balanced && groups.flat().every(({ asExpected }) => asExpected) ? 0 : 1
  } finally {
    await bank.close()
  }
}

async function showHmac(origin, key) {
  const { request, base } = await signRequest(transferRequest(origin), { key })
  const captured = await takeApart(request)
  heading('1  On the wire: a transfer, signed with HMAC')
  print(requestLines(captured, paint).join('\n'))
  print(`
  content-digest   a hash of the body
  signature-input  what is signed (in brackets), when, the nonce that makes this
                   request unlike any other, and which key
  signature        the HMAC of the text below
Long lines are wrapped here. The secret itself never travels.`)
  heading('   The signature base: the text that is signed')
  print(baseLines(base, paint).join('\n'))
  print(`
The bank writes this text anew from what it received: if method, host, path,
query, type, digest, time, nonce or key were altered, the signature no longer
fits. Where two sides disagree, compare this text first.`)
  return captured
}

async function showEd25519(origin, key) {
  const { request } = await signRequest(transferRequest(origin), { key })
  const captured = await takeApart(request)
  heading('2  The same with Ed25519: the bank holds only the public key')
  print(fieldsOf(captured, ['signature-input', 'signature'], paint).join('\n'))
  print(`
The other fields are the same, and so is the base, but for its last line.`)
  return captured
}

/** One after the other: a replay needs something to replay. */
async function runAll(scene, executedSoFar) {
  const groups = []
  for (const attempts of attemptGroups) {
    const results = []
    for (const attempt of attempts) results.push(await runAttempt(attempt, scene, executedSoFar))
    groups.push(results)
  }
  return groups
}

function showResults(groups) {
  heading('3  What the bank did')
  const columns = [
    { title: 'attempt' },
    { title: 'status', right: true },
    { title: 'code' },
    { title: 'executed', right: true },
    { title: 'verdict', paint: (text) => paint(text === 'as expected' ? 'green' : 'red', text) },
  ]
  const rows = groups.map((results) => results.map(resultRow))
  print(tableLines(columns, rows, paint).join('\n'))
  print(`
"invalid" is all that a caller learns about a wrong signature, body or key. The
bank itself is told the exact reason (onEvent), for its logs.`)
}

/**
 * What came of an attempt, and what should have where that is something else.
 *
 * @param {import('./run-attempt.mjs').Result} result
 */
function resultRow({ attempt, answers, executed, asExpected }) {
  const { name, copies, expected } = attempt
  const outcomes = asExpected ? [{ answers, executed }] : [{ answers, executed }, expected]
  const verdict = asExpected ? 'as expected' : 'NOT AS EXPECTED'
  const allAnswers = outcomes.flatMap((outcome) => outcome.answers)
  const firstLineOnly = (texts) => {
    return outcomes.flatMap(({ answers }, index) => answers.map((_answer, line) => (line === 0 ? texts[index] : '')))
  }
  return [
    firstLineOnly([name, '  expected']),
    allAnswers.map(({ count, status }) => (copies === undefined ? String(status) : `${count} x ${status}`)),
    allAnswers.map(({ code }) => code),
    firstLineOnly(outcomes.map((outcome) => String(outcome.executed))),
    [verdict],
  ]
}

/** @returns {Promise<boolean>} whether the money agrees with the table */
async function showBalance(origin, { key, results }) {
  const signedFetch = createSignedFetch({ key })
  const response = await signedFetch(`${origin}/balance`)
  const { balance } = await response.json()
  const transfers = results.reduce((sum, { executed }) => sum + executed, 0)
  const sent = results.reduce((sum, { answers }) => answers.reduce((total, { count }) => total + count, sum), 0)
  const holds = balance === openingBalance - transfers * amount
  const verdict = holds ? paint('green', 'as expected') : paint('red', 'NOT AS EXPECTED')
  heading(`4  The money agrees with it: ${sent} requests sent, ${transfers} executed`)
  print(`  ${openingBalance} - ${transfers} x ${amount} ${holds ? '=' : 'is not'} ${balance}   ${verdict}`)
  print(`
Opening balance, executed transfers, and the closing balance that the bank gave
in answer to a signed GET /balance.`)
  return holds
}

function showHint() {
  print(`
Try it yourself: ${paint('bold', 'npm start -- --serve')} leaves the bank open, with curl commands.
Read on: README.md, and the whole server in examples/01-bank/bank-server.mjs.`)
}

function heading(text) {
  print(`\n${paint('bold', text)}\n`)
}

/**
 * @param {string[]} args
 * @returns {{ help: boolean, serve: boolean, port: number } | { mistake: string }}
 */
function readArguments(args) {
  try {
    const options = { help: { type: 'boolean', short: 'h' }, serve: { type: 'boolean' }, port: { type: 'string' } }
    const { help = false, serve = false, port } = parseArgs({ args, options }).values
    if (port !== undefined && !serve) return { mistake: '--port is for --serve' }
    if (port !== undefined && !(/^\d{1,5}$/.test(port) && Number(port) <= 65_535)) {
      return { mistake: '--port must be a number from 0 to 65535' }
    }
    return { help, serve, port: Number(port ?? 0) }
  } catch (error) {
    return { mistake: error.message.split('. ')[0] }
  }
}

/** @returns {Promise<number>} the exit code */
async function main(args) {
  const wanted = readArguments(args)
  if ('mistake' in wanted) {
    console.error(`${wanted.mistake}\nTry: npm start -- --help`)
    return 2
  }
  if (wanted.help) {
    print(usage)
    return 0
  }
  if (!wanted.serve) return demonstrate()
  try {
    return await serve({ port: wanted.port, paint })
  } catch (error) {
    if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') throw error
    console.error(`Port ${wanted.port} cannot be used: take another, or leave out --port for a free one`)
    return 1
  }
}

process.exitCode = await main(process.argv.slice(2))
