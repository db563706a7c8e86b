import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { allFlaws } from '../flaws/all-flaws.mjs'

const script = fileURLToPath(new URL('../serve.mjs', import.meta.url))

function run(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' })
  return { status, stdout, stderr }
}

test('lists every flaw', () => {
  const { status, stdout } = run('--list')
  expect(status).toBe(0)
  for (const { name, title } of allFlaws) expect(stdout).toMatch(new RegExp(`^${name} +${title[0]}`, 'm'))
})

test('starts one on loopback, says how to probe it, and takes its keys along when it ends', async () => {
  const child = spawn(process.execPath, [script, 'no-replay-check'])
  const [printed] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string]
  const [origin, keyFile] = [/^http:\/\/127\.0\.0\.1:\d+/.exec(printed)?.[0], /--key (\S+)/.exec(printed)?.[1]]
  expect(printed).toContain(`countersign probe POST '${origin}/transfers?`)
  expect(existsSync(String(keyFile))).toBe(true)
  expect(await (await fetch(`${origin}/count`)).json()).toEqual({ count: 0 })
  child.kill('SIGINT')
  expect(await once(child, 'exit')).toEqual([0, null])
  expect(existsSync(String(keyFile))).toBe(false)
})

test.each([
  [[], 'name one flaw'],
  [['no-such-flaw'], 'there is no flaw "no-such-flaw"'],
  [['no-replay-check', '--port', 'x'], '--port takes a number'],
  [['--nonsense'], 'Unknown option'],
])('refuses %j', (args, message) => {
  const { status, stdout, stderr } = run(...args)
  expect([status, stdout]).toEqual([2, ''])
  expect(stderr).toContain(message)
  expect(stderr).toContain('usage:')
})
