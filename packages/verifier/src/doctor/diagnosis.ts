/** What can come between a signer and a verifier. */
export type CauseName =
  | 'signature-fields'
  | 'authority'
  | 'scheme'
  | 'path'
  | 'query'
  | 'method'
  | 'field'
  | 'missing-field'
  | 'parameters'
  | 'signer'
  | 'key'
  | 'algorithm'
  | 'body'
  | 'clock'
  | 'unknown'

/** One thing that is wrong, and what to do about it. */
export interface Cause {
  readonly cause: CauseName
  /** What was found. It names values that a proxy changed: it is for the people who set the server up. */
  readonly finding: string
  /** What to do. */
  readonly cure: string
  /** Whether signature or digest has proved it: with this one change it verifies. */
  readonly proven: boolean
}

/** What the doctor found. It is no verification: nothing in it says that a request may be let in. */
export interface Diagnosis {
  /** In the order in which they should be mended. Empty when nothing is wrong that can be seen here. */
  readonly causes: readonly Cause[]
  /** How often the signature was checked. */
  readonly verifications: number
  /** The same to be read, in lines of at most 80 characters. */
  readonly text: string
}

/** Characters of a line of text. */
const lineLength = 80

/** Puts a diagnosis together. */
export function diagnosisOf(causes: readonly Cause[], verifications: number): Diagnosis {
  return Object.freeze({ causes: Object.freeze([...causes]), verifications, text: textOf(causes) })
}

function textOf(causes: readonly Cause[]): string {
  if (causes.length === 0) {
    return wrapped(
      'Signature, body and time are in order. What is left is policy: onEvent tells the code of the refusal.',
      '',
    )
  }
  return causes
    .map(({ cause, finding, cure, proven }) => {
      const certainty = proven ? 'proven' : 'not proven'
      return [`${cause} (${certainty})`, wrapped(finding, '  '), wrapped(`-> ${cure}`, '  ')].join('\n')
    })
    .join('\n\n')
}

/** Breaks text at spaces. A word that is too long gets pieces. */
function wrapped(text: string, indent: string): string {
  const room = lineLength - indent.length
  const pattern = new RegExp(`(\\S{${room}}|.{1,${room}})(?: +|$)|(.{1,${room}})`, 'g')
  return Array.from(text.replaceAll('\n', ' ').matchAll(pattern), ([line]) => indent + line.trimEnd()).join('\n')
}
