import { withoutCredentials } from '../../terminal/credentials.ts'
import { type Paint, painter, printable } from '../../terminal/paint.ts'
import { wrap } from '../../terminal/wrap.ts'
import type { World } from '../../world.ts'
import type { VerificationReport } from './report.ts'
import { stepOf, steps } from './steps.ts'

/** What is said of a step that was not reached, or cannot be checked from here. */
const unknownSteps: Readonly<Record<string, string>> = {
  nonce: 'only the server knows whether it was used before',
  handler: 'runs when all else holds',
}

type StepState = 'passed' | 'failed' | 'unknown'

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
  const columns = Math.min(world.stdout.columns, 100)
  const parts = [checklist(report, paint), verdict(report, paint, columns)]
  if (base && report.base !== undefined) {
    const shown = printable(withoutCredentials(report.base))
    parts.push([paint('bold', 'The signature base, as this side rebuilds it'), shown].join('\n'))
  }
  world.stdout.write(`${parts.join('\n\n')}\n`)
}

function stateOf(step: number, { refusal }: VerificationReport): StepState {
  if (refusal === undefined) return step < 6 ? 'passed' : 'unknown'
  const failed = stepOf[refusal.code]
  if (step < failed) return 'passed'
  return step === failed ? 'failed' : 'unknown'
}

function checklist(report: VerificationReport, paint: Paint): string {
  return steps
    .map((name, index) => {
      const state = stateOf(index + 1, report)
      const mark = { passed: paint('green', '✓'), failed: paint('red', '✗'), unknown: paint('dim', '·') }[state]
      const note =
        state === 'failed' ? (report.refusal?.code ?? '') : state === 'unknown' ? (unknownSteps[name] ?? '') : ''
      return `${mark} ${index + 1}  ${name.padEnd(20)}${state === 'failed' ? paint('red', note) : paint('dim', note)}`.trimEnd()
    })
    .join('\n')
}

function verdict(report: VerificationReport, paint: Paint, columns: number): string {
  const { keyId, refusal, diagnosis, validity } = report
  if (refusal === undefined) return `${paint('green', 'accepted')}: signed by "${printable(keyId ?? '')}"`
  const when = refusal.code === 'inactive_key' && validity !== undefined ? `\n${printable(validity)}` : ''
  // Painted after it was wrapped: what colours has no width.
  const text = wrap(`refused: ${printable(refusal.message)}${when}`, columns)
  const reason = `${paint('red', 'refused')}${text.slice('refused'.length)}`
  if (diagnosis === undefined) return reason
  return [reason, '', paint('bold', 'What most likely happened'), printable(diagnosis.text)].join('\n')
}

function described(report: VerificationReport): object {
  const { keyId, refusal, diagnosis, base, validity } = report
  return {
    accepted: refusal === undefined,
    keyid: keyId ?? null,
    code: refusal?.code ?? null,
    reason: refusal?.message ?? null,
    validity: validity ?? null,
    steps: steps.map((name, index) => ({ step: index + 1, name, state: stateOf(index + 1, report) })),
    causes: diagnosis?.causes ?? [],
    signatureBase: base ?? null,
  }
}
