import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hmacSha256, importVerifyingKey, type SigningKey } from '@countersign/core'
import { createMemoryReplayStore } from '@countersign/verifier'
import { createVerifier, protect } from '@countersign/verifier/node'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createSignedFetch, type RetryOptions, readProblem, retries, type SignedFetchOptions } from '../src/index.ts'
import { importKey, parameterOf, rejection, secret } from './key.ts'
import { type LoopbackServer, type SeenRequest, startServer } from './loopback-server.ts'

let key: SigningKey

beforeAll(async () => {
  key = await importKey()
})

/** What a test server answers: a status, or the kind of a refusal. */
type Answer = number | string

const statusOfKind: Readonly<Record<string, number>> = { unavailable: 503 }

/** Answers in turn, and 200 at the end. */
function answering(answers: readonly Answer[], headers: Record<string, string> = {}): Promise<LoopbackServer> {
  const rest = [...answers]
  return startServer((_request, response) => {
    const answer = rest.shift() ?? 200
    if (typeof answer === 'number') return void response.writeHead(answer, headers).end('ok')
    const status = statusOfKind[answer] ?? 401
    const body = JSON.stringify({ type: `urn:countersign:problem:${answer}`, title: 'No.', status, code: answer })
    response.writeHead(status, { ...headers, 'content-type': 'application/problem+json' }).end(body)
  })
}

/** A signed fetch that does not wait, and how long it would have waited. */
function retrying(
  options: RetryOptions = {},
  more: Partial<SignedFetchOptions> = {},
): { signedFetch: typeof fetch; waits: number[] } {
  const waits: number[] = []
  const retry = retries({
    sleep: async (milliseconds) => {
      waits.push(milliseconds)
    },
    ...options,
  })
  return { signedFetch: createSignedFetch({ key, clockSkew: false, retry, ...more }), waits }
}

const fieldOf = (seen: readonly SeenRequest[], name: string): (string | undefined)[] =>
  seen.map(({ headers }) => headers[name])
const noncesOf = (seen: readonly SeenRequest[]): Set<string | undefined> =>
  new Set(seen.map(({ headers }) => parameterOf(headers, 'nonce')))

describe('each attempt (attack 103)', () => {
  it('has a fresh nonce and time, the same body, and one Idempotency-Key that is covered', async () => {
    const server = await answering(['unavailable', 'unavailable'])
    let now = 1_700_000_000_000
    const { signedFetch } = retrying({}, { clock: () => (now += 1000) })
    const response = await signedFetch(server.origin, { method: 'POST', body: 'pay' })
    expect(response.status).toBe(200)
    expect(server.seen.map(({ body }) => body.toString())).toEqual(['pay', 'pay', 'pay'])
    expect(noncesOf(server.seen).size).toBe(3)
    expect(new Set(server.seen.map(({ headers }) => parameterOf(headers, 'created'))).size).toBe(3)
    const keys = fieldOf(server.seen, 'idempotency-key')
    expect(new Set(keys).size).toBe(1)
    expect(keys[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    for (const input of fieldOf(server.seen, 'signature-input')) expect(input).toContain('"idempotency-key"')
  })

  it('keeps an Idempotency-Key of the caller, and adds none to an idempotent method', async () => {
    const server = await answering(['unavailable', 200, 503])
    const { signedFetch } = retrying()
    await signedFetch(server.origin, { method: 'POST', body: 'x', headers: { 'idempotency-key': 'mine' } })
    await signedFetch(server.origin, { method: 'PUT', body: 'x' })
    expect(fieldOf(server.seen, 'idempotency-key')).toEqual(['mine', 'mine', undefined, undefined])
  })

  it('has the same Idempotency-Key on the other side of a redirect', async () => {
    const server = await startServer((request, response) => {
      if (request.target === '/from') response.writeHead(308, { location: '/to' }).end()
      else response.end('arrived')
    })
    await retrying().signedFetch(`${server.origin}/from`, { method: 'POST', body: 'x' })
    const [before, after] = fieldOf(server.seen, 'idempotency-key')
    expect(before).toBeDefined()
    expect(after).toBe(before)
  })

  it('sends a stream again that was read once', async () => {
    const server = await answering([503])
    const stream = new Blob(['streamed']).stream()
    await retrying().signedFetch(server.origin, { method: 'PUT', body: stream })
    expect(server.seen.map(({ body }) => body.toString())).toEqual(['streamed', 'streamed'])
  })
})

describe('what is sent again', () => {
  const cases: [string, Answer, number][] = [
    ['GET', 502, 2],
    ['GET', 503, 2],
    ['HEAD', 504, 2],
    ['PUT', 503, 2],
    ['DELETE', 503, 2],
    ['OPTIONS', 502, 2],
    ['GET', 500, 1],
    ['GET', 429, 1],
    ['GET', 401, 1],
    ['POST', 502, 1],
    ['POST', 503, 1],
    ['PATCH', 504, 1],
    ['POST', 'stale', 2],
    ['POST', 'unavailable', 2],
    ['PATCH', 'unavailable', 2],
    ['POST', 'replayed', 1],
    ['PUT', 'replayed', 2],
    ['POST', 'invalid', 1],
    ['GET', 'invalid', 1],
    ['GET', 'too-large', 1],
  ]
  it.each(cases)('%s answered with %s: %i requests', async (method, answer, requests) => {
    const server = await answering([answer])
    await retrying().signedFetch(server.origin, { method })
    expect(server.seen).toHaveLength(requests)
  })

  it('POST that was "replayed" only with an Idempotency-Key of the caller', async () => {
    const server = await answering(['replayed'])
    const headers = { 'idempotency-key': 'mine' }
    const response = await retrying().signedFetch(server.origin, { method: 'POST', headers })
    expect(response.status).toBe(200)
    expect(noncesOf(server.seen).size).toBe(2)
  })

  it('nothing, unless the option is set', async () => {
    const server = await answering(['unavailable'])
    const response = await createSignedFetch({ key })(server.origin)
    expect(response.status).toBe(503)
    expect(fieldOf(server.seen, 'idempotency-key')).toEqual([undefined])
  })

  it('at most as often as it was told, and the last answer is that of the server', async () => {
    const server = await answering([503, 503, 503, 503])
    const { signedFetch, waits } = retrying({ attempts: 2 })
    expect((await signedFetch(server.origin)).status).toBe(503)
    expect(server.seen).toHaveLength(2)
    expect(waits).toHaveLength(1)
  })
})

/** A `fetch` that fails some times before it goes on to the platform. */
function failing(times: number, error: unknown): typeof fetch {
  let left = times
  return async (input, init) => {
    if (left-- > 0) throw error
    return fetch(input, init)
  }
}

const withCause = (cause: unknown): TypeError => new TypeError('fetch failed', { cause })
const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
const reset = Object.assign(new Error('read'), { code: 'ECONNRESET' })

describe('network errors', () => {
  const cases: [string, string, unknown, boolean][] = [
    ['GET', 'a reset connection', withCause(reset), true],
    ['PUT', 'an error without a cause', new TypeError('Failed to fetch'), true],
    ['POST', 'a reset connection', withCause(reset), false],
    ['POST', 'an error without a cause', new TypeError('Failed to fetch'), false],
    ['POST', 'a connection that was refused', withCause(refused), true],
    ['POST', 'connections to all addresses that were refused', withCause({ errors: [refused, refused] }), true],
    ['POST', 'a connection to one of two addresses that was reset', withCause({ errors: [refused, reset] }), false],
    ['GET', 'an abort', new DOMException('aborted', 'AbortError'), false],
    ['GET', 'a time-out that the caller set', new DOMException('too long', 'TimeoutError'), false],
  ]
  it.each(cases)('%s after %s', async (method, _what, error, again) => {
    const server = await startServer()
    const { signedFetch } = retrying({}, { fetch: failing(1, error) })
    const outcome = await signedFetch(server.origin, { method }).catch((thrown: unknown) => thrown)
    if (again) expect((outcome as Response).status).toBe(200)
    else expect(outcome).toBe(error)
    expect(server.seen).toHaveLength(again ? 1 : 0)
  })

  it('really come from a port where nobody listens', async () => {
    const probe = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => probe.once('listening', resolve))
    const { port } = probe.address() as AddressInfo
    await new Promise((resolve) => probe.close(resolve))
    const { signedFetch, waits } = retrying()
    const error = await rejection(signedFetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: 'x' }))
    expect(error).toMatchObject({ cause: { code: 'ECONNREFUSED' } })
    expect(waits).toHaveLength(2)
  })

  it('are not what a key throws', async () => {
    const sign = vi.fn(() => {
      throw new TypeError('the HSM is gone')
    })
    const { signedFetch } = retrying({}, { key: { keyId: 'alice', algorithm: 'ed25519', sign } })
    expect(await rejection(signedFetch('https://e/'))).toMatchObject({ message: 'the HSM is gone' })
    expect(sign).toHaveBeenCalledTimes(1)
  })
})

describe('the waiting', () => {
  const half = (): Uint8Array => new Uint8Array(16).fill(0x80, 0, 1)

  it('is a random time up to a bound that doubles', async () => {
    const server = await answering([503, 503, 503, 503])
    const backOff = { attempts: 5, minimumDelayMilliseconds: 100, maximumDelayMilliseconds: 700 }
    const { signedFetch, waits } = retrying(backOff, { random: half })
    await signedFetch(server.origin)
    // Half of the way from 100 to 200, 400, 700 (instead of 800) and 700.
    expect(waits).toEqual([150, 250, 400, 400])
  })

  it('spreads over the whole interval', async () => {
    const { signedFetch, waits } = retrying(
      { attempts: 200, minimumDelayMilliseconds: 100, maximumDelayMilliseconds: 200 },
      { fetch: failing(199, new TypeError('Failed to fetch')) },
    )
    const server = await startServer()
    await signedFetch(server.origin)
    expect(Math.min(...waits)).toBeLessThan(120)
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(100)
    expect(Math.max(...waits)).toBeGreaterThan(180)
    expect(Math.max(...waits)).toBeLessThanOrEqual(200)
  })

  const date = 'Tue, 14 Nov 2023 22:13:22 GMT'
  it.each([
    ['2', 2000],
    [date, 2000],
    ['3600', 10_000],
    ['soon', 0],
    ['Mon, 13 Nov 2023 00:00:00 GMT', 0],
  ])('comes after Retry-After: %s, up to the maximum', async (retryAfter, asked) => {
    const server = await answering(['unavailable'], { 'retry-after': retryAfter })
    const { signedFetch, waits } = retrying({}, { random: half, clock: () => Date.parse(date) - 2000 })
    await signedFetch(server.origin)
    // Half of the way from 250 to 500.
    expect(waits).toEqual([Math.min(10_000, asked + 375)])
  })

  it('ends when the caller aborts', async () => {
    const server = await answering([503, 503])
    const controller = new AbortController()
    const reason = new Error('enough')
    const abortingSoon: typeof fetch = async (...parts) => {
      const response = await fetch(...parts)
      setTimeout(() => controller.abort(reason), 50)
      return response
    }
    const retry = retries({ minimumDelayMilliseconds: 60_000, maximumDelayMilliseconds: 60_000 })
    const signedFetch = createSignedFetch({ key, retry, fetch: abortingSoon })
    expect(await rejection(signedFetch(server.origin, { signal: controller.signal }))).toBe(reason)
    expect(server.seen).toHaveLength(1)
  })

  it('does not begin when the caller has aborted already', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const abortingFetch: typeof fetch = async () => {
      controller.abort(reason)
      return new Response(null, { status: 503 })
    }
    const retry = retries({ minimumDelayMilliseconds: 60_000, maximumDelayMilliseconds: 60_000 })
    const signedFetch = createSignedFetch({ key, retry, fetch: abortingFetch })
    expect(await rejection(signedFetch('https://e/', { signal: controller.signal }))).toBe(reason)
  })

  it('is real by default', async () => {
    const server = await answering([503])
    const retry = retries({ minimumDelayMilliseconds: 30, maximumDelayMilliseconds: 40 })
    const started = performance.now()
    expect((await createSignedFetch({ key, retry })(server.origin)).status).toBe(200)
    expect(performance.now() - started).toBeGreaterThanOrEqual(28)
  })
})

describe('mistakes', () => {
  it.each([
    [{ attempts: 0 }, /attempts must be a whole number of at least 1/],
    [{ attempts: 1.5 }, /attempts must be/],
    [{ minimumDelayMilliseconds: 0 }, /minimumDelayMilliseconds must be/],
    [{ minimumDelayMilliseconds: 100, maximumDelayMilliseconds: 99 }, /maximumDelayMilliseconds must be .* 100/],
    [{ retries: 3 }, /retries has no option "retries"/],
    [{ sleep: 5 }, /sleep must be a function/],
  ])('%j', (options, message) => {
    expect(() => retries(options as RetryOptions)).toThrow(TypeError)
    expect(() => retries(options as RetryOptions)).toThrow(message)
  })
})

describe('a connection that dies after the handler has run (attack 104)', () => {
  const closers: (() => void)[] = []
  afterEach(() => {
    for (const close of closers.splice(0)) close()
  })

  /** A bank that does what it is told once, and kills the connection instead of an answer. */
  async function startBank(): Promise<{ origin: string; runs: string[] }> {
    const runs: string[] = []
    let verified: RequestListener = () => {}
    const server = createServer((request, response) => verified(request, response))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const verify = createVerifier({
      keys: [await importVerifyingKey(hmacSha256, { secret }, { keyId: 'alice' })],
      replayStore: createMemoryReplayStore({ startsFresh: true }),
      origin,
    })
    verified = protect(verify, (request, response) => {
      runs.push(String(request.headers['idempotency-key']))
      if (runs.length === 1) response.destroy()
      else response.end('done')
    })
    closers.push(() => {
      server.close()
      server.closeAllConnections()
    })
    return { origin, runs }
  }

  /** Chromium sends a request again by itself, as it is, when a connection that was used before dies. */
  const likeChromium: typeof fetch = async (input, init) => {
    const request = input as Request
    return fetch(request.clone() as Request, init).catch(() => fetch(request, init))
  }

  it('one run, and a typed "replayed", with retries', async () => {
    const bank = await startBank()
    const { signedFetch, waits } = retrying({}, { fetch: likeChromium })
    const response = await signedFetch(bank.origin, { method: 'POST', body: 'pay' })
    expect(await readProblem(response)).toMatchObject({ kind: 'replayed', status: 401 })
    expect(bank.runs).toHaveLength(1)
    expect(waits).toEqual([])
  })

  it('with an Idempotency-Key of the caller the next attempt has the same, and the server can tell', async () => {
    const bank = await startBank()
    const { signedFetch } = retrying({}, { fetch: likeChromium })
    const headers = { 'idempotency-key': 'payment-7' }
    const response = await signedFetch(bank.origin, { method: 'POST', body: 'pay', headers })
    expect(response.status).toBe(200)
    expect(bank.runs).toEqual(['payment-7', 'payment-7'])
  })

  it('one run where the platform reports the error, which a POST is not sent again after', async () => {
    const bank = await startBank()
    const { signedFetch } = retrying()
    expect(await rejection(signedFetch(bank.origin, { method: 'POST', body: 'pay' }))).toBeInstanceOf(TypeError)
    expect(bank.runs).toHaveLength(1)
  })
})
