/** One part of the benchmark, in a process that loads nothing else: `node --expose-gc part.mjs MODULE NAME`. */
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, write: { type: 'boolean', default: false } },
})
const [module, name] = positionals
const part = (await import(`./${module}.mjs`)).parts.find((entry) => entry.name === name)

const progress = (done, all) => {
  if (process.stderr.isTTY) process.stderr.write(`\r${part.title}: ${done}/${all} `)
}
const table = tableOf(part, await part.run({ quick: values.quick, progress }))
if (process.stderr.isTTY) process.stderr.write('\r')
console.log(table)
if (values.write) writeTable(name, table)

function tableOf({ title }, { columns, rows, notes = [] }) {
  const lines = [columns, columns.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
  return [`#### ${title}`, '', ...lines, '', ...notes.flatMap((note) => [note, ''])].join('\n')
}

/** Each version of Node has a section, and each part a place in it, between markers. */
function writeTable(name, table) {
  const readme = new URL('README.md', import.meta.url)
  const version = `node-${process.versions.node.split('.')[0]}`
  const [begin, end] = [`<!-- begin ${version} ${name} -->`, `<!-- end ${version} ${name} -->`]
  const text = readFileSync(readme, 'utf8')
  const [start, stop] = [text.indexOf(begin), text.indexOf(end)]
  if (start === -1 || stop === -1) throw new Error(`bench/README.md has no place for ${version} ${name}`)
  writeFileSync(readme, `${text.slice(0, start + begin.length)}\n${table}\n${text.slice(stop)}`)
}
