import { type Answer, isAlike, isBusy, isSuccess, noAnswerInTime, shownAnswer } from './session/answer.ts'
import type { Played, Reference, SessionRecord } from './session/session.ts'
import { allowedRuns, type Expectation, type Step } from './session/stage.ts'
import { readingOf } from './session/yardstick.ts'

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
type Seen = Pick<SessionRecord, 'reference' | 'ended' | 'spentBy'> & {
  readonly keyed: boolean
  /** The same bytes were let in every time, so that nothing that was let in has spent anything. */
  readonly forgetful: boolean
}

/** Judges every case, after all were played: only then it is known what the control was answered. */
export function judge(record: SessionRecord, { keyed }: { readonly keyed: boolean }): readonly Judged[] {
  const seen: Seen = { ...record, keyed, forgetful: isForgetful(record) }
  const judged = record.played.map((played) => judgeCase(played, seen))
  const found = new Set(judged.flatMap((one) => (one.outcome === 'finding' ? [one.played.probeCase.id] : [])))
  return judged.map((one) => {
    const root = one.played.probeCase.follows?.find((id) => found.has(id))
    const { notes, routed } = one.played.recording
    const onlyLetIn = one.outcome === 'finding' && (routed || notes.length === 0)
    return root !== undefined && onlyLetIn ? { ...one, outcome: 'implied', reason: `follows from ${root}` } : one
  })
}

/** Of many copies at once, each of several workers gets some: one that remembers would show. */
function isForgetful({ played, reference }: SessionRecord): boolean {
  const copies = played.find(({ probeCase }) => probeCase.id === 'replay-concurrent')?.recording.steps[0]
  return copies !== undefined && copies.answers.length > 1 && countAccepted(copies, reference) === copies.answers.length
}

function judgeCase(played: Played, seen: Seen): Judged {
  const { recording, notApplicable } = played
  const evidence = recording.steps.map((step) => evidenceOf(step, played, seen.reference))
  const decide = (outcome: Outcome, reason: string): Judged => ({ played, outcome, reason, evidence })
  if (notApplicable !== undefined) return decide('not-applicable', notApplicable)
  const finding = findingOf(played, evidence, seen.reference)
  if (finding !== undefined) return decide('finding', finding)
  if (recording.skipped !== undefined) return decide('not-applicable', recording.skipped)
  const doubt = doubtOf(played, seen)
  return doubt === undefined ? decide('held', 'refused as it should be') : decide('inconclusive', doubt)
}

function findingOf(played: Played, evidence: readonly Evidence[], reference: Reference): string | undefined {
  const { recording } = played
  if (recording.notes.length > 0) return recording.notes.join('. ')
  const wrong = evidence.filter((line) => line.wrong)
  const extra = extraRuns(played, reference)
  const first = wrong[0]
  const counted = countedText(extra)
  if (first === undefined) return extra !== undefined && extra > 0 ? counted : undefined
  const others = wrong.length > 1 ? `, and ${wrong.length - 1} more` : ''
  const text = `${first.sent}: ${first.answer} where it should be ${first.expected}${others}`
  return counted === undefined || first.accepted === 0 ? text : `${text}; ${counted}`
}

/** By how much the effect ran too often. Only a count that rose by one with the control is believed. */
function extraRuns({ recording, runs }: Played, reference: Reference): number | undefined {
  if (runs === undefined || reference.countPerControl !== 1) return undefined
  const isLetIn = (answer: Answer): boolean => readingOf(answer, reference.yardstick) === 'let in'
  return runs - allowedRuns(recording.steps, isLetIn)
}

function countedText(extra: number | undefined): string | undefined {
  if (extra === undefined) return undefined
  if (extra > 0) return `the effect ran ${times(extra)} more than it may`
  return 'the effect did not run for it, as the count says'
}

function doubtOf(played: Played, seen: Seen): string | undefined {
  const { recording, cutShort } = played
  const { control, yardstick } = seen.reference
  if (cutShort) return 'the scan ended amid this case'
  if (control === undefined || readingOf(control, yardstick) !== 'let in')
    return 'the request itself was never let in, so that a refusal says nothing'
  return doubtOfControls(played, seen) ?? doubtOfAnswers(recording.steps, seen.reference)
}

function doubtOfControls(played: Played, { reference, ended, spentBy, keyed, forgetful }: Seen): string | undefined {
  if (keyed && played.controlAfter !== true) {
    return ended === 'no control'
      ? 'the server did not let in a fresh request any more'
      : 'a fresh request was refused afterwards'
  }
  const controls = played.recording.steps.filter(({ expect }) => expect === 'control')
  if (controls.some((step) => countAccepted(step, reference) < step.answers.length)) {
    return 'a fresh request was refused amid this case'
  }
  if (!played.spentBefore || forgetful) return undefined
  return `refused, but the request may have been spent by ${spentBy ?? 'an altered copy that came past before'}`
}

function doubtOfAnswers(steps: readonly Step[], { yardstick }: Reference): string | undefined {
  const answers = steps.flatMap((step) => step.answers)
  const isUnreached = (answer: Answer): boolean => answer.kind === 'silent' && answer.why.startsWith('no connection')
  if (answers.length > 0 && answers.every(isBusy)) return 'the server was busy, or limits the rate'
  if (answers.length > 0 && answers.every(isUnreached)) return 'the server could not be reached'
  const telling = steps.flatMap((step) => (step.expect === 'any' ? [] : step.answers))
  if (steps.some(({ expect, answers: some }) => expect !== 'once' && some.some(isBusy))) {
    return 'the server was busy at times'
  }
  if (telling.some((answer) => answer.kind === 'silent' && answer.why === noAnswerInTime)) {
    return 'the server gave no answer at times, which is no refusal'
  }
  return telling.some((answer) => readingOf(answer, yardstick) === 'unclear')
    ? 'an answer of 2xx read neither like that of a control nor like a refusal'
    : undefined
}

function evidenceOf(step: Step, played: Played, reference: Reference): Evidence {
  const accepted = countAccepted(step, reference)
  return {
    sent: step.what,
    expected: expectedTexts[step.expect],
    answer: shownAnswers(step.answers),
    accepted,
    wrong: isWrong(step, { accepted, played, reference }),
  }
}

const expectedTexts: Readonly<Record<Expectation, string>> = {
  refused: 'refused',
  accepted: 'let in',
  control: 'let in',
  once: 'let in once at most',
  alike: 'let in once at most, as what was signed',
  unaffected: 'let in like any other, or refused',
  any: 'anything',
}

interface StepView {
  readonly accepted: number
  readonly played: Played
  readonly reference: Reference
}

function isWrong(step: Step, { accepted, played, reference }: StepView): boolean {
  const { expect, answers } = step
  switch (expect) {
    case 'refused':
      return accepted > 0
    case 'accepted':
      // Without an answer, from a busy server, or where fresh requests are refused as well, it is in doubt.
      return (
        accepted < answers.length &&
        answers.every((answer) => answer.kind === 'response' && !isBusy(answer)) &&
        played.controlAfter === true
      )
    case 'once':
      return accepted > 0 && letInOfGroup(step, played, reference) > 1
    case 'alike':
      return accepted > 0 && (letInOfGroup(step, played, reference) > 1 || answers.some(isOther(reference)))
    case 'unaffected':
      return answers.some((answer) => isAffected(answer, reference))
    case 'control':
    case 'any':
      return false
  }
}

function letInOfGroup({ expect, group }: Step, { recording }: Played, reference: Reference): number {
  return recording.steps
    .filter((step) => step.expect === expect && step.group === group)
    .reduce((sum, step) => sum + countAccepted(step, reference), 0)
}

/** A success of another kind than the control had. */
function isOther({ control }: Reference): (answer: Answer) => boolean {
  return (answer) => control !== undefined && isSuccess(answer) && !isAlike(answer, control)
}

/** What is answered alike without any proof, and otherwise than the control, is open to all: nobody was let in. */
function countAccepted({ answers, bare }: Step, reference: Reference): number {
  const isOpen = (answer: Answer): boolean => bare !== undefined && isAlike(bare, answer) && isOther(reference)(answer)
  return answers.filter((answer) => readingOf(answer, reference.yardstick) === 'let in' && !isOpen(answer)).length
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
