import { usageFailure } from '../../failure.ts'

/** Escapes of `$'…'` in bash that stand for one character. */
const ansiEscapes: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  "'": "'",
  '"': '"',
  '\\': '\\',
  '?': '?',
  a: '\u0007',
  b: '\b',
  e: '\u001b',
  f: '\f',
  v: '\v',
}

/** What has been read of a command. */
interface Reading {
  readonly text: string
  position: number
  /** The word that is being read; undefined between words. */
  word: string | undefined
}

/**
 * The words of a command, as a POSIX shell splits and unquotes them; `$'…'` too, which browsers write. Nothing is run or
 * expanded: a command that needs that is refused.
 *
 * @throws CommandFailure for variables, pipes, redirections, and quotation marks left open.
 */
export function shellWords(text: string): readonly string[] {
  const reading: Reading = { text, position: 0, word: undefined }
  const words: string[] = []
  while (reading.position < text.length) {
    const character = text[reading.position] as string
    if (/\s/.test(character)) {
      if (reading.word !== undefined) words.push(reading.word)
      reading.word = undefined
      reading.position += 1
    } else {
      readPart(reading, character)
    }
  }
  return reading.word === undefined ? words : [...words, reading.word]
}

function readPart(reading: Reading, character: string): void {
  const { text, position } = reading
  // A line that goes on is no character at all.
  const continued = /^\\\r?\n/.exec(text.slice(position, position + 3))
  if (character === "'") quoted(reading)
  else if (character === '"') doubleQuoted(reading)
  else if (text.startsWith("$'", position)) ansiQuoted(reading)
  else if (continued !== null) reading.position += continued[0].length
  else if (character === '\\') append(reading, text[position + 1] ?? '', 2)
  else append(reading, plain(character), 1)
}

function append(reading: Reading, characters: string, length: number): void {
  reading.word = (reading.word ?? '') + characters
  reading.position += length
}

function quoted(reading: Reading): void {
  const found = /^'([^']*)'/.exec(reading.text.slice(reading.position))
  if (found === null) throw openQuote()
  append(reading, found[1] as string, found[0].length)
}

function doubleQuoted(reading: Reading): void {
  const found = /^"((?:[^"\\]|\\[\s\S])*)"/.exec(reading.text.slice(reading.position))
  if (found === null) throw openQuote()
  const content = found[1] as string
  if (/(?:^|[^\\])(?:\\\\)*(?:\$[A-Za-z_{(]|`)/.test(content)) throw shellNeeded()
  append(
    reading,
    content.replace(/\\([$`"\\]|\r?\n)/g, (_all, escaped: string) => (/\n/.test(escaped) ? '' : escaped)),
    found[0].length,
  )
}

function ansiQuoted(reading: Reading): void {
  const found = /^\$'((?:[^'\\]|\\[\s\S])*)'/.exec(reading.text.slice(reading.position))
  if (found === null) throw openQuote()
  const content = (found[1] as string).replace(
    /\\(?:x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{1,4}|U[0-9a-fA-F]{1,8}|[0-7]{1,3}|[\s\S])/g,
    (text: string) => ansiCharacter(text.slice(1)),
  )
  append(reading, content, found[0].length)
}

/** What stands behind the backslash of an escape, as a character. */
function ansiCharacter(text: string): string {
  const [, hex, octal] = /^(?:[xuU]([0-9a-fA-F]+)|([0-7]+))$/.exec(text) ?? []
  if (hex === undefined && octal === undefined) return ansiEscapes[text] ?? `\\${text}`
  const code = hex === undefined ? Number.parseInt(octal ?? '', 8) : Number.parseInt(hex, 16)
  return code <= 0x10ffff ? String.fromCodePoint(code) : ''
}

function plain(character: string): string {
  if (/[|;<>`&()$]/.test(character)) throw shellNeeded()
  return character
}

function shellNeeded(): Error {
  return usageFailure(
    'the curl command needs a shell: a variable, a pipe or a redirection. Write the values in, and leave the rest out',
  )
}

function openQuote(): Error {
  return usageFailure('the curl command has a quotation mark that is left open')
}
