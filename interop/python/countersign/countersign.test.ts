import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { preparePython, pythonMissing, systemPython } from '../../../examples/flask/gunicorn.ts'
import {
  type RedisServer,
  redisMissing,
  redisProgram,
  startRedis,
} from '../../../packages/verifier/test/servers/redis-server.ts'
import { describeWith } from '../../../packages/verifier/test/servers/required.ts'

const folder = fileURLToPath(new URL('.', import.meta.url))
const installTimeoutMilliseconds = 300_000
const testTimeoutMilliseconds = 120_000

function unittest(python: string, environment: Record<string, string> = {}): string {
  const { status, stderr } = spawnSync(python, ['-B', '-W', 'error::ResourceWarning', '-m', 'unittest', '-v'], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ...environment },
  })
  expect(status, stderr).toBe(0)
  return stderr
}

describeWith('countersign.py', systemPython, pythonMissing, (python) => {
  let prepared: string
  beforeAll(() => {
    prepared = preparePython(python)
  }, installTimeoutMilliseconds)

  test(
    'passes its own tests',
    () => {
      expect(unittest(prepared, { REDIS_URL: '' })).toMatch(/^test_\w+ \(.*WsgiTest.*\.\.\. ok$/m)
    },
    testTimeoutMilliseconds,
  )

  test('needs nothing but the standard library to be imported', () => {
    const script = 'import sys, countersign; print(*sorted({name.split(".")[0] for name in sys.modules}))'
    const { stdout, stderr } = spawnSync(prepared, ['-B', '-I', '-c', `import sys; sys.path.append("."); ${script}`], {
      cwd: folder,
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
    expect(stdout).toContain('countersign')
    expect(stdout).not.toMatch(/cryptography|redis|flask/)
  })

  describeWith('with a Redis server', redisProgram, redisMissing, () => {
    let redis: RedisServer
    beforeAll(async () => {
      redis = await startRedis()
    })
    afterAll(() => redis?.stop())

    test(
      'passes the tests of its store',
      () => {
        const output = unittest(prepared, { REDIS_URL: `redis://127.0.0.1:${redis.port}` })
        expect(output).toMatch(/^test_\w+ \(.*RedisStoreTest.*\.\.\. ok$/m)
        expect(output).not.toContain('skipped')
      },
      testTimeoutMilliseconds,
    )
  })
})

describe('the text of countersign.py', () => {
  test('has lines of at most 99 characters', () => {
    const lines = readFileSync(`${folder}countersign.py`, 'utf8').split('\n')
    expect(lines.filter((line) => line.length > 99)).toEqual([])
  })
})
