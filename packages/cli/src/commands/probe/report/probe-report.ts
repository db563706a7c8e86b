import { type ExitCode, exitCodes } from '../../../exit-codes.ts'
import { packageVersion } from '../../../version.ts'
import { caseGroups } from '../cases/all-cases.ts'
import type { CaseLevel, Severity } from '../cases/case.ts'
import { type Answer, isSuccess, shownAnswer } from '../session/answer.ts'
import type { SessionRecord } from '../session/session.ts'
import type { MeasuredWindow } from '../session/window.ts'
import type { ProbeTarget } from '../target/target.ts'
import { type Judged, judge, type Outcome } from '../verdict.ts'

/** One line of evidence, fit to be shown. */
export interface ReportedEvidence {
  readonly sent: string
  readonly expected: string
  readonly answer: string
  readonly accepted: number
  readonly wrong: boolean
}

/** What came of one case. */
export interface ReportedCase {
  readonly id: string
  readonly title: string
  readonly group: string
  readonly attacks: readonly number[]
  readonly level: CaseLevel
  readonly outcome: Outcome
  readonly severity: Severity
  readonly owasp: string
  readonly reason: string
  readonly advice: string
  readonly evidence: readonly ReportedEvidence[]
}

/** The result of a scan: every format is made of this, and nothing in it is secret. */
export interface ProbeReport {
  readonly tool: { readonly name: string; readonly version: string }
  readonly target: {
    readonly method: string
    readonly url: string
    readonly mode: 'key' | 'captured'
    readonly signed: 'rfc9421' | 'home-made' | 'none'
  }
  /** ISO 8601. */
  readonly started: string
  readonly milliseconds: number
  readonly requests: number
  /** Whether all cases were played that are for this target. */
  readonly complete: boolean
  readonly interrupted: boolean
  /** What cannot be told from this report, in sentences. */
  readonly remarks: readonly string[]
  readonly control: { readonly accepted: boolean; readonly answer: string }
  readonly count: { readonly perControl: number } | null
  readonly window: MeasuredWindow | null
  readonly summary: Readonly<Record<'findings' | 'implied' | 'held' | 'inconclusive' | 'notApplicable', number>>
  readonly cases: readonly ReportedCase[]
}

/** When a scan began, and how long it took. */
export interface ScanTime {
  /** Milliseconds since 1970. */
  readonly started: number
  readonly milliseconds: number
}

/** Makes the report of a session. */
export function probeReport(target: ProbeTarget, record: SessionRecord, time: ScanTime): ProbeReport {
  const { facts, redact, shownUrl } = target
  const judged = judge(record, { keyed: facts.keyed })
  const cases = judged.map((one) => reportedCase(one, target)).sort(byPlace)
  const { control, countPerControl } = record.reference
  const accepted = control !== undefined && isSuccess(control)
  return {
    tool: { name: 'countersign probe', version: packageVersion() },
    target: { method: facts.method, url: shownUrl, mode: facts.keyed ? 'key' : 'captured', signed: facts.signed },
    started: new Date(time.started).toISOString(),
    milliseconds: Math.round(time.milliseconds),
    requests: record.requests,
    complete: accepted && record.ended === undefined && !record.interrupted,
    interrupted: record.interrupted,
    remarks: remarksOf(target, record, { accepted, implied: count(cases, 'implied') > 0 }),
    control: { accepted, answer: control === undefined ? 'not sent' : redact(shownAnswer(control), 80) },
    count: countPerControl === undefined ? null : { perControl: countPerControl },
    window: record.window ?? null,
    summary: {
      findings: count(cases, 'finding'),
      implied: count(cases, 'implied'),
      held: count(cases, 'held'),
      inconclusive: count(cases, 'inconclusive'),
      notApplicable: count(cases, 'not-applicable'),
    },
    cases,
  }
}

const order: ReadonlyMap<string, number> = new Map(
  caseGroups.flatMap((group) => group.cases).map(({ id }, index) => [id, index]),
)
const groupOf: ReadonlyMap<string, string> = new Map(
  caseGroups.flatMap(({ title, cases }) => cases.map(({ id }) => [id, title] as const)),
)

function byPlace(left: ReportedCase, right: ReportedCase): number {
  return (order.get(left.id) ?? 0) - (order.get(right.id) ?? 0)
}

function count(cases: readonly ReportedCase[], outcome: Outcome): number {
  return cases.filter((one) => one.outcome === outcome).length
}

function reportedCase({ played, outcome, reason, evidence }: Judged, { facts, redact }: ProbeTarget): ReportedCase {
  const { id, title, attacks, level, severity, owasp, advice } = played.probeCase
  return {
    id,
    title,
    group: groupOf.get(id) ?? '',
    attacks,
    level,
    outcome,
    severity: typeof severity === 'function' ? severity(facts) : severity,
    owasp,
    reason: capital(redact(reason, 500)),
    advice,
    evidence: evidence.map((line) => ({ ...line, sent: redact(line.sent), answer: redact(line.answer, 120) })),
  }
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

interface Seen {
  readonly accepted: boolean
  readonly implied: boolean
}

function remarksOf({ facts }: ProbeTarget, record: SessionRecord, { accepted, implied }: Seen): readonly string[] {
  const { ended, interrupted, reference, serverNonces } = record
  const counted = reference.countPerControl
  return [
    ...(facts.keyed ? [] : [capturedRemark]),
    ...(accepted ? [] : [controlRemark(facts.keyed, reference.control)]),
    ...(accepted && ended === 'no control'
      ? ['The server stopped letting in fresh requests: the scan ended there.']
      : []),
    ...(ended === 'requests' ? ['The scan ended at its limit of requests: --max-requests raises it.'] : []),
    ...(ended === 'time' ? ['The scan ended at its limit of time: --time-limit raises it.'] : []),
    ...(interrupted ? ['The scan was interrupted: this is what it had found by then.'] : []),
    ...(accepted && reference.counted && counted === undefined
      ? ['The count could not be read: --count-url must answer 2xx, with a number in it.']
      : []),
    ...(accepted && counted !== undefined && counted !== 1
      ? [`The count rose by ${counted} with a request that was let in, and not by 1: it was not gone by.`]
      : []),
    ...(record.spentBy === undefined
      ? []
      : [`An altered copy was let in (${record.spentBy}) and spent the request: it was replayed in its place.`]),
    ...(record.replayedAtOnce === undefined
      ? []
      : [`The first altered copy that was let in (${record.replayedAtOnce}) was replayed at once.`]),
    ...(implied ? ['Some cases follow from others that found something. Mend those first, and scan again.'] : []),
    ...(serverNonces ? ['The server issues nonces: each fresh request was signed with one of them.'] : []),
  ]
}

const capturedRemark =
  'Without a key there are no fresh requests. Altered copies were sent first, then the request itself, which is the one control, and then replays of it.'
function controlRemark(keyed: boolean, control: Answer | undefined): string {
  if (control?.kind === 'silent') return `The server gave no answer to the control (${control.why}). Is it still there?`
  return keyed ? refusedRemark : capturedRefusedRemark
}

const refusedRemark =
  'The server did not let in a freshly signed request, so that refusals say nothing. Does it know the key, and is the URL the one that is signed?'
const capturedRefusedRemark =
  'The server did not let the request in, so that refusals say nothing. A signed request that was sent before is spent, and so is one whose altered copy was let in: capture one that was not sent.'

/** What is reported as a finding to scripts. */
export function findingsOf({ cases }: ProbeReport): readonly ReportedCase[] {
  return cases.filter(({ outcome, severity }) => outcome === 'finding' && severity !== 'info')
}

/** 130 for an interrupted scan, 1 for findings, 3 for a scan that came to no result, 0 for none. */
export function exitCodeOfReport(report: ProbeReport): ExitCode {
  if (report.interrupted) return exitCodes.interrupted
  if (findingsOf(report).length > 0) return exitCodes.no
  return report.complete ? exitCodes.done : exitCodes.failed
}
