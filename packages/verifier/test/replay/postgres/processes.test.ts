import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import {
  type PostgresServer,
  postgresInstalled,
  postgresMissing,
  startPostgres,
} from '../../servers/postgres-server.ts'
import { describeWith } from '../../servers/required.ts'
import type { Task } from './claiming-process.ts'
import { newTable } from './postgres-stores.ts'

/** Starting eight processes takes its time on a small machine. */
const timeout = 120_000

describeWith('processes that share a PostgreSQL server', postgresInstalled, postgresMissing, () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-processes-'))
  const program = join(folder, 'claiming-process.mjs')
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
    await build({
      entryPoints: [fileURLToPath(new URL('./claiming-process.ts', import.meta.url))],
      outfile: program,
      bundle: true,
      format: 'esm',
      platform: 'node',
      conditions: ['@countersign/source'],
      logLevel: 'error',
    })
  }, timeout)
  afterAll(async () => {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Starts a process, and gives what it tells once it may go. */
  async function claimant(table: string, count: number): Promise<{ go: () => void; lines: Promise<string[]> }> {
    const modulePath = createRequire(import.meta.url).resolve('pg')
    const argument = JSON.stringify({ modulePath, url: server.url(), table, count } satisfies Task)
    const child = spawn(process.execPath, [program, argument], { stdio: ['pipe', 'pipe', 'inherit'] })
    onTestFinished(() => end(child))
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
    expect(await lines.next()).toEqual({ value: 'ready', done: false })
    return { go: () => void child.stdin.end('go'), lines: rest(lines) }
  }

  it.each([
    ['one nonce', 1],
    ['50 nonces', 50],
  ])(
    'let in once, eight at a time: %s (attack 100)',
    async (_what, count) => {
      const table = newTable()
      const claimants = await Promise.all(Array.from({ length: 8 }, () => claimant(table, count)))
      for (const { go } of claimants) go()
      const told = (await Promise.all(claimants.map(({ lines }) => lines))).flat()
      for (let number = 0; number < count; number++) {
        const outcomes = told.filter((line) => line.startsWith(`${number} `)).map((line) => line.split(' ')[1])
        expect(outcomes.sort(), `nonce ${number}`).toEqual(['accepted', ...Array(7).fill('replayed')])
      }
    },
    timeout,
  )
})

async function rest(lines: AsyncIterator<string>): Promise<string[]> {
  const all: string[] = []
  for (let line = await lines.next(); !line.done; line = await lines.next()) all.push(line.value)
  return all
}

function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.kill('SIGKILL')
  })
}
