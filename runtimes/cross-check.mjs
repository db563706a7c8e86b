#!/usr/bin/env node
import { runCommand } from './command.mjs'
import { crossCheck, referee } from './matrix.mjs'

const usage = `usage: node runtimes/cross-check.mjs [--only NAME,NAME] [--json]

Lets every runtime that is installed sign a request with every algorithm that it has, and every other verify it: once,
not with a bit changed, and not a second time. The last column is a referee that is none of our code: node:crypto, over
a signature base that is put together by hand. Run "pnpm -r build" first.

Exit code: 0 when all agree, 1 when one does not (with CI set, also when a runtime is absent), 2 for wrong arguments.
`

/** How the cells of the matrix name an algorithm. */
const letters = {
  'hmac-sha256': 'h',
  ed25519: 'e',
  'ecdsa-p256-sha256': '2',
  'ecdsa-p384-sha384': '3',
  'rsa-pss-sha512': 'p',
  'rsa-v1_5-sha256': 'r',
}

/** @param {Awaited<ReturnType<typeof crossCheck>>} result */
function print({ algorithms, cells }) {
  const signers = [...new Set(cells.map(({ signer }) => signer))]
  const verifiers = [...signers, referee]
  const widthOf = (name) => Math.max(algorithms.length, name.length) + 1
  const first = Math.max('signer'.length, ...signers.map((name) => name.length)) + 1
  console.log(`signer by row, verifier by column. ${algorithms.map((name) => `${letters[name]} ${name}`).join(', ')};`)
  console.log('- the runtime has not got it, X refused\n')
  console.log(' '.repeat(first) + verifiers.map((name) => name.padEnd(widthOf(name))).join(''))
  for (const signer of signers) {
    const marks = verifiers.map((verifier) => {
      const found = (algorithm) =>
        cells.find((cell) => cell.signer === signer && cell.verifier === verifier && cell.algorithm === algorithm)
      const mark = algorithms.map((algorithm) => markOf(found(algorithm))).join('')
      return mark.padEnd(widthOf(verifier))
    })
    console.log(signer.padEnd(first) + marks.join(''))
  }
  const refused = cells.filter(({ accepted }) => !accepted)
  for (const { signer, verifier, algorithm, reason } of refused) {
    console.log(`refused: ${verifier} verifies ${algorithm} of ${signer}: ${reason}`)
  }
  console.log(
    `\n${signers.length} signers, ${verifiers.length} verifiers, ${cells.length} pairs, ${refused.length} refused`,
  )
}

function markOf(cell) {
  if (cell === undefined) return '-'
  return cell.accepted ? letters[cell.algorithm] : 'X'
}

await runCommand({
  name: 'cross-check',
  usage,
  run: async (present, { values, absent }) => {
    const result = await crossCheck(present)
    if (values.json) console.log(JSON.stringify({ ...result, absent }))
    else print(result)
    return result.cells.length > 0 && result.cells.every(({ accepted }) => accepted)
  },
})
