import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import type { Task } from './claiming-process.ts'
import { describeRedis, newPrefix } from './redis-stores.ts'

/** Starting eight processes takes its time on a small machine. */
const timeout = 120_000

const folder = mkdtempSync(join(tmpdir(), 'countersign-processes-'))
const program = join(folder, 'claiming-process.mjs')
const modulePath = createRequire(import.meta.url).resolve('ioredis')

beforeAll(async () => {
  await build({
    entryPoints: [fileURLToPath(new URL('./claiming-process.ts', import.meta.url))],
    outfile: program,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: ['@countersign/source'],
    logLevel: 'error',
  })
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A process that waits for `go`, then claims, and tells line by line. */
async function claimant(task: Omit<Task, 'modulePath'>): Promise<{ go: () => void; lines: AsyncIterator<string> }> {
  const argument = JSON.stringify({ modulePath, ...task } satisfies Task)
  const child: ChildProcess & { stdin: NodeJS.WritableStream; stdout: NodeJS.ReadableStream } = spawn(
    process.execPath,
    [program, argument],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  expect(await lines.next()).toEqual({ value: 'ready', done: false })
  return { go: () => void child.stdin.end('go'), lines }
}

async function allLines(lines: AsyncIterator<string>): Promise<string[]> {
  const all: string[] = []
  for (let line = await lines.next(); !line.done; line = await lines.next()) all.push(line.value)
  return all
}

describeRedis('processes that share a server', (server) => {
  it.each([
    ['one nonce', 1],
    ['500 nonces', 500],
  ])(
    'let in once, eight at a time: %s (attack 100)',
    async (_what, count) => {
      const task = { port: server().port, keyPrefix: newPrefix(), count }
      const claimants = await Promise.all(Array.from({ length: 8 }, () => claimant(task)))
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
