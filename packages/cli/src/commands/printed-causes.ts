import type { Cause } from '@countersign/verifier/doctor'
import { isCredentialField } from '../terminal/credentials.ts'
import { printable } from '../terminal/paint.ts'
import { wrap } from '../terminal/wrap.ts'

/** What most likely happened, and what to do about it. */
export interface CauseAndCure {
  readonly cause: string
  readonly cure: string
}

/** A cause and its cure, indented. */
export function causeText({ cause, cure }: CauseAndCure, columns: number): string {
  return `  ${wrap(printable(cause), columns, '  ')}\n  -> ${wrap(printable(cure), columns, '     ')}`
}

/** What the doctor has found, without the values of credentials that it names: the output ends up in tickets. */
export function shownCauses(causes: readonly Cause[]): readonly Cause[] {
  return causes.map((cause) => {
    const [, field = ''] = /^The signer sent ([^\s:]+): /.exec(cause.finding) ?? []
    return isCredentialField(field) ? { ...cause, finding: `The signer sent ${field} with another value.` } : cause
  })
}

/** What the doctor has found, in the order in which it should be mended. */
export function causesText(causes: readonly Cause[], columns: number): string {
  return shownCauses(causes)
    .map(({ cause, finding, cure, proven }) => {
      return `${cause} (${proven ? 'proven' : 'not proven'})\n${causeText({ cause: finding, cure }, columns)}`
    })
    .join('\n\n')
}
