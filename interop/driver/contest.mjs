import { converse } from './conversation.mjs'
import { judge } from './judge.mjs'
import { missingCommand, prepare } from './toolchain.mjs'
import { concerns, lacking } from './vectors.mjs'

/**
 * @typedef {import('./runner-folder.mjs').Runner} Runner
 * @typedef {import('./vectors.mjs').Test} Test
 *
 * @typedef {object} Outcome
 * @property {Runner} runner
 * @property {'passed' | 'failed' | 'absent'} state
 * @property {string[]} problems
 * @property {Test[]} asked
 * @property {Test[]} skipped tests that need what the runner lacks
 * @property {import('./judge.mjs').Verdict} verdict
 * @property {{ verified: number, exact: number, algorithms: number }} signed what it signed and we verified
 */

/**
 * Builds one runner, asks it all tests that concern it, and judges its answers.
 *
 * @param {Runner} runner
 * @param {object} input
 * @param {import('./vectors.mjs').Keys} input.keys
 * @param {Test[]} input.tests the vectors
 * @param {Test[]} input.signing messages to sign, for runners that sign
 * @param {() => Promise<(test: Test, fields: [string, string][]) => Promise<{ exact: boolean }>>} input.loadVerifier
 * @param {boolean} input.ci whether an absent toolchain is a failure
 * @param {(text: string) => void} input.progress
 * @returns {Promise<Outcome>}
 */
export async function contest(runner, { keys, tests, signing, loadVerifier, ci, progress }) {
  const concerning = [...tests, ...(runner.signs ? signing : [])].filter((test) => concernsRunner(runner, test))
  const asked = concerning.filter((test) => lacking(runner, test).length === 0)
  const skipped = concerning.filter((test) => lacking(runner, test).length > 0)
  const nothing = { agreed: 0, unaskable: 0, disagreements: [], failures: [], checked: new Set() }
  const none = { runner, asked, skipped, verdict: nothing, signed: { verified: 0, exact: 0, algorithms: 0 } }

  const missing = missingCommand(runner)
  if (missing !== undefined) {
    const problem = `"${missing}" does not succeed. tools/install/languages.sh installs what Debian has`
    return { ...none, state: ci ? 'failed' : 'absent', problems: [problem] }
  }
  progress('building')
  const { problem } = prepare(runner)
  if (problem !== undefined) return { ...none, state: 'failed', problems: [`it cannot be built: ${problem}`] }
  progress(`answering ${asked.length} tests`)
  const { answers, problems } = await converse(runner, { keys, tests: asked })
  const { invalid, signed } = await verifySigned({ runner, asked, answers, keys }, loadVerifier)
  const verdict = judge(runner, asked, answers, invalid)
  problems.push(...verdict.failures)
  return { ...none, state: problems.length === 0 ? 'passed' : 'failed', problems, verdict, signed }
}

/** The messages to sign are of the profile, which a library needs not know to sign them. */
function concernsRunner(runner, test) {
  return test.group === 'signing' || concerns(runner, test)
}

/** Verifies the signatures that a runner made. */
async function verifySigned({ runner, asked, answers, keys }, loadVerifier) {
  const invalid = new Map()
  const signed = { verified: 0, exact: 0, algorithms: 0 }
  if (!runner.signs) return { invalid, signed }
  const verify = await loadVerifier()
  const algorithms = new Set()
  for (const test of asked.filter(({ type }) => type === 'sign')) {
    const answer = answers.get(test.id)
    if (answer?.result !== 'accept') continue
    try {
      const { exact } = await verify(test, answer.fields ?? [])
      signed.verified++
      if (exact) signed.exact++
      algorithms.add(keys[test.key].algorithm)
    } catch (error) {
      invalid.set(test.id, /** @type {Error} */ (error).message)
    }
  }
  return { invalid, signed: { ...signed, algorithms: algorithms.size } }
}
