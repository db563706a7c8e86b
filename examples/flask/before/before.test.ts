/**
 * Five ways in which the usual home-made check breaks. Each test of the first half passes when the attack succeeds;
 * the second half makes the same five on the protected bank.
 */
import { createHmac, randomUUID } from 'node:crypto'
import { signRequest } from '@countersign/client'
import { hmacSha256, importSigningKey } from '@countersign/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith } from '../../../packages/verifier/test/servers/required.ts'
import { type Bank, preparePython, pythonMissing, startBank, systemPython } from '../gunicorn.ts'
import { type Captured, capture, executed, send, sendToSeveralWorkers } from '../wire.ts'

const installTimeoutMilliseconds = 300_000

interface Call {
  readonly method: string
  readonly url: string
  readonly body: string
  readonly ageSeconds?: number
}

/** Signs as the clients of before/app.py do. */
function signBefore(bank: Bank, { method, url, body, ageSeconds = 0 }: Call): Captured {
  const signature = createHmac('sha256', bank.client.secret).update(body).digest('hex')
  const headers = {
    'content-type': 'application/json',
    'x-api-key': bank.client.apiKey,
    'x-api-signature': signature,
    'x-request-timestamp': String(Math.floor(Date.now() / 1000) - ageSeconds),
    'x-request-nonce': randomUUID(),
  }
  return { method, url: bank.origin + url, headers, body }
}

/** Signs as the client of app.py does. */
async function signAfter(bank: Bank, { method, url, body, ageSeconds = 0 }: Call): Promise<Captured> {
  const key = await importSigningKey(hmacSha256, { secret: bank.client.secret }, { keyId: bank.client.apiKey })
  const headers = { 'content-type': 'application/json' }
  const request = new Request(bank.origin + url, { method, headers, ...(body !== '' && { body }) })
  return capture((await signRequest(request, { key, clock: () => Date.now() - ageSeconds * 1000 })).request)
}

const transfer: Call = { method: 'POST', url: '/transfers?to=bob', body: '{"amount":100}' }
const freshNonce = { 'x-request-nonce': 'a fresh nonce of the attacker' }
const freshTime = (): Record<string, string> => ({ 'x-request-timestamp': String(Math.floor(Date.now() / 1000)) })

const withHeaders = (captured: Captured, headers: Readonly<Record<string, string>>): Captured => ({
  ...captured,
  headers: { ...captured.headers, ...headers },
})
const withUrl = (captured: Captured, from: string | RegExp, to: string): Captured => ({
  ...captured,
  url: captured.url.replace(from, to),
})

describeWith('the usual check', systemPython, pythonMissing, (python) => {
  let bank: Bank
  beforeAll(async () => {
    bank = await startBank({ python: preparePython(python), app: 'before.app:app' })
  }, installTimeoutMilliseconds)
  afterAll(() => bank?.stop())

  const capturedTransfer = (more: Partial<Call> = {}): Captured => signBefore(bank, { ...transfer, ...more })

  test('lets its client in, and refuses what is not signed, and an altered body', async () => {
    expect((await send(capturedTransfer())).status).toBe(201)
    expect((await send(withHeaders(capturedTransfer(), { 'x-api-signature': 'ab' }))).status).toBe(401)
    expect((await send({ ...capturedTransfer(), body: '{"amount":999}' })).status).toBe(401)
  })

  test('1: the same request is executed again by another worker', async () => {
    const answers = await sendToSeveralWorkers(bank, capturedTransfer())
    expect(executed(answers)).toBeGreaterThan(1)
  })

  test('2: the same signature is accepted with a nonce of the attacker', async () => {
    const captured = capturedTransfer()
    expect((await send(captured)).status).toBe(201)
    expect((await send(withHeaders(captured, freshNonce))).status).toBe(201)
  })

  test('3: an old capture is accepted with a new time', async () => {
    const old = capturedTransfer({ ageSeconds: 86_400 })
    expect((await send(old)).status).toBe(401)
    expect((await send(withHeaders(old, freshTime()))).status).toBe(201)
  })

  test('4: the payee is another, and a look at a transfer becomes its end', async () => {
    const diverted = await send(withUrl(capturedTransfer(), 'to=bob', 'to=mallory'))
    expect(diverted).toMatchObject({ status: 201, content: { payee: 'mallory', amount: 100 } })
    const look = capturedTransfer({ method: 'GET', url: `/transfers/${diverted.content['id']}`, body: '' })
    expect((await send({ ...look, method: 'DELETE' })).status).toBe(204)
  })

  test('5: after a restart nobody remembers what was executed', async () => {
    const captured = capturedTransfer()
    expect((await send(captured)).status).toBe(201)
    await bank.kill()
    await bank.start()
    expect((await send(captured)).status).toBe(201)
  })
})

describeWith('the same attacks on the protected bank', systemPython, pythonMissing, (python) => {
  let bank: Bank
  beforeAll(async () => {
    bank = await startBank({ python: preparePython(python), app: 'app:app' })
  }, installTimeoutMilliseconds)
  afterAll(() => bank?.stop())

  const capturedTransfer = (more: Partial<Call> = {}): Promise<Captured> => signAfter(bank, { ...transfer, ...more })

  test('1: the same request is executed once, whichever worker gets it', async () => {
    const answers = await sendToSeveralWorkers(bank, await capturedTransfer())
    expect(executed(answers)).toBe(1)
  })

  test('2: another nonce is another signature', async () => {
    const captured = await capturedTransfer()
    expect((await send(captured)).status).toBe(201)
    const input = String(captured.headers['signature-input']).replace(/nonce="[^"]*"/, `nonce="${randomUUID()}"`)
    expect(await send(withHeaders(captured, freshNonce))).toMatchObject({ status: 401, code: 'replayed' })
    expect(await send(withHeaders(captured, { 'signature-input': input }))).toMatchObject({ code: 'invalid' })
  })

  test('3: so is another time', async () => {
    const old = await capturedTransfer({ ageSeconds: 86_400 })
    expect(await send(withHeaders(old, freshTime()))).toMatchObject({ status: 401, code: 'stale' })
    const now = Math.floor(Date.now() / 1000)
    const times = `;created=${now};expires=${now + 60}`
    const input = String(old.headers['signature-input']).replace(/;created=\d+;expires=\d+/, times)
    expect(input).toContain(times)
    expect(await send(withHeaders(old, { 'signature-input': input }))).toMatchObject({ status: 401, code: 'invalid' })
  })

  test('4: so is another payee, and another method', async () => {
    const diverted = withUrl(await capturedTransfer(), 'to=bob', 'to=mallory')
    expect(await send(diverted)).toMatchObject({ status: 401, code: 'invalid' })
    const made = await send(await capturedTransfer())
    expect(made.status).toBe(201)
    const look = await capturedTransfer({ method: 'GET', url: `/transfers/${made.content['id']}`, body: '' })
    expect(await send({ ...look, method: 'DELETE' })).toMatchObject({ status: 401, code: 'invalid' })
    expect((await send(look)).status).toBe(200)
  })

  test('5: a restart forgets nothing', async () => {
    const captured = await capturedTransfer()
    expect((await send(captured)).status).toBe(201)
    await bank.kill()
    await bank.start()
    expect(await send(captured)).toMatchObject({ status: 401, code: 'replayed' })
  })
})
