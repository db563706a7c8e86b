/**
 * @typedef {import('./conversation.mjs').Answer} Answer
 * @typedef {import('./runner-folder.mjs').Disagreement} Disagreement
 * @typedef {import('./vectors.mjs').Test} Test
 *
 * @typedef {object} Verdict
 * @property {number} agreed tests that were answered as expected
 * @property {number} unaskable refusals that a library was not asked for, since its functions cannot say it
 * @property {{ disagreement: Disagreement, ids: string[] }[]} disagreements reviewed ones
 * @property {string[]} failures
 * @property {Set<string>} checked the ids of tests that were answered as expected
 */

/**
 * Compares answers with what the vectors expect. Both ways, what is not as `disagreements.json` says fails: a new
 * difference may be a mistake of ours, and one that has gone must not hide the next.
 *
 * @param {import('./runner-folder.mjs').Runner} runner
 * @param {Test[]} tests those that it was asked
 * @param {Map<string, Answer>} answers
 * @param {Map<string, string>} [invalid] the signatures that it made and that do not verify, and why
 * @returns {Verdict}
 */
export function judge({ disagreements }, tests, answers, invalid = new Map()) {
  const reviewed = new Map(disagreements.flatMap((entry) => entry.ids.map((id) => [id, entry])))
  /** @type {Verdict} */
  const verdict = { agreed: 0, unaskable: 0, disagreements: [], failures: [], checked: new Set() }
  const found = new Map(disagreements.map((entry) => [entry, []]))
  for (const test of tests) {
    const answer = answers.get(test.id)
    if (answer === undefined) continue
    const entry = reviewed.get(test.id)
    reviewed.delete(test.id)
    if (entry === undefined && isUnaskable(test, answer)) {
      verdict.unaskable++
      continue
    }
    const difference = differenceOf(test, answer, invalid.get(test.id))
    if (difference === undefined) {
      if (entry === undefined) agree(verdict, test)
      else verdict.failures.push(`${test.id}: it agrees now. Take it out of disagreements.json`)
    } else if (entry?.theirs === difference.theirs) found.get(entry).push(test.id)
    else verdict.failures.push(`${test.id}: ${difference.text}. The RFC decides who is right`)
  }
  for (const id of reviewed.keys()) {
    verdict.failures.push(`${id}: disagreements.json names it, but it was not asked or not answered`)
  }
  verdict.disagreements = [...found].map(([disagreement, ids]) => ({ disagreement, ids }))
  return verdict
}

/** Whoever has no way to ask for a bad signature gets none. That is neither an agreement nor a disagreement. */
function isUnaskable({ type, expect }, { result }) {
  return type === 'sign' && expect.result === 'reject' && result === 'skip'
}

function agree(verdict, { id }) {
  verdict.agreed++
  verdict.checked.add(id)
}

/**
 * @param {Test} test
 * @param {Answer} answer
 * @param {string | undefined} invalid
 * @returns {{ theirs: string, text: string } | undefined} undefined: the answer is the expected one
 */
function differenceOf({ expect, steps }, { result, reason, steps: verdicts }, invalid) {
  const said = reason === undefined ? '' : ` (${reason})`
  if (steps !== undefined) {
    const expected = steps.map(verdictOf).join(', ')
    const actual = (verdicts ?? []).join(', ')
    return expected === actual ? undefined : { theirs: result, text: `expected ${expected}, answered ${actual}${said}` }
  }
  if (result !== expect.result) return { theirs: result, text: `expected ${expect.result}, answered ${result}${said}` }
  if (invalid === undefined || result !== 'accept') return undefined
  return { theirs: 'invalid', text: `its signature: ${invalid}` }
}

/** What a runner says of a step of a sequence. */
function verdictOf({ copies, expect: { result } }) {
  if (copies === undefined) return result
  return `${result === 'accept' ? 1 : 0} of ${copies}`
}
