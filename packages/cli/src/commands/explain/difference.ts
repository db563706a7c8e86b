import { isShownInstead } from '../../terminal/credentials.ts'

/** How one line of the signature base differs. */
export interface Difference {
  /** As it stands in the base: `"content-type"`, or `"@signature-params"`. */
  readonly identifier: string
  readonly kind: 'other value' | 'only there' | 'only here' | 'other place' | 'withheld'
  /** What this side has, where it has the line. */
  readonly here: string | undefined
  /** What the other side has, where that is known. */
  readonly there: string | undefined
}

/** A line of a signature base (RFC 9421 2.5): its identifier, and its value. */
export interface BaseLine {
  readonly identifier: string
  readonly value: string
}

/** The identifier with its parameters stands before the first `": "` outside of its quotation marks. */
const linePattern = /^("(?:[^"\\]|\\.)*"(?:;[^"]*?(?:"(?:[^"\\]|\\.)*"[^"]*?)*?)?): ?(.*)$/

/** The lines of a signature base, or undefined where the text is none. */
export function baseLines(base: string): readonly BaseLine[] | undefined {
  const lines = base.replace(/\r?\n$/, '').split(/\r?\n/)
  const read = lines.map((line) => {
    const found = linePattern.exec(line)
    return found === null ? undefined : { identifier: found[1] as string, value: found[2] as string }
  })
  return read.every((line) => line !== undefined) ? read : undefined
}

/** Says in which lines two bases differ, in the order of this side. */
export function compareBases(here: readonly BaseLine[], there: readonly BaseLine[]): readonly Difference[] {
  const values = new Map(there.map(({ identifier, value }) => [identifier, value]))
  const known = new Set(here.map(({ identifier }) => identifier))
  const common = there.filter(({ identifier }) => known.has(identifier))
  let place = 0
  const found = here.flatMap(({ identifier, value }): Difference[] => {
    const other = values.get(identifier)
    if (other === undefined) return [{ identifier, kind: 'only here', here: value, there: undefined }]
    const isElsewhere = common[place++]?.identifier !== identifier
    // What was printed to be read does not hold credentials.
    if (isShownInstead(other, value)) return [{ identifier, kind: 'withheld', here: value, there: undefined }]
    if (other !== value) return [{ identifier, kind: 'other value', here: value, there: other }]
    return isElsewhere ? [{ identifier, kind: 'other place', here: value, there: other }] : []
  })
  const missing = there.filter(({ identifier }) => !known.has(identifier))
  return [
    ...found,
    ...missing.map(
      ({ identifier, value }): Difference => ({ identifier, kind: 'only there', here: undefined, there: value }),
    ),
  ]
}
