import { isDeepStrictEqual } from 'node:util'
import { send } from './captured-request.mjs'

/**
 * @typedef {import('./attacks.mjs').Attempt} Attempt
 * @typedef {import('./attacks.mjs').Outcome} Outcome
 * @typedef {Outcome & { attempt: Attempt, asExpected: boolean }} Result
 */

/**
 * Makes an attempt, and compares what came of it with what should have.
 *
 * @param {Attempt} attempt
 * @param {import('./attacks.mjs').Scene} scene
 * @param {() => number} executedSoFar how often the handler of the bank ran
 * @returns {Promise<Result>}
 */
export async function runAttempt(attempt, scene, executedSoFar) {
  const request = await attempt.request(scene)
  const before = executedSoFar()
  const answers = await Promise.all(Array.from({ length: attempt.copies ?? 1 }, () => send(request)))
  const outcome = { answers: countAlike(answers), executed: executedSoFar() - before }
  return { ...outcome, attempt, asExpected: isDeepStrictEqual(outcome, attempt.expected) }
}

/**
 * @param {readonly { status: number, code: string }[]} answers
 * @returns {Outcome['answers']} by status and code
 */
function countAlike(answers) {
  const names = answers.map(({ status, code }) => `${status} ${code}`)
  return [...new Set(names)].sort().map((name) => {
    const [status, code] = name.split(' ')
    return { count: names.filter((other) => other === name).length, status: Number(status), code }
  })
}
