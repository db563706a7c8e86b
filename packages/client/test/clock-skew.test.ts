import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ed25519, generateKey, importVerifyingKey, type SigningKey } from '@countersign/core'
import { createMemoryReplayStore } from '@countersign/verifier'
import { createVerifier, protect } from '@countersign/verifier/node'
import { beforeAll, describe, expect, it } from 'vitest'
import { createSignedFetch, readProblem, retries, type SignedFetchOptions } from '../src/index.ts'
import { importKey, parameterOf } from './key.ts'
import { startServer } from './loopback-server.ts'

let key: SigningKey

beforeAll(async () => {
  key = await importKey()
})

/** Unix seconds of the clock of the client. */
const now = 1_700_000_000

interface StaleAnswer {
  readonly serverTime?: number
  readonly headers?: Record<string, string>
  readonly kind?: string
}

/** A network of servers that refuse in turn, and what they saw. */
function network(answers: readonly StaleAnswer[], fallback = 200) {
  const rest = [...answers]
  const seen: { url: string; created: number; nonce: string | undefined; body: string }[] = []
  const fetch = async (input: RequestInfo | URL): Promise<Response> => {
    const request = input as Request
    const headers = Object.fromEntries(request.headers)
    const created = Number(parameterOf(headers, 'created'))
    seen.push({ url: request.url, created, nonce: parameterOf(headers, 'nonce'), body: await request.text() })
    const answer = rest.shift()
    if (answer === undefined) return new Response('ok', { status: fallback })
    const { kind = 'stale', serverTime } = answer
    const problem = { type: `urn:countersign:problem:${kind}`, title: 'No.', status: 401, code: kind, serverTime }
    return new Response(JSON.stringify(problem), {
      status: 401,
      headers: { 'content-type': 'application/problem+json', ...answer.headers },
    })
  }
  return { seen, fetch }
}

function client(
  fetch: SignedFetchOptions['fetch'],
  options: Partial<SignedFetchOptions> = {},
): typeof globalThis.fetch {
  return createSignedFetch({ key, clock: () => now * 1000 + 900, ...(fetch && { fetch }), ...options })
}

describe('a clock that is wrong', () => {
  it.each([-120, 120, 300])('by %i seconds is corrected, and the request is sent again', async (seconds) => {
    const { seen, fetch } = network([{ serverTime: now + seconds }])
    const response = await client(fetch)('https://bank.example/a', { method: 'POST', body: 'pay' })
    expect(response.status).toBe(200)
    expect(seen.map(({ created }) => created)).toEqual([now, now + seconds])
    expect(seen.map(({ body }) => body)).toEqual(['pay', 'pay'])
    expect(seen[0]!.nonce).not.toBe(seen[1]!.nonce)
  })

  it('is corrected by the Date field where the refusal has no serverTime', async () => {
    const date = new Date((now + 90) * 1000).toUTCString()
    const { seen, fetch } = network([{ headers: { date } }])
    await client(fetch)('https://bank.example/')
    expect(seen.map(({ created }) => created)).toEqual([now, now + 90])
  })

  it('is corrected for later requests too, for the origin that said so', async () => {
    const { seen, fetch } = network([{ serverTime: now + 100 }])
    const signedFetch = client(fetch)
    for (const url of ['https://bank.example/a', 'https://bank.example/b', 'https://other.example/']) {
      await signedFetch(url)
    }
    expect(seen.slice(2).map(({ created }) => created)).toEqual([now + 100, now])
  })

  it('is corrected against the real verifier, whose refusal is real', async () => {
    const { signingKey, publicJwk } = await generateKey(ed25519, { keyId: 'alice' })
    let listener: RequestListener = () => {}
    const server = createServer((request, response) => listener(request, response))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const verify = createVerifier({
      keys: [await importVerifyingKey(ed25519, { jwk: publicJwk! }, { keyId: 'alice' })],
      replayStore: createMemoryReplayStore({ startsFresh: true }),
      origin,
    })
    let runs = 0
    listener = protect(verify, (_request, response) => {
      runs++
      response.end('done')
    })
    const behind = createSignedFetch({ key: signingKey, clock: () => Date.now() - 200_000 })
    const response = await behind(origin, { method: 'POST', body: 'pay' })
    server.close()
    server.closeAllConnections()
    expect([response.status, runs]).toEqual([200, 1])
  })
})

describe('a hostile time (attack 107)', () => {
  it.each([
    [301, {}],
    [-301, {}],
    [86_400 * 365, {}],
    [11, { maxSeconds: 10 }],
  ])('that is %i seconds away corrects nothing, and the refusal is for the caller: %j', async (seconds, clockSkew) => {
    const { seen, fetch } = network([{ serverTime: now + seconds }])
    const signedFetch = client(fetch, { clockSkew })
    const response = await signedFetch('https://bank.example/')
    expect(await readProblem(response)).toMatchObject({ kind: 'stale', serverTime: now + seconds })
    await signedFetch('https://bank.example/')
    expect(seen.map(({ created }) => created)).toEqual([now, now])
  })

  it('does not add up: the offset is always that from the clock of the machine', async () => {
    const steps = [290, 580, 870].map((seconds) => ({ serverTime: now + seconds }))
    const { seen, fetch } = network(steps)
    const signedFetch = client(fetch)
    for (let call = 0; call < 3; call++) await signedFetch('https://bank.example/')
    for (const { created } of seen) expect(created - now).toBeLessThanOrEqual(300)
    expect(seen.map(({ created }) => created - now)).toEqual([0, 290, 290, 290])
  })

  it('moves the clock once for each request at most', async () => {
    const { seen, fetch } = network([100, -100, 200].map((seconds) => ({ serverTime: now + seconds })))
    const response = await client(fetch)('https://bank.example/')
    expect(response.status).toBe(401)
    expect(seen.map(({ created }) => created - now)).toEqual([0, 100])
  })

  it.each([
    ['a plain connection', 'http://bank.example/', {}],
    ['a name that only begins like loopback', 'http://127.0.0.1.evil.example/', {}],
    ['a cache, which Age gives away', 'https://bank.example/', { headers: { age: '0' } }],
    ['a refusal of another kind', 'https://bank.example/', { kind: 'invalid' }],
    ['a Date that is none', 'https://bank.example/', { serverTime: undefined, headers: { date: 'soon' } }],
  ])('is not believed from %s', async (_what, url, answer) => {
    const { seen, fetch } = network([{ serverTime: now + 100, ...answer } as StaleAnswer])
    expect((await client(fetch)(url)).status).toBe(401)
    expect(seen).toHaveLength(1)
  })

  it.each(['http://127.0.0.1/', 'http://localhost:8080/', 'http://[::1]/', 'http://api.localhost/'])(
    'is believed from %s',
    async (url) => {
      const { seen, fetch } = network([{ serverTime: now + 100 }])
      await client(fetch)(url)
      expect(seen).toHaveLength(2)
    },
  )

  it('in an answer that was not refused moves nothing', async () => {
    const date = new Date((now + 90) * 1000).toUTCString()
    const server = await startServer((_request, response) => {
      response.sendDate = false
      response.writeHead(200, { date }).end('ok')
    })
    const signedFetch = client(undefined)
    await signedFetch(server.origin)
    await signedFetch(server.origin)
    expect(server.seen.map(({ headers }) => parameterOf(headers, 'created'))).toEqual([`${now}`, `${now}`])
  })

  it('of a body that is longer than any refusal is not read to its end', async () => {
    const type = 'urn:countersign:problem:stale'
    const long = JSON.stringify({ type, serverTime: now + 100, title: 'x'.repeat(100_000) })
    const fetch = async (): Promise<Response> =>
      new Response(long, { status: 401, headers: { 'content-type': 'application/problem+json' } })
    expect((await client(fetch)('https://bank.example/')).status).toBe(401)
  })
})

describe('what is no matter of the clock', () => {
  it('a time that differs by less than the way takes: the signature was too long on its way', async () => {
    const { seen, fetch } = network([{ serverTime: now + 1 }])
    expect((await client(fetch)('https://bank.example/')).status).toBe(401)
    expect(seen).toHaveLength(1)
  })

  it('a clock that must not be corrected', async () => {
    const { seen, fetch } = network([{ serverTime: now + 100 }])
    expect((await client(fetch, { clockSkew: false })('https://bank.example/')).status).toBe(401)
    expect(seen).toHaveLength(1)
  })

  it('with retries the refusal that stays is sent again with the time of then', async () => {
    const { seen, fetch } = network([{ serverTime: now + 9999 }])
    const retry = retries({ sleep: async () => {} })
    expect((await client(fetch, { retry })('https://bank.example/')).status).toBe(200)
    expect(seen.map(({ created }) => created)).toEqual([now, now])
  })
})

it.each([
  [{ maxSeconds: 0 }, /clockSkew.maxSeconds must be a whole number/],
  [{ maxSeconds: '5' }, /clockSkew.maxSeconds must be/],
  [{ seconds: 5 }, /clockSkew has no option "seconds"/],
])('clockSkew: %j is a mistake', (clockSkew, message) => {
  const create = (): unknown => createSignedFetch({ key, clockSkew: clockSkew as never })
  expect(create).toThrow(TypeError)
  expect(create).toThrow(message)
})
