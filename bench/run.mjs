#!/usr/bin/env node
import { spawnSync } from 'node:child_process'
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

const modules = ['messages', 'stores/memory', 'stores/shared', 'server/throughput', 'hostile']
const parts = []
for (const module of modules) {
  for (const { name, title } of (await import(`./${module}.mjs`)).parts) parts.push({ module, name, title })
}
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

// Each in a process of its own, which loads nothing else: neither garbage nor compiled code is left to the next.
const flags = ['quick', 'write'].filter((flag) => values[flag]).map((flag) => `--${flag}`)
const script = fileURLToPath(new URL('part.mjs', import.meta.url))
for (const { module, name } of parts) {
  if (wanted?.includes(name) === false) continue
  const { status } = spawnSync(process.execPath, ['--expose-gc', script, module, name, ...flags], { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
