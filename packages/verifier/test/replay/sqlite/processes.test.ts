import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { claimOf, keyOf } from '../claims.ts'
import type { Task } from './claiming-process.ts'
import { describeSqlite, type SqliteClient, storeFile } from './sqlite-clients.ts'

/** Starting eight processes takes its time on a small machine. */
const timeout = 120_000

const folder = mkdtempSync(join(tmpdir(), 'countersign-processes-'))
const program = join(folder, 'claiming-process.mjs')

beforeAll(async () => {
  await build({
    entryPoints: [fileURLToPath(new URL('./claiming-process.ts', import.meta.url))],
    outfile: program,
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: ['@countersign/source'],
    logLevel: 'error',
  })
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A process that waits for `go`, and then claims. */
interface Claimant {
  readonly go: () => void
  /** What it told, line by line. It ends when the process does. */
  readonly lines: AsyncIterator<string>
  /** Kills it as `kill -9` does: nothing is cleaned up. */
  readonly kill: () => Promise<void>
}

async function claimant(client: SqliteClient, task: Omit<Task, 'modulePath'>): Promise<Claimant> {
  const argument = JSON.stringify({ modulePath: client.modulePath, ...task } satisfies Task)
  const child = spawn(process.execPath, ['--no-warnings', program, argument], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const kill = (): Promise<void> => end(child, ended)
  onTestFinished(kill)
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  expect(await lines.next()).toEqual({ value: 'ready', done: false })
  return { go: () => void child.stdin.end('go'), lines, kill }
}

function end(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.kill('SIGKILL')
  return ended
}

async function allLines(lines: AsyncIterator<string>): Promise<string[]> {
  const all: string[] = []
  for (let line = await lines.next(); !line.done; line = await lines.next()) all.push(line.value)
  return all
}

describeSqlite('processes that share a file', (client) => {
  it.each([
    ['one nonce, on a file that none of them has created yet', 1],
    ['50 nonces', 50],
  ])(
    'let in once, eight at a time: %s (attack 100)',
    async (_what, count) => {
      const file = storeFile(client).path
      const claimants = await Promise.all(Array.from({ length: 8 }, () => claimant(client, { file, count })))
      for (const { go } of claimants) go()
      const told = (await Promise.all(claimants.map(({ lines }) => allLines(lines)))).flat()
      for (let number = 0; number < count; number++) {
        const outcomes = told.filter((line) => line.startsWith(`${number} `)).map((line) => line.split(' ')[1])
        expect(outcomes.sort(), `nonce ${number}`).toEqual(['accepted', ...Array(7).fill('replayed')])
      }
    },
    timeout,
  )
})

/** More than are claimed before the process is killed. */
const many = 1_000_000

describeSqlite('kill -9', (client) => {
  it.each([1, 10, 200])(
    'after %i acceptances leaves a whole file, and each of them refused in a new process (attack 92)',
    async (count) => {
      const file = storeFile(client)
      const { go, lines, kill } = await claimant(client, { file: file.path, count: many })
      go()
      const told: string[] = []
      while (told.length < count) told.push((await lines.next()).value)
      // It is in the midst of some later claim now.
      await kill()
      told.push(...(await allLines(lines)))
      expect(told).toEqual(told.map((_line, number) => `${number} accepted`))

      const next = await claimant(client, { file: file.path, count: told.length })
      next.go()
      expect(await allLines(next.lines)).toEqual(told.map((_line, number) => `${number} replayed`))
      const check = file.connect().prepare('SELECT integrity_check FROM pragma_integrity_check').get()
      expect(check).toEqual({ integrity_check: 'ok' })
      expect(file.store().claim(claimOf({ key: keyOf(many) }))).toBe('accepted')
    },
    timeout,
  )
})
