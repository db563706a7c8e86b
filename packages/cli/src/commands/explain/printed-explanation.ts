import type { Cause } from '@countersign/verifier/doctor'
import { shownValue, withoutCredentials } from '../../terminal/credentials.ts'
import { type Paint, painter, printable } from '../../terminal/paint.ts'
import { readingColumns, wrap } from '../../terminal/wrap.ts'
import type { World } from '../../world.ts'
import { causesText, causeText, shownCauses } from '../printed-causes.ts'
import type { Difference } from './difference.ts'
import { bodyCause, likelyCause } from './likely-cause.ts'

/** What was found. */
export interface Explanation {
  /** undefined: there was nothing to compare with. */
  readonly differences: readonly Difference[] | undefined
  /** Whether the signature is over the base of the other side. undefined: nobody knows that base, or the key. */
  readonly otherBaseVerifies: boolean | undefined
  /** Whether the body is the one whose digest was sent. undefined: none was sent. */
  readonly bodyFits: boolean | undefined
  /** What the doctor found. undefined: there was no key. */
  readonly causes: readonly Cause[] | undefined
  readonly base: string
}

const sameBase = 'Both sides have the same signature base: then it is the key, its algorithm, the body, or the time.'

const withKey = ' Pass --key to have that tried.'

const allInOrder =
  'Signature, body and time are in order. What is left is policy: onEvent of the verifier tells the code of the refusal.'

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
  withheld: 'is not told by the other side: compare it by hand',
}

/** Prints an explanation: to be read, or as JSON. */
export function printExplanation(
  explanation: Explanation,
  { json, world }: { readonly json: boolean; readonly world: World },
): void {
  const { differences, otherBaseVerifies, bodyFits, causes } = explanation
  if (json) {
    world.stdout.write(`${JSON.stringify(described(explanation), null, 2)}\n`)
    return
  }
  const paint = painter(world.stdout, world.env)
  const columns = readingColumns(world.stdout)
  const parts = differences?.map((difference) => differenceText(difference, paint, columns)) ?? []
  // The doctor says it with more.
  if (bodyFits === false && causes === undefined) parts.push(bodyText(paint, columns))
  else if (differences?.every(({ kind }) => kind === 'withheld')) {
    parts.push(wrap(causes === undefined ? sameBase + withKey : sameBase, columns))
  }
  if (otherBaseVerifies !== undefined) parts.push(wrap(proofs[`${otherBaseVerifies}`], columns))
  if (causes !== undefined) {
    const said = causes.length === 0 ? wrap(allInOrder, columns) : causesText(causes, columns)
    parts.push([paint('bold', 'What was tried with the key'), said].join('\n'))
  }
  world.stdout.write(`${parts.join('\n\n')}\n`)
}

function described({ differences, otherBaseVerifies, bodyFits, causes, base }: Explanation): object {
  return {
    differences: differences?.map((difference) => ({ ...shown(difference), ...likelyCause(difference) })) ?? null,
    otherBaseVerifies: otherBaseVerifies ?? null,
    bodyFitsDigest: bodyFits ?? null,
    causes: causes ? shownCauses(causes) : null,
    signatureBase: withoutCredentials(base),
  }
}

/** A difference without the values of credentials. */
function shown({ identifier, kind, here, there }: Difference): Difference {
  const [shownHere, shownThere] = [here, there].map((value) => value && shownValue(identifier, value))
  return { identifier, kind, here: shownHere, there: shownThere }
}

function differenceText(difference: Difference, paint: Paint, columns: number): string {
  const { identifier, kind, here, there } = shown(difference)
  return [
    `${paint('red', printable(identifier))} ${notes[kind]}`,
    ...(here === undefined ? [] : [`  here   ${printable(here)}`]),
    ...(there === undefined ? [] : [`  there  ${printable(there)}`]),
    ...(kind === 'withheld' ? [] : [causeText(likelyCause(difference), columns)]),
  ].join('\n')
}

function bodyText(paint: Paint, columns: number): string {
  return `${paint('red', 'The body')} is not the one whose digest was sent\n${causeText(bodyCause, columns)}`
}
