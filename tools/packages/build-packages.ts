import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

const library = ['index.js', 'index.cjs', 'index.d.ts', 'index.d.cts']

/** What a build leaves, by package. */
const outputsOf: Readonly<Record<string, readonly string[]>> = {
  core: library,
  client: library,
  verifier: library,
  cli: ['countersign.js'],
}

/** Examples and runtimes use the packages as users do: built. Builds once before their tests, where that is needed. */
export function setup(): void {
  if (!Object.keys(outputsOf).some(isStale)) return
  console.log('building the packages: dist is missing or older than the sources')
  const built = spawnSync(`${root}/node_modules/.bin/pnpm`, ['-r', 'build'], { cwd: root, encoding: 'utf8' })
  if (built.status !== 0) throw new Error(`the build failed:\n${built.stdout}${built.stderr}`)
}

function isStale(name: string): boolean {
  const outputs = (outputsOf[name] ?? []).map((file) => `${root}/packages/${name}/dist/${file}`)
  if (!outputs.every((file) => existsSync(file))) return true
  const sources = readdirSync(`${root}/packages/${name}/src`, { recursive: true, encoding: 'utf8' })
  const newest = Math.max(...sources.map((file) => statSync(`${root}/packages/${name}/src/${file}`).mtimeMs))
  return outputs.some((file) => statSync(file).mtimeMs < newest)
}
