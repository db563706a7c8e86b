import type { World } from '../world.ts'
import { painter, printable, type TextStyle } from './paint.ts'
import { readingColumns, wrap } from './wrap.ts'

/** Who speaks on standard error: the program that fails, or a warning of it. */
export type Speaker = 'countersign' | 'warning'

const speakers: Readonly<Record<Speaker, TextStyle>> = { countersign: 'red', warning: 'yellow' }

/**
 * Says something on standard error: in lines that fit into a terminal; elsewhere in one, which programs can look for.
 */
export function notice(speaker: Speaker, text: string, { stderr, env }: World): void {
  const start = `${speaker}:`
  const said = printable(`${start} ${text}`)
  const lines = stderr.isTerminal ? wrap(said, readingColumns(stderr)) : said
  stderr.write(`${painter(stderr, env)(speakers[speaker], start)}${lines.slice(start.length)}\n`)
}
