import type { Diagnosis } from '@countersign/verifier/doctor'
import { shownValue } from '../../terminal/credentials.ts'
import { type Paint, painter, printable } from '../../terminal/paint.ts'
import { wrap } from '../../terminal/wrap.ts'
import type { World } from '../../world.ts'
import type { Difference } from './difference.ts'
import { bodyCause, type LikelyCause, likelyCause } from './likely-cause.ts'

/** What was found. */
export interface Explanation {
  /** undefined: there was nothing to compare with. */
  readonly differences: readonly Difference[] | undefined
  /** Whether the signature is over the base of the other side. undefined: nobody knows that base, or the key. */
  readonly otherBaseVerifies: boolean | undefined
  /** Whether the body is the one whose digest was sent. undefined: none was sent. */
  readonly bodyFits: boolean | undefined
  /** undefined: there was no key. */
  readonly diagnosis: Diagnosis | undefined
  readonly base: string
}

const sameBase = 'Both sides have the same signature base: then it is the key, its algorithm, the body, or the time.'

const withKey = ' Pass --key to have that tried.'

const proofs = {
  true: 'The signature is over the base of the other side: the key is right, and what differs is the cause.',
  false:
    'The signature is not over the base of the other side: that base is of another attempt, was changed when it was copied, or was signed with another key.',
} as const

const notes: Readonly<Record<Difference['kind'], string>> = {
  'other value': 'has another value there',
  'only here': 'is not there',
  'only there': 'is not here',
  'other place': 'stands in another place there',
  withheld: 'the server does not tell: compare it by hand',
}

/** Prints an explanation: to be read, or as JSON. */
export function printExplanation(
  explanation: Explanation,
  { json, world }: { readonly json: boolean; readonly world: World },
): void {
  const { differences, otherBaseVerifies, bodyFits, diagnosis, base } = explanation
  if (json) {
    const described = differences?.map((difference) => ({ ...difference, ...likelyCause(difference) })) ?? null
    const checks = { otherBaseVerifies: otherBaseVerifies ?? null, bodyFitsDigest: bodyFits ?? null }
    const causes = diagnosis?.causes ?? null
    world.stdout.write(
      `${JSON.stringify({ differences: described, ...checks, causes, signatureBase: base }, null, 2)}\n`,
    )
    return
  }
  const paint = painter(world.stdout, world.env)
  const columns = Math.min(world.stdout.columns, 100)
  const parts = differences?.map((difference) => differenceText(difference, paint, columns)) ?? []
  // The doctor says it with more.
  if (bodyFits === false && diagnosis === undefined) parts.push(bodyText(paint, columns))
  else if (differences?.every(({ kind }) => kind === 'withheld')) {
    parts.push(wrap(diagnosis === undefined ? sameBase + withKey : sameBase, columns))
  }
  if (otherBaseVerifies !== undefined) parts.push(wrap(proofs[`${otherBaseVerifies}`], columns))
  if (diagnosis !== undefined)
    parts.push([paint('bold', 'What was tried with the key'), printable(diagnosis.text)].join('\n'))
  world.stdout.write(`${parts.join('\n\n')}\n`)
}

function differenceText(difference: Difference, paint: Paint, columns: number): string {
  const { identifier, kind, here, there } = difference
  const { cause, cure } = likelyCause(difference)
  return [
    `${paint('red', printable(identifier))} ${notes[kind]}`,
    ...(here === undefined ? [] : [`  here   ${printable(shownValue(identifier, here))}`]),
    ...(there === undefined ? [] : [`  there  ${printable(shownValue(identifier, there))}`]),
    ...(kind === 'withheld' ? [] : [causeText({ cause, cure }, columns)]),
  ].join('\n')
}

function bodyText(paint: Paint, columns: number): string {
  return `${paint('red', 'The body')} is not the one whose digest was sent\n${causeText(bodyCause, columns)}`
}

function causeText({ cause, cure }: LikelyCause, columns: number): string {
  return `  ${wrap(cause, columns, '  ')}\n  -> ${wrap(cure, columns, '     ')}`
}
