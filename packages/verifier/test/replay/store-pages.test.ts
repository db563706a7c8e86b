import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { replayStoreConformance } from '@countersign/verifier/replay-store-conformance'
import { build } from 'esbuild'
import { expect, it, onTestFinished } from 'vitest'
import { describeSqlite } from './sqlite/sqlite-clients.ts'

const root = fileURLToPath(new URL('../../../..', import.meta.url))
/** A page of the documentation. */
function pageOf(path: string): string {
  return readFileSync(join(root, 'docs', path), 'utf8')
}

/** The block of a page that contains a text. */
function block(path: string, text: string): string {
  const page = pageOf(path)
  const blocks = [...page.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code = '']) => code)
  const found = blocks.find((code) => code.includes(text))
  if (found === undefined) throw new Error(`docs/${path} has no block with ${text}`)
  return found
}

/** Runs the first of some files as a program of its own, with the packages from their sources. */
async function run(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-page-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, code] of Object.entries(files)) writeFileSync(join(folder, name), code)
  const outfile = join(folder, 'bundle.mjs')
  await build({
    entryPoints: [join(folder, Object.keys(files)[0] ?? '')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: ['@countersign/source'],
    nodePaths: [join(root, 'node_modules')],
    external: ['node:*', 'file:*'],
    logLevel: 'error',
  })
  return (await promisify(execFile)(process.execPath, ['--no-warnings', outfile], { cwd: folder })).stdout
}

it('the store of the page conforms, by the test of the page', async () => {
  const output = await run({
    'my-store.test.mjs': block('stores.md', '// my-store.test.mjs'),
    'my-store.mjs': block('stores.md', '// my-store.mjs'),
  })
  const count = replayStoreConformance(() => Promise.reject()).length
  expect(output).toMatch(new RegExp(`^(#|ℹ) pass ${count}$`, 'm'))
  expect(output).toMatch(/^(#|ℹ) fail 0$/m)
})

it('the page names each option of the kit', () => {
  for (const option of ['durable', 'shared', 'bounded', 'serverClock', 'histories', 'seed']) {
    expect(pageOf('stores.md')).toContain(`\`${option}`)
  }
})

describeSqlite('the SQLite store of the page', ({ modulePath }) => {
  it('runs, and refuses what may have been accepted before', async () => {
    const code = block('stores/sqlite.md', 'createSqliteReplayStore(')
    const better = code
      .replace(/^import .*node:sqlite.*$/m, `import Database from '${pathToFileURL(modulePath).href}'`)
      .replace('new DatabaseSync(', 'new Database(')
    const now = 'Math.floor(Date.now() / 1000)'
    const claim = `{ key: 'A'.repeat(22), principal: 'alice', created: ${now}, forgetAfter: ${now} + 60, now: ${now}, futureSkewSeconds: 10 }`
    const attempt = `try { replayStore.claim(${claim}) } catch (error) { console.log(error.code) }`
    const program = `${modulePath === 'node:sqlite' ? code : better}\n${attempt}\n`
    expect(await run({ 'sqlite.mjs': program })).toBe('replay_store_starting\n')
  })
})
