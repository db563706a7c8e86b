import { SignatureError } from '../errors.ts'
import type { Fields } from './message.ts'

/**
 * The value of a field as a component: its lines, canonicalized and combined (RFC 9421 2.1). An empty field
 * is the empty string; an absent one is an error.
 *
 * @throws SignatureError `missing_component` or `malformed_component`
 */
export function combinedField(fields: Fields, name: string): string {
  const lines = requireField(fields, name)
  return lines.length === 1 ? canonicalLine(lines[0] as string, name) : canonicalLines(fields, name).join(', ')
}

/**
 * The lines of a field, each without the white space around it and without line folding.
 *
 * @throws SignatureError `missing_component` or `malformed_component`
 */
export function canonicalLines(fields: Fields, name: string): readonly string[] {
  return requireField(fields, name).map((line) => canonicalLine(line, name))
}

function requireField(fields: Fields, name: string): readonly string[] {
  const lines = fields.get(name)
  if (lines !== undefined) return lines
  throw new SignatureError('missing_component', `"${name}"`)
}

function canonicalLine(line: string, name: string): string {
  return line.includes('\n') ? unfold(line, name) : trimWhitespace(line)
}

/** Combines the lines of a field that is no covered component, such as Signature-Input (RFC 9110 5.2). */
export function combinedValue(fields: Fields, name: string): string | undefined {
  const lines = fields.get(name)
  return lines?.length === 1 ? trimWhitespace(lines[0] as string) : lines?.map(trimWhitespace).join(', ')
}

/** Replaces obsolete line folding by a space (RFC 9421 2.1 step 3). Any other line break is an attack. */
function unfold(line: string, name: string): string {
  const [first = '', ...folded] = line.split('\n')
  for (const part of folded) {
    if (part.startsWith(' ') || part.startsWith('\t')) continue
    throw new SignatureError('malformed_component', `"${name}" contains a line break`)
  }
  return [first, ...folded]
    .map((part) => trimWhitespace(part.endsWith('\r') ? part.slice(0, -1) : part))
    .filter((part) => part !== '')
    .join(' ')
}

/** Only space and tab are white space in a field (RFC 9110 5.6.3), so not `String.prototype.trim`. */
function trimWhitespace(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isWhitespace(text.charCodeAt(start))) start++
  while (end > start && isWhitespace(text.charCodeAt(end - 1))) end--
  return end - start === text.length ? text : text.slice(start, end)
}

function isWhitespace(code: number): boolean {
  return code === 0x20 || code === 0x09
}
