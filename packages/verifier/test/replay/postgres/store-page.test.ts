import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { postgresReplayStoreSql } from '@countersign/verifier/postgres'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import {
  type PostgresServer,
  postgresInstalled,
  postgresMissing,
  startPostgres,
} from '../../servers/postgres-server.ts'
import { describeWith } from '../../servers/required.ts'

const timeout = 60_000
const root = fileURLToPath(new URL('../../../../..', import.meta.url))
const page = readFileSync(join(root, 'docs/stores/postgres.md'), 'utf8')

/** The first block of the page in a language. */
function block(language: string): string {
  const found = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'ms').exec(page)?.[1]
  if (found === undefined) throw new Error(`docs/stores/postgres.md has no block of ${language}`)
  return found
}

/** Runs a program of its own, with the packages from their sources. */
async function run(code: string, environment: Readonly<Record<string, string>>): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-page-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const [source, bundle] = [join(folder, 'page.mjs'), join(folder, 'bundle.mjs')]
  writeFileSync(source, code)
  await build({
    entryPoints: [source],
    outfile: bundle,
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: ['@countersign/source'],
    nodePaths: [join(root, 'node_modules')],
    // Of CommonJS: loaded as it is, from where the bundle finds it.
    external: ['pg'],
    logLevel: 'error',
  })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const options = { cwd: folder, env: { ...process.env, ...environment } }
  return (await promisify(execFile)(process.execPath, [bundle], options)).stdout
}

describeWith('the PostgreSQL store of the page', postgresInstalled, postgresMissing, () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
  }, timeout)
  afterAll(() => server.stop())

  it('runs as a role with the grants of the page, and refuses what may have been accepted before', {
    timeout,
  }, async () => {
    await server.sql(postgresReplayStoreSql())
    await server.sql(block('sql').replaceAll("'...'", "'secret'"))
    const now = 'Math.floor(Date.now() / 1000)'
    const claim = `{ key: 'A'.repeat(22), principal: 'alice', created: ${now}, forgetAfter: ${now} + 60, now: ${now}, futureSkewSeconds: 10 }`
    const attempt = `await replayStore.claim(${claim}).catch((error) => console.log(error.code))\nawait pool.end()`
    const output = await run(`${block('js')}\n${attempt}`, { DATABASE_URL: server.url({ user: 'verifier' }) })
    expect(output).toBe('replay_store_starting\n')
  })

  it('has each option', () => {
    const options = [
      'startsFresh',
      'maxEntries',
      'maxEntriesPerPrincipal',
      'table',
      'createTable',
      'onFloorRaised',
      'clock',
    ]
    for (const option of options) expect(page).toContain(`| \`${option}\` |`)
  })
})
