import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A command of a page, and what the page says that it prints. */
export interface ShownCommand {
  readonly command: string
  readonly output: string
}

/** A page of the documentation. */
export interface ConsolePage {
  readonly text: string
  /** What is typed on it, in its order. */
  readonly commands: readonly ShownCommand[]
}

/** Reads a page: its blocks of the language `console` hold lines that begin with `$ `, and what they print. */
export function readPage(path: string): ConsolePage {
  const text = readFileSync(fileURLToPath(new URL(`../../../../${path}`, import.meta.url)), 'utf8')
  const blocks = [...text.matchAll(/^```console\n(.*?)^```$/gms)].map(([, block = '']) => block)
  const commands = blocks.flatMap((block) => block.split(/^\$ /m).slice(1)).map(shownCommand)
  return { text, commands }
}

/** A line that ends with a backslash goes on. */
function shownCommand(part: string): ShownCommand {
  const command = /^(?:.*\\\n)*.*/.exec(part)?.[0] ?? ''
  return { command, output: part.slice(command.length + 1) }
}

/** What differs from one run to the next: times, nonces, signatures, ports and new keys. */
const passing: readonly (readonly [RegExp, string])[] = [
  [/\d{10}/g, 'TIME'],
  [/nonce="[^"]+"/g, 'nonce="…"'],
  [/sig1=:[^:]+:/g, 'sig1=:…:'],
  [/"x": "[^"]+"/g, '"x": "…"'],
  [/^Date: .*$/gm, 'Date: …'],
  [/"salt":"[^"]+"/g, '"salt":"…"'],
  [/"hash":"[0-9a-f]{8}"/g, '"hash":"…"'],
  [/127\.0\.0\.1:\d+|localhost:\d+/g, 'HOST'],
  [/^[\w-]{43}$/gm, 'THUMBPRINT'],
]

/** An output without what differs from one run to the next. */
export function lasting(output: string): string {
  return passing.reduce((text, [pattern, word]) => text.replace(pattern, word), output).trimEnd()
}
