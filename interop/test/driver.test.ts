import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { converse } from '../driver/conversation.mjs'
import type { Runner } from '../driver/runner-folder.mjs'
import { answering, createWorkshop, type RunnerOptions, type Workshop } from './fake-runner.ts'

const script = fileURLToPath(new URL('../run.mjs', import.meta.url))

const tests = [
  { id: 'good', expect: { result: 'accept' } },
  { id: 'bad', expect: { result: 'reject', error: 'invalid_signature' } },
  { id: 'rare', requires: ['bs'], expect: { result: 'accept' } },
]

let workshop: Workshop

beforeEach(() => {
  workshop = createWorkshop(tests)
})

afterEach(() => workshop.remove())

/** Runs the driver on the fake runners. */
function drive({ ci = '', args = [] }: { ci?: string; args?: string[] } = {}): { status: number | null; text: string } {
  const folders = ['--vectors', workshop.vectors, '--runners', workshop.runners]
  const env = { ...process.env, CI: ci, NO_COLOR: '1' }
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...folders, ...args], {
    encoding: 'utf8',
    env,
  })
  return { status, text: stdout + stderr }
}

/** Runs the driver on one runner. */
function driveOne(source: string, options: RunnerOptions = {}): { status: number | null; text: string } {
  workshop.addRunner('fake', source, options)
  return drive()
}

const agreeing = answering('{ result: test.expect.result }')
const accepting = answering(`{ result: 'accept', reason: 'it likes everything' }`)

/** A reviewed difference. */
function disagreement(id: string, theirs: string): object {
  return { id, theirs, reason: 'a reason', rfc: 'RFC 9421 2.1', link: 'https://www.rfc-editor.org/rfc/rfc9421' }
}

describe('answers', () => {
  test('all as expected', () => {
    const { status, text } = driveOne(agreeing)
    expect(text).toContain('fake (Tongue): passed: 3 agreed, 0 skipped, 0 reviewed disagreements')
    expect(status).toBe(0)
  })

  test('a disagreement that nobody has reviewed fails', () => {
    const { status, text } = driveOne(accepting)
    expect(text).toContain('bad: expected reject, answered accept (it likes everything)')
    expect(status).toBe(1)
  })

  test('a reviewed one passes, and is counted', () => {
    const { status, text } = driveOne(accepting, { disagreements: [disagreement('bad', 'accept')] })
    expect(text).toContain('2 agreed, 0 skipped, 1 reviewed disagreements')
    expect(status).toBe(0)
  })

  test('a reviewed one that has gone fails', () => {
    const { status, text } = driveOne(agreeing, { disagreements: [disagreement('bad', 'accept')] })
    expect(text).toContain('bad: it agrees now')
    expect(status).toBe(1)
  })

  test('a reviewed one with another answer fails', () => {
    const { status, text } = driveOne(accepting, { disagreements: [disagreement('bad', 'skip')] })
    expect(text).toContain('bad: expected reject, answered accept')
    expect(status).toBe(1)
  })

  test('a reviewed one of a test that is no more fails', () => {
    const { status, text } = driveOne(agreeing, { disagreements: [disagreement('gone', 'accept')] })
    expect(text).toContain('gone: disagreements.json names it, but it was not asked')
    expect(status).toBe(1)
  })

  test('a skip is no agreement', () => {
    const { status, text } = driveOne(answering(`{ result: 'skip' }`))
    expect(text).toContain('good: expected accept, answered skip')
    expect(status).toBe(1)
  })

  test('what a runner lacks is not asked', () => {
    const source = answering(`{ result: test.id === 'rare' ? 'reject' : test.expect.result }`)
    const { status, text } = driveOne(source, { runner: { lacks: ['bs'] } })
    expect(text).toContain('2 agreed, 1 skipped')
    expect(status).toBe(0)
  })
})

describe('bad signatures that a library is to make', () => {
  const bad = [{ id: 'bad', expect: { result: 'reject', error: 'invalid_component' } }]
  const good = [{ id: 'good', expect: { result: 'accept' } }]

  test.each([
    ['to one that its functions cannot ask for, a skip is no failure', bad, 0, '0 agreed, 1 skipped'],
    ['to a good one it is', good, 1, 'good: expected accept, answered skip'],
  ])('%s', (_name, vectors, code, said) => {
    workshop.remove()
    workshop = createWorkshop(vectors, 'sign')
    const { status, text } = driveOne(answering(`{ result: 'skip' }`))
    expect(text).toContain(said)
    expect(status).toBe(code)
  })
})

describe('sequences', () => {
  const steps = [
    { at: 1, use: 'm', expect: { result: 'accept' } },
    { at: 2, use: 'm', copies: 3, expect: { result: 'accept' } },
    { at: 3, use: 'm', copies: 3, expect: { result: 'reject', error: 'replayed' } },
  ]

  test.each([
    ['each step must be as expected', ['accept', '1 of 3', '0 of 3'], 0],
    ['one copy more is a failure', ['accept', '2 of 3', '0 of 3'], 1],
    ['a step less is a failure', ['accept', '1 of 3'], 1],
  ])('%s', (_name, verdicts, code) => {
    workshop.remove()
    workshop = createWorkshop([{ id: 'replay', steps }], 'sequence')
    const { status } = driveOne(answering(`{ result: 'reject', steps: ${JSON.stringify(verdicts)} }`))
    expect(status).toBe(code)
  })
})

describe('the protocol', () => {
  test('a test without an answer fails', () => {
    const { status, text } = driveOne(agreeing.replace('if (!first)', `if (!first && !line.includes('"rare"'))`))
    expect(text).toContain('no answer to 1 tests: rare')
    expect(status).toBe(1)
  })

  test('a crash fails, though every answer was given, and what it said is shown', () => {
    const { status, text } = driveOne(`${agreeing}; console.error('boom'); process.exitCode = 7`)
    expect(text).toContain('it crashed with exit code 7')
    expect(text).toContain('boom')
    expect(status).toBe(1)
  })

  test.each([
    ['a line that is no answer', `console.log('hello')`, 'not an answer: hello'],
    ['an answer to nothing', `console.log('{"id":"other","result":"accept"}')`, '"other", which was not asked'],
    ['a second answer', `console.log('{"id":"good","result":"accept"}')`, 'two answers to good'],
  ])('%s fails', (_name, line, problem) => {
    const { status, text } = driveOne(`${agreeing}; ${line}`)
    expect(text).toContain(problem)
    expect(status).toBe(1)
  })

  test('a runner that does not end is ended', async () => {
    const folder = workshop.addRunner('fake', 'setInterval(() => {}, 1000)')
    const runner = { folder, command: [process.execPath, 'runner.mjs'] } as Runner
    const { problems } = await converse(runner, { keys: {}, tests: [] }, 300)
    expect(problems).toEqual(['it took longer than 0.3 s'])
  })

  test('a program that cannot be started fails', () => {
    const { status, text } = driveOne(agreeing, { runner: { command: ['build/no-such-program'] } })
    expect(text).toContain('it cannot be started')
    expect(status).toBe(1)
  })
})

describe('toolchains', () => {
  const absent = { runner: { needs: [['no-such-toolchain', '--version']] } }

  test('an absent one is skipped aloud', () => {
    const { status, text } = driveOne(agreeing, absent)
    expect(text).toContain('fake (Tongue): absent: SKIPPED')
    expect(text).toContain('"no-such-toolchain --version" does not succeed')
    expect(status).toBe(0)
  })

  test('with CI set, an absent one is a failure', () => {
    workshop.addRunner('fake', agreeing, absent)
    const { status, text } = drive({ ci: 'true' })
    expect(text).toContain('fake (Tongue): failed')
    expect(status).toBe(1)
  })

  test('a build that fails is a failure', () => {
    const prepare = [[process.execPath, '-e', 'console.error("syntax"); process.exit(3)']]
    const { status, text } = driveOne(agreeing, { runner: { prepare } })
    expect(text).toContain('it cannot be built')
    expect(text).toContain('syntax')
    expect(status).toBe(1)
  })

  test('a runner is built once, and again when a source has changed', () => {
    const mark = `import { appendFileSync } from 'node:fs'; appendFileSync('../../../built', 'x')`
    const runner = { prepare: [[process.execPath, '--input-type=module', '-e', mark]] }
    const counts = [agreeing, agreeing, `${agreeing} // changed`].map((source) => {
      workshop.addRunner('fake', source, { runner })
      expect(drive().status).toBe(0)
      return spawnSync('cat', ['built'], { cwd: workshop.root, encoding: 'utf8' }).stdout.length
    })
    expect(counts).toEqual([1, 1, 2])
  })
})

describe('the command', () => {
  test('--only runs one runner', () => {
    workshop.addRunner('first', agreeing)
    workshop.addRunner('second', accepting)
    const { status, text } = drive({ args: ['--only', 'first'] })
    expect(text).not.toContain('second')
    expect(status).toBe(0)
  })

  test('an unknown runner is a mistake of the caller', () => {
    workshop.addRunner('first', agreeing)
    const { status, text } = drive({ args: ['--only', 'third'] })
    expect(text).toContain('there is no runner third. There are: first')
    expect(status).toBe(2)
  })

  test('a runner.json with a misspelt member is refused', () => {
    workshop.addRunner('first', agreeing, { runner: { lacking: ['bs'] } })
    const { status, text } = drive()
    expect(text).toContain('has an unknown "lacking"')
    expect(status).not.toBe(0)
  })

  test('no runner at all is a mistake of the caller', () => {
    expect(drive().status).toBe(2)
  })
})
