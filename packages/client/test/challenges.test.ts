import { createHmac } from 'node:crypto'
import { ed25519, generateKey, type SigningKey } from '@countersign/core'
import { beforeAll, describe, expect, it } from 'vitest'
import { answerChallenges, createSignedFetch, type SignedFetchOptions } from '../src/index.ts'
import { importKey, parameterOf, rejection, secret } from './key.ts'
import { type LoopbackServer, type SeenRequest, startServer } from './loopback-server.ts'

let key: SigningKey

beforeAll(async () => {
  key = await importKey()
})

const control = '"@method" "@authority" "@path" "@query"'

/** A server that answers the first requests with a challenge each. */
function challenging(...challenges: readonly string[]): Promise<LoopbackServer> {
  const rest = [...challenges]
  return startServer((_request, response) => {
    const challenge = rest.shift()
    if (challenge === undefined) response.end('let in')
    else response.writeHead(401, { 'accept-signature': challenge }).end('not yet')
  })
}

function client(options: Partial<SignedFetchOptions> = {}): typeof fetch {
  return createSignedFetch({ key, challenges: answerChallenges(), ...options })
}

/** Checks a signature by hand, over the components and parameters that the request states. */
function expectValid(seen: SeenRequest, label: string): void {
  const input = seen.headers['signature-input']!.slice(label.length + 1)
  const names = [...input.slice(0, input.indexOf(')')).matchAll(/"([^"]+)"/g)].map(([, name]) => name!)
  const [path, query = ''] = seen.target.split('?')
  const derived: Record<string, string> = {
    '@method': seen.method,
    '@authority': seen.headers['host']!,
    '@path': path!,
    '@query': `?${query}`,
  }
  const lines = names.map((name) => `"${name}": ${derived[name] ?? seen.headers[name]}`)
  const base = [...lines, `"@signature-params": ${input}`].join('\n')
  expect(seen.headers['signature']).toBe(`${label}=:${createHmac('sha256', secret).update(base).digest('base64')}:`)
}

describe('a challenge (RFC 9421 5)', () => {
  it('is answered once, with the nonce, label, tag and components of the server', async () => {
    const server = await challenging(
      `nonced=(${control} "content-digest" "content-type" "x-tenant");created;nonce="from-the-server-0001";keyid="alice";tag="bank"`,
    )
    const response = await client()(server.origin, { method: 'POST', body: 'pay', headers: { 'x-tenant': 't' } })
    expect(await response.text()).toBe('let in')
    const [first, second] = server.seen
    expect(parameterOf(first!.headers, 'nonce')).not.toBe('from-the-server-0001')
    expect(parameterOf(second!.headers, 'nonce')).toBe('from-the-server-0001')
    expect(parameterOf(second!.headers, 'tag')).toBe('bank')
    expect(second!.headers['signature-input']).toMatch(/^nonced=\(.* "x-tenant"\);created=\d+;expires=/)
    expect(second!.body.toString()).toBe('pay')
    expectValid(second!, 'nonced')
  })

  it('is answered at most once: a second one is for the caller', async () => {
    const ask = (nonce: string): string => `sig1=(${control});nonce="${nonce}"`
    const server = await challenging(ask('first-nonce-000001'), ask('second-nonce-00001'), ask('third-nonce-000001'))
    expect((await client()(server.origin)).status).toBe(401)
    expect(server.seen).toHaveLength(2)
  })

  it('serves one request: the next has a nonce of its own', async () => {
    const server = await challenging(`sig1=(${control});nonce="from-the-server-0001"`)
    const signedFetch = client()
    await signedFetch(server.origin)
    await signedFetch(server.origin)
    expect(server.seen.map(({ headers }) => parameterOf(headers, 'nonce')).lastIndexOf('from-the-server-0001')).toBe(1)
  })

  it('is chosen among several: the first that can be answered', async () => {
    const server = await challenging(
      `a=("@method");nonce="first-nonce-000001", b=(${control});nonce="second-nonce-00001", c=(${control});nonce="third-nonce-000001"`,
    )
    expect((await client()(server.origin)).status).toBe(200)
    expect(parameterOf(server.seen[1]!.headers, 'nonce')).toBe('second-nonce-00001')
  })

  it('comes after a wrong clock, and both are mended', async () => {
    const now = 1_700_000_000
    const stale = { type: 'urn:countersign:problem:stale', serverTime: now + 100 }
    const server = await startServer((_request, response) => {
      const problem = { 'content-type': 'application/problem+json' }
      const challenge = { 'accept-signature': `sig1=(${control});nonce="nonce-of-request-${server.seen.length}"` }
      if (server.seen.length === 1) response.writeHead(401, { ...problem, ...challenge }).end(JSON.stringify(stale))
      else if (server.seen.length === 2) response.writeHead(401, challenge).end()
      else response.end('let in')
    })
    const response = await client({ clock: () => now * 1000 })(server.origin)
    expect(response.status).toBe(200)
    expect(server.seen.map(({ headers }) => parameterOf(headers, 'created'))).toEqual([
      `${now}`,
      `${now + 100}`,
      `${now + 100}`,
    ])
    expect(parameterOf(server.seen[2]!.headers, 'nonce')).toBe('nonce-of-request-2')
  })

  it('comes before a wrong clock is noticed, and its nonce is still the one to use', async () => {
    const now = 1_700_000_000
    const stale = { type: 'urn:countersign:problem:stale', serverTime: now - 100 }
    const server = await startServer((_request, response) => {
      const problem = { 'content-type': 'application/problem+json' }
      const challenge = { 'accept-signature': `sig1=(${control});nonce="nonce-of-request-${server.seen.length}"` }
      if (server.seen.length === 1) response.writeHead(401, challenge).end()
      else if (server.seen.length === 2) response.writeHead(401, problem).end(JSON.stringify(stale))
      else response.end('let in')
    })
    const response = await client({ clock: () => now * 1000 })(server.origin)
    expect(response.status).toBe(200)
    const of = (name: string) => server.seen.slice(1).map(({ headers }) => parameterOf(headers, name))
    expect(of('created')).toEqual([`${now}`, `${now - 100}`])
    expect(of('nonce')).toEqual(['nonce-of-request-1', 'nonce-of-request-1'])
  })

  it('that asks for what was sent is no challenge: the 401 has another reason', async () => {
    const server = await challenging(`sig1=(${control});created;keyid="alice"`)
    expect((await client()(server.origin)).status).toBe(401)
    expect(server.seen).toHaveLength(1)
  })

  it('is not answered unless the option is set, nor with another status', async () => {
    const server = await challenging(`sig1=(${control});nonce="from-the-server-0001"`)
    expect((await createSignedFetch({ key })(server.origin)).status).toBe(401)
    const teapot = await startServer((_request, response) =>
      response.writeHead(418, { 'accept-signature': `sig1=(${control});nonce="from-the-server-0001"` }).end(),
    )
    expect((await client()(teapot.origin)).status).toBe(418)
    expect([server.seen.length, teapot.seen.length]).toEqual([1, 1])
  })

  it('of another origin, which a `fetch` of the caller went to, is not answered', async () => {
    let calls = 0
    const elsewhere: typeof fetch = async () => {
      calls++
      const headers = { 'accept-signature': `sig1=(${control});nonce="from-the-server-0001"` }
      const response = new Response('', { status: 401, headers })
      return Object.defineProperty(response, 'redirected', { value: true })
    }
    expect((await client({ fetch: elsewhere })('https://bank.example/')).status).toBe(401)
    expect(calls).toBe(1)
  })
})

describe('what is never signed, whoever asks', () => {
  it.each([
    ['less than the profile', 'sig1=("@method" "@path");nonce="from-the-server-0001"'],
    ['nothing', 'sig1=();nonce="from-the-server-0001"'],
    ['a component that the request lacks', `sig1=(${control} "x-tenant");nonce="from-the-server-0001"`],
    ['a component of another request', `sig1=(${control} "@method";req);nonce="from-the-server-0001"`],
    ['a component of responses', `sig1=(${control} "@status")`],
    ['with the key of another', `sig1=(${control});keyid="bob"`],
    ['with another algorithm', `sig1=(${control});alg="rsa-v1_5-sha256"`],
    ['with an unknown algorithm', `sig1=(${control});alg="none"`],
    ['with a parameter that nobody knows', `sig1=(${control});shadow`],
    ['with a nonce that has to be escaped', `sig1=(${control});nonce="a\\"b"`],
  ])('%s', async (_what, challenge) => {
    const server = await challenging(challenge)
    expect(await rejection(client()(server.origin))).toMatchObject({ code: 'unfulfillable_request' })
    expect(server.seen).toHaveLength(1)
  })

  it('a body without its digest', async () => {
    const server = await challenging(`sig1=(${control});nonce="from-the-server-0001"`)
    const sending = client()(server.origin, { method: 'POST', body: 'pay' })
    expect(await rejection(sending)).toMatchObject({
      code: 'unfulfillable_request',
      cause: { code: 'component_not_covered' },
    })
  })

  it('for another application', async () => {
    const server = await challenging(`sig1=(${control});tag="other"`)
    expect(await rejection(client({ tag: 'bank' })(server.origin))).toMatchObject({ code: 'unfulfillable_request' })
  })

  it('what cannot be read', async () => {
    const server = await challenging('sig1=(')
    expect(await rejection(client()(server.origin))).toMatchObject({ code: 'malformed_accept_signature' })
  })
})

it('takes any key', async () => {
  const { signingKey } = await generateKey(ed25519, { keyId: 'device' })
  const server = await challenging(`sig1=(${control});nonce="from-the-server-0001";alg="ed25519"`)
  expect((await client({ key: signingKey })(server.origin)).status).toBe(200)
})

it('challenges: true is a mistake, and says what to write', () => {
  expect(() => createSignedFetch({ key, challenges: true as never })).toThrow(/answerChallenges\(\)/)
})
