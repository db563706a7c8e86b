#!/usr/bin/env node
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const usage = `usage: node bench/run.mjs [--only NAME,...] [--quick] [--write]

Times Countersign beside the bare cryptography and beside other libraries. Run "pnpm -r build" first: what is timed is
what users install.

  --only NAME,...  only these parts, see --list
  --list           names the parts
  --quick          fewer rounds: for a glance, not for a comparison
  --write          puts the tables into bench/README.md, in the section of this version of Node
  --help           prints this text
`

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    list: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write(usage)
  process.exit(0)
}

const modules = [
  import('./messages.mjs'),
  import('./stores/memory.mjs'),
  import('./stores/shared.mjs'),
  import('./server/throughput.mjs'),
  import('./hostile.mjs'),
]
const parts = (await Promise.all(modules)).flatMap((module) => module.parts)
if (values.list) {
  for (const { name, title } of parts) console.log(`${name.padEnd(20)} ${title}`)
  process.exit(0)
}
const wanted = values.only?.split(',')
const unknown = wanted?.find((name) => !parts.some((part) => part.name === name))
if (unknown !== undefined) {
  console.error(`there is no part ${unknown}: see --list`)
  process.exit(2)
}

const selected = parts.filter(({ name }) => wanted?.includes(name) ?? true)
if (selected.length > 1) {
  // Each in a process of its own, so that none leaves its garbage and its compiled code to the next.
  const flags = ['quick', 'write'].filter((flag) => values[flag]).map((flag) => `--${flag}`)
  const script = fileURLToPath(import.meta.url)
  for (const { name } of selected) {
    const { status } = spawnSync(process.execPath, ['--expose-gc', script, '--only', name, ...flags], {
      stdio: 'inherit',
    })
    if (status !== 0) process.exit(status ?? 1)
  }
  process.exit(0)
}

const readme = new URL('README.md', import.meta.url)
for (const part of selected) {
  const progress = (done, all) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${part.title}: ${done}/${all} `)
  }
  const table = tableOf(part, await part.run({ quick: values.quick, progress }))
  if (process.stderr.isTTY) process.stderr.write('\r')
  console.log(table)
  if (values.write) writeTable(part.name, table)
}

function tableOf({ title }, { columns, rows, notes = [] }) {
  const lines = [columns, columns.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
  return [`#### ${title}`, '', ...lines, '', ...notes.flatMap((note) => [note, ''])].join('\n')
}

/** Each version of Node has a section, and each part a place in it, between markers. */
function writeTable(name, table) {
  const version = `node-${process.versions.node.split('.')[0]}`
  const [begin, end] = [`<!-- begin ${version} ${name} -->`, `<!-- end ${version} ${name} -->`]
  const text = readFileSync(readme, 'utf8')
  const [start, stop] = [text.indexOf(begin), text.indexOf(end)]
  if (start === -1 || stop === -1) throw new Error(`bench/README.md has no place for ${version} ${name}`)
  writeFileSync(readme, `${text.slice(0, start + begin.length)}\n${table}\n${text.slice(stop)}`)
}
