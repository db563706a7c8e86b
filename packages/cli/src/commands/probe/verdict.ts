import { type Answer, bodyShape, isBusy, isSuccess, shownAnswer } from './session/answer.ts'
import type { Played, Reference, SessionRecord } from './session/session.ts'
import { allowedRuns, type Expectation, type Step } from './session/stage.ts'

/** What came of a case. `implied`: let in too, but that follows from another finding. */
export type Outcome = 'finding' | 'implied' | 'held' | 'inconclusive' | 'not-applicable'

/** One line of evidence. */
export interface Evidence {
  readonly sent: string
  readonly expected: string
  readonly answer: string
  /** How many of the copies were let in. */
  readonly accepted: number
  /** Whether this is what the finding is about. */
  readonly wrong: boolean
}

/** A case with its outcome. */
export interface Judged {
  readonly played: Played
  readonly outcome: Outcome
  /** Why it is so, in a sentence. */
  readonly reason: string
  readonly evidence: readonly Evidence[]
}

/** What is seen of a session when cases are judged. */
type Seen = Pick<SessionRecord, 'reference' | 'ended' | 'spentBy'> & { readonly keyed: boolean }

/** Judges every case, after all were played: only then it is known what the control was answered. */
export function judge(record: SessionRecord, { keyed }: { readonly keyed: boolean }): readonly Judged[] {
  const judged = record.played.map((played) => judgeCase(played, { ...record, keyed }))
  const found = new Set(judged.flatMap((one) => (one.outcome === 'finding' ? [one.played.probeCase.id] : [])))
  return judged.map((one) => {
    const root = one.played.probeCase.follows?.find((id) => found.has(id))
    const onlyLetIn = one.outcome === 'finding' && one.played.recording.notes.length === 0
    return root !== undefined && onlyLetIn ? { ...one, outcome: 'implied', reason: `follows from ${root}` } : one
  })
}

function judgeCase(played: Played, seen: Seen): Judged {
  const { recording, notApplicable } = played
  const evidence = recording.steps.map((step) => evidenceOf(step, recording.steps, seen.reference))
  const decide = (outcome: Outcome, reason: string): Judged => ({ played, outcome, reason, evidence })
  const skipped = notApplicable ?? recording.skipped
  if (skipped !== undefined) return decide('not-applicable', skipped)
  const finding = findingOf(played, evidence, seen.reference)
  if (finding !== undefined) return decide('finding', finding)
  const doubt = doubtOf(played, seen)
  return doubt === undefined ? decide('held', 'refused as it should be') : decide('inconclusive', doubt)
}

function findingOf(played: Played, evidence: readonly Evidence[], reference: Reference): string | undefined {
  const { recording } = played
  if (recording.notes.length > 0) return recording.notes.join('. ')
  const wrong = evidence.filter((line) => line.wrong)
  const extra = extraRuns(played, reference)
  const first = wrong[0]
  const counted = extra > 0 ? `the effect ran ${times(extra)} more than it may` : undefined
  if (first === undefined) return counted
  const others = wrong.length > 1 ? `, and ${wrong.length - 1} more` : ''
  const text = `${first.sent}: ${first.answer} where it should be ${first.expected}${others}`
  return counted === undefined ? text : `${text}; ${counted}`
}

/** Only a count that rose by one with the control is believed. */
function extraRuns({ recording, runs }: Played, { countPerControl }: Reference): number {
  if (runs === undefined || countPerControl !== 1) return 0
  return Math.max(0, runs - allowedRuns(recording.steps))
}

function doubtOf(played: Played, { reference, ended, spentBy, keyed }: Seen): string | undefined {
  const { recording, controlAfter, spentBefore, cutShort } = played
  const { control } = reference
  if (cutShort) return 'the scan ended amid this case'
  if (control === undefined || !isSuccess(control))
    return 'the request itself was never let in, so that a refusal says nothing'
  if (keyed && controlAfter !== true) {
    return ended === 'no control'
      ? 'the server did not let in a fresh request any more'
      : 'a fresh request was refused afterwards'
  }
  if (spentBefore && spentBy !== undefined) return `refused, but the request may have been spent by ${spentBy}`
  const answers = recording.steps.flatMap((step) => step.answers)
  if (answers.length > 0 && answers.every(isBusy)) return 'the server was busy, or limits the rate'
  if (
    answers.length > 0 &&
    answers.every((answer) => answer.kind === 'silent' && answer.why.startsWith('no connection'))
  ) {
    return 'the server could not be reached'
  }
  return recording.steps.some(({ expect, answers: some }) => expect !== 'once' && some.some(isBusy))
    ? 'the server was busy at times'
    : undefined
}

function evidenceOf(step: Step, steps: readonly Step[], reference: Reference): Evidence {
  const accepted = step.answers.filter((answer) => isAccepted(answer, reference)).length
  return {
    sent: step.what,
    expected: expectedTexts[step.expect],
    answer: shownAnswers(step.answers),
    accepted,
    wrong: isWrong(step, { accepted, steps, reference }),
  }
}

const expectedTexts: Readonly<Record<Expectation, string>> = {
  refused: 'refused',
  accepted: 'let in',
  once: 'let in once at most',
  unaffected: 'let in like any other, or refused',
  any: 'anything',
}

interface StepView {
  readonly accepted: number
  readonly steps: readonly Step[]
  readonly reference: Reference
}

function isWrong({ expect, answers, group }: Step, { accepted, steps, reference }: StepView): boolean {
  switch (expect) {
    case 'refused':
      return accepted > 0
    case 'accepted':
      // Without an answer, or from a busy server, it is in doubt.
      return accepted < answers.length && answers.every((answer) => answer.kind === 'response' && !isBusy(answer))
    case 'once':
      return accepted > 0 && letInOnce(steps, group, reference) > 1
    case 'unaffected':
      return answers.some((answer) => isAffected(answer, reference))
    case 'any':
      return false
  }
}

function letInOnce(steps: readonly Step[], group: string, reference: Reference): number {
  const answers = steps.filter((step) => step.expect === 'once' && step.group === group).flatMap((step) => step.answers)
  return answers.filter((answer) => isAccepted(answer, reference)).length
}

/** A success, unless the server says no with successes and this reads like a no. */
export function isAccepted(answer: Answer, { control, refusalShape }: Reference): boolean {
  if (answer.kind === 'silent' || !isSuccess(answer)) return false
  if (refusalShape === undefined || control?.kind !== 'response') return true
  const usual = bodyShape(control.response)
  return usual === refusalShape || bodyShape(answer.response) !== refusalShape
}

/** Routed elsewhere, or another success than usual: the server took the request for something else. */
function isAffected(answer: Answer, { control }: Reference): boolean {
  if (answer.kind === 'silent' || control?.kind !== 'response') return false
  const { status } = answer.response
  return [404, 405, 501].includes(status) || (isSuccess(answer) && status !== control.response.status)
}

/** "201 Created", or "1 × 201 Created, 19 × 401 Unauthorized". */
function shownAnswers(answers: readonly Answer[]): string {
  const counts = new Map<string, number>()
  for (const answer of answers) counts.set(shownAnswer(answer), (counts.get(shownAnswer(answer)) ?? 0) + 1)
  const [only] = counts.keys()
  if (answers.length === 1 && only !== undefined) return only
  return [...counts].map(([text, count]) => `${count} × ${text}`).join(', ') || 'no answer'
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`
}
