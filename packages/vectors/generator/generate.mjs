#!/usr/bin/env node
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { vectorFiles } from './output/vector-files.mjs'

const usage = `usage: node generator/generate.mjs [--check]

Writes the files of vectors/ anew, from the definitions in generator/. The same definitions always
give the same bytes: no signature is drawn at random, and nothing is read from the old files.

  --check   write nothing; exit with 1 where a file differs from what would be written
  --help    print this text
`

const folder = new URL('../vectors/', import.meta.url)

/** What is in the folder now, by name. */
function currentFiles() {
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'))
  return new Map(names.map((name) => [name, readFileSync(new URL(name, folder), 'utf8')]))
}

/** @returns {Promise<number>} the exit code */
async function generate({ check }) {
  const wanted = await vectorFiles()
  const current = currentFiles()
  const stale = [...new Set([...wanted.keys(), ...current.keys()])].filter(
    (name) => wanted.get(name) !== current.get(name),
  )
  if (check) {
    for (const name of stale) console.log(`vectors/${name} is not what the generator writes`)
    return stale.length === 0 ? 0 : 1
  }
  for (const name of stale) {
    const text = wanted.get(name)
    if (text === undefined) rmSync(new URL(name, folder))
    else writeFileSync(new URL(name, folder), text)
    console.log(`${text === undefined ? 'removed' : 'wrote'} vectors/${name}`)
  }
  return 0
}

async function main() {
  let options
  try {
    options = parseArgs({ options: { check: { type: 'boolean' }, help: { type: 'boolean' } } }).values
  } catch (error) {
    console.error(`${error.message}\n\n${usage}`)
    return 2
  }
  if (!options.help) return generate(options)
  console.log(usage)
  return 0
}

process.exitCode = await main()
