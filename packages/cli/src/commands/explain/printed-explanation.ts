import type { Diagnosis } from '@countersign/verifier/doctor'
import { type Paint, painter, printable } from '../../terminal/paint.ts'
import { wrap } from '../../terminal/wrap.ts'
import type { World } from '../../world.ts'
import type { Difference } from './difference.ts'
import { likelyCause } from './likely-cause.ts'

/** What was found. */
export interface Explanation {
  /** undefined: there was nothing to compare with. */
  readonly differences: readonly Difference[] | undefined
  /** undefined: there was no key. */
  readonly diagnosis: Diagnosis | undefined
  readonly base: string
}

const sameBase =
  'Both sides have the same signature base: look at the key, its algorithm, or the body. Pass --key to have that tried.'

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
  const { differences, diagnosis, base } = explanation
  if (json) {
    const described = differences?.map((difference) => ({ ...difference, ...likelyCause(difference) })) ?? null
    world.stdout.write(
      `${JSON.stringify({ differences: described, causes: diagnosis?.causes ?? null, signatureBase: base }, null, 2)}\n`,
    )
    return
  }
  const paint = painter(world.stdout, world.env)
  const columns = Math.min(world.stdout.columns, 100)
  const parts = differences?.map((difference) => differenceText(difference, paint, columns)) ?? []
  if (differences?.length === 0 && diagnosis === undefined) parts.push(wrap(sameBase, columns))
  if (diagnosis !== undefined)
    parts.push([paint('bold', 'What was tried with the key'), printable(diagnosis.text)].join('\n'))
  world.stdout.write(`${parts.join('\n\n')}\n`)
}

function differenceText(difference: Difference, paint: Paint, columns: number): string {
  const { identifier, kind, here, there } = difference
  const { cause, cure } = likelyCause(difference)
  return [
    `${paint('red', printable(identifier))} ${notes[kind]}`,
    ...(here === undefined ? [] : [`  here   ${printable(here)}`]),
    ...(there === undefined ? [] : [`  there  ${printable(there)}`]),
    ...(kind === 'withheld' ? [] : [`  ${wrap(cause, columns, '  ')}`, `  -> ${wrap(cure, columns, '     ')}`]),
  ].join('\n')
}
