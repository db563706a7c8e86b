import type { FieldLine } from '@countersign/core'
import { usageFailure } from '../../failure.ts'
import { readInput } from '../../input.ts'
import { isCredentialField } from '../../terminal/credentials.ts'
import type { World } from '../../world.ts'

/** The header fields that the arguments describe, as curl reads them. */
export interface HeaderArguments {
  readonly lines: readonly FieldLine[]
  /** Lower-case names that are said to be left out: `Content-Type:`. */
  readonly omitted: ReadonlySet<string>
  /** Files that hold credentials, and the lower-case names of all of their lines. */
  readonly secretFiles: ReadonlyMap<string, ReadonlySet<string>>
}

/** What is written here and nowhere else: the host from the URL, the length from the body. */
const ownFields = new Set(['host', 'content-length', 'transfer-encoding', 'connection'])

/** A line, and where it stands. */
interface PlacedLine {
  readonly text: string
  readonly place: string
  /** undefined: it is an argument. */
  readonly file: string | undefined
}

/**
 * Reads `Name: value`, `Name;` (an empty value), `Name:` (the field is left out), and `@file` with a line for each:
 * secrets do not belong on the command line. No mistake quotes a line.
 *
 * @throws CommandFailure when a line is none, or a secret is an argument.
 */
export async function headerArguments(given: readonly string[], world: World): Promise<HeaderArguments> {
  const placed: PlacedLine[] = []
  for (const argument of given) placed.push(...(await placedLines(argument, world)))
  const lines: FieldLine[] = []
  const omitted = new Set<string>()
  const files = new Map<string, Set<string>>()
  for (const line of placed) {
    const { name, value } = readLine(line)
    if (value === undefined) omitted.add(name.toLowerCase())
    else lines.push([name, value])
    if (line.file !== undefined) files.set(line.file, (files.get(line.file) ?? new Set()).add(name.toLowerCase()))
  }
  const secretFiles = new Map([...files].filter(([, names]) => [...names].some(isCredentialField)))
  return { lines, omitted, secretFiles }
}

async function placedLines(argument: string, world: World): Promise<readonly PlacedLine[]> {
  if (!argument.startsWith('@')) return [{ text: argument, place: 'an argument of -H', file: undefined }]
  const file = argument.slice(1)
  // The bytes as they are: a field may hold others than ASCII (RFC 9110 5.5).
  const text = (await readInput(file, { what: 'the header file', maxBytes: 65_536 }, world)).toString('latin1')
  return text
    .split(/\r?\n/)
    .map((line, index) => ({ text: line, place: `line ${index + 1} of ${file}`, file }))
    .filter((line) => line.text.trim() !== '')
}

function readLine({ text, place, file }: PlacedLine): { name: string; value: string | undefined } {
  const [, name = '', mark = '', rest = ''] = /^\s*([^:;\s]+)\s*([:;])(.*)$/s.exec(text) ?? []
  if (name === '' || (mark === ';' && rest.trim() !== '')) {
    throw usageFailure(`${place} is neither "Name: value" nor @FILE`)
  }
  if (ownFields.has(name.toLowerCase()))
    throw usageFailure(`-H ${name} is not taken: it follows from the URL and the body`)
  const value = rest.trim()
  if (mark === ';') return { name, value: '' }
  if (value === '') return { name, value: undefined }
  if (file === undefined && isCredentialField(name)) throw usageFailure(secretAsArgument(name))
  const bytes = file === undefined ? Buffer.from(value, 'utf8').toString('latin1') : value
  try {
    return { name, value: new Headers([[name, bytes]]).get(name) ?? '' }
  } catch {
    // What it says quotes the value.
    throw usageFailure(`${place} has characters that no header field can have (RFC 9110 5)`)
  }
}

function secretAsArgument(name: string): string {
  return `-H ${name} is a secret, and everybody on this machine can read the arguments of a program: put the line into a file, -H @FILE, or pipe it in, -H @-`
}
