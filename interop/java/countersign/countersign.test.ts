import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith } from '../../../packages/verifier/test/servers/required.ts'

const folder = fileURLToPath(new URL('.', import.meta.url))
const minutes = 60_000

function run(command: string, ...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: 'utf8' })
  return { status, output: `${stdout ?? ''}${stderr ?? ''}` }
}

const installed = run('javac', '--release', '17', '--help').status === 0 ? 'javac' : undefined

describeWith('Countersign.java', installed, 'a JDK (17 or later) is not installed', (javac) => {
  let classes: string
  beforeAll(() => {
    classes = mkdtempSync(join(tmpdir(), 'countersign-java-'))
    const sources = readdirSync(folder).filter((name) => name.endsWith('.java'))
    const warnings = ['-Xlint:all', '-Werror', '-Xdoclint:all,-missing']
    expect(run(javac, ...warnings, '--release', '17', '-d', classes, ...sources)).toEqual({ status: 0, output: '' })
  }, 3 * minutes)
  afterAll(() => rmSync(classes, { recursive: true, force: true }))

  test(
    'passes its own tests',
    () => {
      const { status, output } = run('java', '-cp', classes, 'countersign.CountersignTest')
      expect(output).toMatch(/^(\d+) of \1 tests passed$/m)
      expect(status, output).toBe(0)
    },
    3 * minutes,
  )

  test('needs nothing but the JDK', () => {
    const { output } = run('jdeps', '-s', join(classes, 'countersign'))
    expect(output.match(/-> .*/g)).toEqual(['-> java.base', '-> jdk.httpserver'])
  })

  test('has lines of at most 100 characters', () => {
    const lines = readFileSync(join(folder, 'Countersign.java'), 'utf8').split('\n')
    expect(lines.filter((line) => line.length > 100)).toEqual([])
  })
})
