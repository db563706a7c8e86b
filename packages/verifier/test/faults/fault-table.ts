import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type EngineName, engineNames, type Fault } from './scenes/fault.ts'

/** What came of one fault at one engine. */
export interface Cell {
  /** Messages that ran more than once. */
  readonly ours: number
  readonly wrong: number
  /** Messages that were sent again. */
  readonly replays: number
}

/** Cells by fault and engine. What was not played on this machine is not in it. */
export type Cells = Map<string, Cell>

export function cellName(fault: Fault, engine: EngineName): string {
  return `${fault.name}: ${engine}`
}

const page = fileURLToPath(new URL('../../../../docs/faults.md', import.meta.url))

/** A part of the page that is written by the tests. */
type Part = 'table' | 'stories'

const beginOf = (part: Part): string =>
  `<!-- the ${part} ${part === 'table' ? 'is' : 'are'} written by the fault tests -->\n`
const endOf = (part: Part): string => `<!-- end of the ${part} -->\n`

/** The table of the page, in Markdown. */
export function tableOf(faults: readonly Fault[], cells: Cells): string {
  const rows = faults.map((fault) => [fault.name, ...engineNames.map((engine) => cellText(fault, engine, cells))])
  const lines = [['When', ...engineNames], ['---', ...engineNames.map(() => '---')], ...rows]
  return lines.map((line) => `| ${line.join(' | ')} |\n`).join('')
}

/** What is done to bring each fault about. */
export function storiesOf(faults: readonly Fault[]): string {
  return faults.map(({ name, story }) => `- *${name}*: ${story}.\n`).join('')
}

function cellText(fault: Fault, engine: EngineName, cells: Cells): string {
  const cell = cells.get(cellName(fault, engine))
  if (cell !== undefined) return `**${cell.ours}** / ${cell.wrong} of ${cell.replays}`
  return fault.absent?.[engine] === undefined ? 'not played' : `- ${fault.absent[engine]}`
}

/** The cells of a table that say how often our stores accepted something twice. */
export function ourCells(table: string): readonly string[] {
  return table.split('\n').flatMap((line) => {
    const [name = '', ...texts] = line.split(' | ')
    return texts.flatMap((text, index) => {
      const counts = /\*\*(\d+)\*\* \/ \d+ of/.exec(text)
      return counts === null ? [] : [`${name.replace('| ', '')}, ${engineNames[index]}: ${counts[1]} twice`]
    })
  })
}

/** A part as the page has it. */
export function writtenPart(part: Part): string {
  const [, rest = ''] = readFileSync(page, 'utf8').split(beginOf(part))
  return rest.split(endOf(part))[0] ?? ''
}

/** Writes a part into the page. */
export function writePart(part: Part, text: string): void {
  const written = readFileSync(page, 'utf8')
  const [before] = written.split(beginOf(part))
  const [, after] = written.split(endOf(part))
  writeFileSync(page, `${before}${beginOf(part)}${text}${endOf(part)}${after}`)
}
