import { withoutCredentials } from '../../terminal/credentials.ts'
import { type Paint, painter, printable } from '../../terminal/paint.ts'
import { readingColumns, wrap } from '../../terminal/wrap.ts'
import type { World } from '../../world.ts'
import { causesText, shownCauses } from '../printed-causes.ts'
import type { VerificationReport, VerifiedKind } from './report.ts'
import { stepOf, steps } from './steps.ts'

type StepState = 'passed' | 'failed' | 'unknown'

/** What is said of the steps that nobody can check from here, or that look different from the other side. */
const notes: Readonly<Record<VerifiedKind, Readonly<Record<string, string>>>> = {
  request: {
    nonce: 'only the server knows whether it was used before',
    handler: 'runs when all else holds',
  },
  answer: {
    nonce: 'that of the request, which the signature has to cover',
    handler: 'the client gets what was signed',
  },
  'unbound response': {
    nonce: 'the signature tells its request from no other',
    handler: 'the client gets what was signed',
  },
}

/** Where the notes of the steps begin. */
const noteIndent = ' '.repeat(25)

/** Prints a report: as a checklist, or as JSON. */
export function printReport(
  report: VerificationReport,
  { json, base, world }: { readonly json: boolean; readonly base: boolean; readonly world: World },
): void {
  if (json) {
    world.stdout.write(`${JSON.stringify(described(report), null, 2)}\n`)
    return
  }
  const paint = painter(world.stdout, world.env)
  const columns = readingColumns(world.stdout)
  const parts = [checklist(report, paint, columns), verdict(report, paint, columns)]
  if (base && report.base !== undefined) {
    const shown = printable(withoutCredentials(report.base))
    parts.push([paint('bold', 'The signature base, as this side rebuilds it'), shown].join('\n'))
  }
  world.stdout.write(`${parts.join('\n\n')}\n`)
}

function stateOf(step: number, { refusal, kind }: VerificationReport): StepState {
  // What binds an answer to its request is covered: else it was refused.
  if (refusal === undefined) return step < (kind === 'answer' ? 7 : 6) ? 'passed' : 'unknown'
  const failed = stepOf[refusal.code]
  if (step < failed) return 'passed'
  return step === failed ? 'failed' : 'unknown'
}

function checklist(report: VerificationReport, paint: Paint, columns: number): string {
  const marks = { passed: paint('green', '✓'), failed: paint('red', '✗'), unknown: paint('dim', '·') }
  return steps
    .map((name, index) => {
      const state = stateOf(index + 1, report)
      const note = state === 'failed' ? report.refusal?.code : notes[report.kind][name]
      const start = `${marks[state]} ${index + 1}  ${name.padEnd(20)}`
      // Painted line by line: what colours has no width.
      const lines = wrap(note ?? '', columns, noteIndent).split('\n')
      const painted = lines.map((line) => {
        const text = line.trimStart()
        return line.slice(0, line.length - text.length) + paint(state === 'failed' ? 'red' : 'dim', text)
      })
      return `${start}${painted.join('\n')}`.trimEnd()
    })
    .join('\n')
}

function verdict(report: VerificationReport, paint: Paint, columns: number): string {
  const { keyId, refusal, causes, validity, kind } = report
  if (refusal === undefined) {
    const accepted = `${paint('green', 'accepted')}: signed by "${printable(keyId ?? '')}"`
    return kind === 'unbound response' ? `${accepted}\n${wrap(unboundText, columns)}` : accepted
  }
  const when = refusal.code === 'inactive_key' && validity !== undefined ? `\n${printable(validity)}` : ''
  const text = wrap(`refused: ${printable(refusal.message)}${when}`, columns)
  const reason = `${paint('red', 'refused')}${text.slice('refused'.length)}`
  if (causes.length === 0) return reason
  return [reason, '', paint('bold', 'What most likely happened'), causesText(causes, columns)].join('\n')
}

const unboundText =
  'It may be the answer to another request. A client that knows its requests refuses it: --request FILE checks that.'

function described(report: VerificationReport): object {
  const { keyId, refusal, causes, base, validity, kind } = report
  return {
    kind: kind === 'request' ? 'request' : 'response',
    accepted: refusal === undefined,
    boundToRequest: kind === 'request' ? null : kind === 'answer' && refusal === undefined,
    keyid: keyId ?? null,
    code: refusal?.code ?? null,
    reason: refusal?.message ?? null,
    validity: validity ?? null,
    steps: steps.map((name, index) => ({ step: index + 1, name, state: stateOf(index + 1, report) })),
    causes: shownCauses(causes),
    signatureBase: base === undefined ? null : withoutCredentials(base),
  }
}
