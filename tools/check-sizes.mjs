#!/usr/bin/env node
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { painter, runCheck } from './command-line.mjs'
import { bundledPaths, exportingModule, kibibytes } from './packages/size-limits.mjs'

const usage = `usage: node tools/check-sizes.mjs [--root DIR]

Bundles what a user imports, from the built packages and for a browser, minified and gzipped, and compares it
with a limit. Chunks that are loaded only where they are needed are listed, and not counted.
Run "pnpm -r build" first.

Exit code: 0 within the limits, 1 over one, 2 for wrong arguments.
`

/**
 * @param {import('./packages/size-limits.mjs').BundledPath} path
 * @param {string} root
 * @returns {Promise<{ eager: number, lazy: { name: string, bytes: number }[], nodeImports: string[] }>}
 */
async function measure(path, root) {
  const result = await build({
    stdin: { contents: exportingModule(path), resolveDir: root, loader: 'js' },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    splitting: true,
    outdir: 'out',
    write: false,
    metafile: true,
    logLevel: 'silent',
    // A browser bundle has no use for Node's own modules: one that is asked for is reported.
    external: ['node:*'],
  })
  const eagerFiles = reachableFrom('out/stdin.js', result.metafile.outputs)
  const sizes = new Map(result.outputFiles.map((file) => [relativeName(file.path), gzipSync(file.contents).length]))
  const lazy = [...sizes].filter(([name]) => !eagerFiles.has(name)).map(([name, bytes]) => ({ name, bytes }))
  return {
    eager: [...eagerFiles].reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0),
    lazy,
    nodeImports: Object.values(result.metafile.outputs)
      .flatMap((output) => output.imports)
      .filter((imported) => imported.external && imported.path.startsWith('node:'))
      .map((imported) => imported.path),
  }
}

/** The files that are loaded at once: the entry and what it imports statically. */
function reachableFrom(entry, outputs) {
  const reached = new Set()
  const open = [entry]
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (reached.has(name)) continue
    reached.add(name)
    open.push(
      ...outputs[name].imports
        .filter(({ kind, external }) => kind === 'import-statement' && !external)
        .map(({ path }) => path),
    )
  }
  return reached
}

function relativeName(path) {
  return path.slice(path.lastIndexOf('/out/') + 1)
}

/** @param {string} root */
async function run(root) {
  const paint = painter(process.stdout)
  let over = 0
  console.log('bundle                     gzipped     target      limit   loaded only where needed')
  for (const bundle of bundledPaths) {
    const { eager, lazy, nodeImports } = await measure(bundle, root)
    const fits = eager <= bundle.limit && nodeImports.length === 0
    if (!fits) over++
    const [first = '-', ...chunks] = byName(lazy).map(([name, bytes]) => `${name} ${kibibytes(bytes)}`)
    const figures = [eager, bundle.target, bundle.limit].map((bytes) => kibibytes(bytes).padStart(10)).join(' ')
    console.log(paint(fits ? 'green' : 'red', `${bundle.name.padEnd(22)} ${figures}   ${first}`))
    for (const chunk of chunks) console.log(`${' '.repeat(58)}${chunk}`)
    for (const name of nodeImports) console.log(paint('red', `  ${bundle.name} imports ${name} in a browser`))
  }
  console.log(`sizes: ${bundledPaths.length} bundles, ${over} over the limit`)
  return over === 0 ? 0 : 1
}

/** The lazy files by the name that their source had, the largest first. What several of them share has none. */
function byName(lazy) {
  const sums = new Map()
  for (const { name, bytes } of lazy) {
    const source = name.replace('out/', '').replace(/(-[A-Z0-9]{8})+\.js$/, '')
    const label = source === 'chunk' ? 'shared by these' : source
    sums.set(label, (sums.get(label) ?? 0) + bytes)
  }
  return [...sums].sort(([, left], [, right]) => right - left)
}

await runCheck({ name: 'check-sizes', usage, check: run })
