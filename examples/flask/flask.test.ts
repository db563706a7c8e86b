import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createSignedFetch, readProblem, signRequest } from '@countersign/client'
import { hmacSha256, importSigningKey, type SigningKey } from '@countersign/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { redisMissing, redisProgram, startRedis } from '../../packages/verifier/test/servers/redis-server.ts'
import { describeWith } from '../../packages/verifier/test/servers/required.ts'
import { type Bank, folder, preparePython, pythonMissing, startBank, systemPython } from './gunicorn.ts'
import { type Answer, type Captured, capture, executed, send, sendCopies, sendToSeveralWorkers } from './wire.ts'

const installTimeoutMilliseconds = 300_000
const openingBalance = 1000

test('the README shows what changed as it stands in the two apps', () => {
  const [, diff = ''] = /```diff\n([\s\S]*?)```/.exec(readFileSync(`${folder}README.md`, 'utf8')) ?? []
  const lines = diff.split('\n').filter((line) => line.trim() !== '' && !line.includes('...'))
  expect(lines.length).toBeGreaterThan(10)
  for (const [sign, file] of [
    ['-', 'before/app.py'],
    ['+', 'app.py'],
  ] as const) {
    const text = readFileSync(`${folder}${file}`, 'utf8').split('\n')
    const shown = lines.filter((line) => line.startsWith(sign) || line.startsWith(' ')).map((line) => line.slice(1))
    expect(text).toEqual(expect.arrayContaining(shown))
  }
})

describeWith('the protected bank', systemPython, pythonMissing, (python) => {
  describe('with nonces in SQLite', () => {
    behavesWell(() => startBank({ python: preparePython(python), app: 'app:app' }))
  })

  describeWith('with nonces in Redis', redisProgram, redisMissing, () => {
    behavesWell(async () => {
      const redis = await startRedis()
      const environment = { REPLAY_STORE: `redis://127.0.0.1:${redis.port}/0` }
      const bank = await startBank({ python: preparePython(python), app: 'app:app', environment })
      const stop = (): Promise<void> => bank.stop().finally(redis.stop)
      return { ...bank, stop }
    })
  })
})

function behavesWell(start: () => Promise<Bank>): void {
  let bank: Bank
  let key: SigningKey

  beforeAll(async () => {
    bank = await start()
    key = await keyOf(bank.client.secret)
  }, installTimeoutMilliseconds)
  afterAll(() => bank?.stop())

  const keyOf = (secret: Uint8Array): Promise<SigningKey> =>
    importSigningKey(hmacSha256, { secret }, { keyId: bank.client.apiKey })
  const unsigned = (): Request =>
    new Request(`${bank.origin}/transfers?to=bob`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"amount":1}',
    })
  const signed = async (options: Partial<Parameters<typeof signRequest>[1]> = {}): Promise<Captured> =>
    capture((await signRequest(unsigned(), { key, ...options })).request)
  const balance = async (): Promise<number> => {
    const response = await createSignedFetch({ key })(`${bank.origin}/balance`)
    return ((await response.json()) as { balance: number }).balance
  }

  /** On a machine whose disk is slow, some wait too long for their turn: that is a refusal as well. */
  const expectReplayed = (answers: readonly Answer[]): void => {
    const codes = answers.map(({ code }) => code)
    expect(codes).toContain('replayed')
    expect(codes.filter((code) => code !== 'replayed' && code !== 'unavailable')).toEqual([])
  }

  test('the TypeScript client pays', async () => {
    const before = await balance()
    const run = spawnSync(process.execPath, [`${folder}client.mjs`, bank.origin], {
      encoding: 'utf8',
      env: { ...process.env, BANK_DATA: bank.data },
    })
    expect(run.stderr).toBe('')
    expect(run.stdout).toMatch(new RegExp(`^transfer \\d+ is made, and ${before - 100} are left\n$`))
  })

  test('the same bytes, 40 times at once to several workers: one transfer', async () => {
    const before = await balance()
    const answers = await sendToSeveralWorkers(bank, await signed())
    expect(executed(answers)).toBe(1)
    expectReplayed(answers.filter(({ status }) => status !== 201))
    expect(await balance()).toBe(before - 1)
  })

  test('is refused after all workers were killed and started again', async () => {
    const captured = await signed()
    expect((await send(captured)).status).toBe(201)
    const before = await balance()
    await bank.kill()
    await bank.start()
    const answers = await sendCopies(captured, 20)
    expectReplayed(answers)
    expect(await balance()).toBe(before)
    expect((await send(await signed())).status).toBe(201)
  })

  test.each([
    ['body', (captured: Captured) => ({ ...captured, body: '{"amount":9}' })],
    ['recipient in the query', (captured: Captured) => ({ ...captured, url: captured.url.replace('bob', 'eve') })],
    ['path', (captured: Captured) => ({ ...captured, url: captured.url.replace('transfers', '%74ransfers') })],
    ['method', (captured: Captured) => ({ ...captured, method: 'PUT' })],
  ])('an altered %s is refused, and the original is good afterwards', async (_what, alter) => {
    const captured = await signed()
    expect(await send(alter(captured))).toMatchObject({ status: 401, code: 'invalid' })
    expect((await send(captured)).status).toBe(201)
  })

  test('a wrong key is refused', async () => {
    const forged = await signed({ key: await keyOf(Buffer.alloc(32, 7)) })
    expect(await send(forged)).toMatchObject({ status: 401, code: 'invalid' })
  })

  test('an old signature is refused, and the clock of the server is told', async () => {
    const old = await send(await signed({ clock: () => Date.now() - 120_000 }))
    expect(old).toMatchObject({ status: 401, code: 'stale' })
    expect(Math.abs(Number(old.content['serverTime']) - Date.now() / 1000)).toBeLessThan(30)
  })

  test('without a signature, problem details say what to do', async () => {
    const response = await fetch(unsigned())
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(await readProblem(response)).toMatchObject({
      kind: 'missing',
      status: 401,
      title: 'The request is not signed: send Signature-Input and Signature (RFC 9421)',
    })
  })

  test('a body in chunks is verified as well', async () => {
    const { method, url, headers, body } = await signed()
    const response = await fetch(url, {
      method,
      headers,
      body: new Blob([body]).stream(),
      duplex: 'half',
    } as RequestInit)
    expect(response.status).toBe(201)
  })

  test('no transfer was made but those that were accepted', async () => {
    const made = openingBalance - (await balance())
    expect(made).toBe(100 + 1 + 2 + 4 + 1)
  })
}
