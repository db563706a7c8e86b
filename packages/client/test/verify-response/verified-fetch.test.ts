import { generateKey, hmacSha256, type SigningKey } from '@countersign/core'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  createResponseVerifier,
  createSignedFetch,
  createVerifiedFetch,
  signRequest,
  type VerifiedFetchOptions,
} from '../../src/index.ts'
import { startServer } from '../loopback-server.ts'
import { now, type SignedReply, sendReply, serverKey, signReply, startSigningServer } from './signing-server.ts'

let key: SigningKey
const clock = (): number => now * 1000

beforeAll(async () => {
  key = (await generateKey(hmacSha256, { keyId: 'alice' })).signingKey
})

async function verifiedFetch(options: Partial<VerifiedFetchOptions> = {}): Promise<typeof fetch> {
  return createSignedFetch({ key, clock, fetch: createVerifiedFetch({ keys: [await serverKey()], clock, ...options }) })
}

/** A guard against hanging, on a machine that may be busy. */
const patience = { timeout: 15_000 }

describe('createVerifiedFetch', () => {
  it('hands out status, fields, URL and exactly the bytes that were signed', async () => {
    const body = new Uint8Array(100_000).map((_byte, index) => index)
    const server = await startSigningServer({ status: 201, headers: { 'x-other': 'unsigned', location: '/1' }, body })
    const response = await (await verifiedFetch())(`${server.origin}/x`, { method: 'POST', body: 'x' })
    expect([response.status, response.headers.get('location'), response.url]).toEqual([201, '/1', `${server.origin}/x`])
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(body)
  })

  it.each<[string, string, SignedReply]>([
    ['a GET', 'GET', {}],
    ['a HEAD', 'HEAD', { body: '', headers: { 'content-type': 'text/plain' } }],
    // A server may send the fields that GET would have.
    ['a HEAD with the digest of the GET', 'HEAD', {}],
    ['204', 'DELETE', { status: 204, body: '' }],
    ['304', 'GET', { status: 304, body: '', headers: { etag: '"1"' } }],
    ['304 with the digest of the 200', 'GET', { status: 304, alter: () => ({ body: new Uint8Array(0) }) }],
    ['200 without a body', 'GET', { body: '' }],
    ['a refusal', 'GET', { status: 401, body: '{}', headers: { 'content-type': 'application/problem+json' } }],
  ])('believes %s', async (_name, method, reply) => {
    const server = await startSigningServer(reply)
    const response = await (await verifiedFetch())(server.origin, { method })
    const empty = method === 'HEAD' || reply.body === '' || reply.alter !== undefined
    expect([response.status, await response.text()]).toEqual([reply.status ?? 200, empty ? '' : (reply.body ?? 'paid')])
  })

  it('believes a response that names the signature of the request by its label', async () => {
    const server = await startSigningServer((seen) => ({
      components: (all) => all.filter((name) => name !== '"signature-input";req'),
      values: { [keyed]: seen.headers['signature-input']!.replace(/^sig1=/, '') },
    }))
    expect(await (await (await verifiedFetch())(server.origin)).text()).toBe('paid')
  })

  it('refuses one that names a label without a nonce, which may be that of many requests', async () => {
    const server = await startSigningServer({
      components: (all) => all.filter((name) => name !== '"signature-input";req'),
      values: { [keyed]: '();created=1' },
    })
    const send = createVerifiedFetch({ keys: [await serverKey()], clock })
    const unique = '("@method");created=1;nonce="0123456789abcdef"'
    const headers = { 'signature-input': `a=${unique}, sig1=();created=1`, signature: 'a=:AA==:, sig1=:AA==:' }
    await expect(send(server.origin, { headers })).rejects.toMatchObject({ code: 'component_not_covered' })
  })

  it('refuses a redirect that is not signed, and follows one that is', async () => {
    const server = await startServer((seen, response) => {
      const location = '/end'
      if (seen.target === '/forged') response.writeHead(307, { location }).end()
      else if (seen.target === '/start')
        sendReply(response, signReply(seen, { status: 307, headers: { location }, body: '' }))
      else sendReply(response, signReply(seen))
    })
    const get = await verifiedFetch()
    expect(await (await get(`${server.origin}/start`)).text()).toBe('paid')
    await expect(get(`${server.origin}/forged`)).rejects.toMatchObject({ code: 'missing_signature' })
    expect(server.seen.map((seen) => seen.target)).toEqual(['/start', '/end', '/forged'])
  })

  it('refuses a redirect that the platform followed', async () => {
    const server = await startServer((seen, response) => {
      if (seen.target === '/') response.writeHead(307, { location: '/end' }).end()
      else sendReply(response, signReply(seen))
    })
    const { request } = await signRequest(new Request(server.origin), { key, clock })
    const send = createVerifiedFetch({ keys: [await serverKey()], clock })
    await expect(send(request)).rejects.toMatchObject({ code: 'redirect_refused' })
  })

  it('sends no request that is not signed', async () => {
    const server = await startSigningServer({})
    const send = createVerifiedFetch({ keys: [await serverKey()] })
    await expect(send(server.origin)).rejects.toThrow(TypeError)
    expect(server.seen).toEqual([])
  })

  it('stops reading at the limit, and lets the connection go', async () => {
    let closed = false
    const server = await startServer((seen, response) => {
      const { headers } = signReply(seen)
      response.writeHead(200, headers)
      const writing = setInterval(() => response.write(new Uint8Array(1000)), 1)
      response.on('close', () => {
        closed = true
        clearInterval(writing)
      })
    })
    const get = await verifiedFetch({ maxBodyBytes: 5000 })
    await expect(get(server.origin)).rejects.toMatchObject({ code: 'body_too_large' })
    await expect.poll(() => closed, patience).toBe(true)
  })

  it('lets the connection of a refused response go', async () => {
    let closed = false
    const server = await startServer((_seen, response) => {
      response.on('close', () => {
        closed = true
      })
      response.writeHead(200).write('never ends')
    })
    await expect((await verifiedFetch())(server.origin)).rejects.toMatchObject({ code: 'missing_signature' })
    await expect.poll(() => closed, patience).toBe(true)
  })

  it('throws what a body that breaks off is, and the reason of an abort', async () => {
    const server = await startServer((seen, response) => {
      response.writeHead(200, { ...signReply(seen).headers, 'content-length': 4 }).write('p')
      if (seen.target === '/breaks') setTimeout(() => response.destroy(), 20)
    })
    const get = await verifiedFetch()
    await expect(get(`${server.origin}/breaks`)).rejects.toMatchObject({ code: 'body_unreadable' })
    const signal = AbortSignal.timeout(100)
    await expect(get(`${server.origin}/waits`, { signal })).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  it('believes the signature of the server beside that of a proxy', async () => {
    const server = await startSigningServer({
      alter: ({ headers }) => ({
        headers: {
          ...headers,
          'signature-input': `proxy=("@status");created=1;keyid="p", ${headers['signature-input']}`,
          signature: `proxy=:AAAA:, ${headers['signature']}`,
        },
      }),
    })
    expect(await (await (await verifiedFetch())(server.origin)).text()).toBe('paid')
  })

  it('looks at signatures with its tag only, and asks for the fields that it is told', async () => {
    const server = await startSigningServer({
      parameters: `;created=${now};keyid="bank";tag="bank"`,
      headers: { etag: '"1"' },
    })
    const strict = { tag: 'bank', coveredWhenPresent: ['etag'] }
    expect(await (await (await verifiedFetch(strict))(server.origin)).text()).toBe('paid')
    const other = await verifiedFetch({ tag: 'other' })
    await expect(other(server.origin)).rejects.toMatchObject({ code: 'no_matching_signature' })
    const date = await verifiedFetch({ coveredWhenPresent: ['date'] })
    await expect(date(server.origin)).rejects.toMatchObject({ code: 'component_not_covered' })
  })
})

const keyed = '"signature-input";req;key="sig1"'

describe('createResponseVerifier', () => {
  it('gives what was signed', async () => {
    const server = await startSigningServer({ body: '{"paid":true}' })
    const { request } = await signRequest(new Request(server.origin), { key, clock })
    const verifyResponse = createResponseVerifier({ keys: [await serverKey()], clock })
    const verified = await verifyResponse(request, await fetch(request))
    expect([verified.keyId, verified.message.status, verified.json()]).toEqual(['bank', 200, { paid: true }])
    expect(verified.signature.components[0]?.text).toBe('"@status"')
  })

  it('wants the body unread', async () => {
    const { request } = await signRequest(new Request('https://bank.example'), { key })
    const response = new Response('x')
    await response.text()
    const verifyResponse = createResponseVerifier({ keys: [await serverKey()] })
    await expect(verifyResponse(request, response)).rejects.toThrow(TypeError)
  })

  it.each([
    ['fails', () => Promise.reject(new Error('down')), 'key_unavailable'],
    ['knows no such key', () => undefined, 'unknown_key'],
    ['gives a key of another name', () => serverKey('other'), 'key_unavailable'],
  ])('refuses when the resolver %s', async (_name, keys, code) => {
    const server = await startSigningServer({})
    await expect((await verifiedFetch({ keys }))(server.origin)).rejects.toMatchObject({ code })
  })

  it('finds mistakes when it is made', async () => {
    const keys = [await serverKey()]
    const mistakes: unknown[] = [
      {},
      { keys: [] },
      { keys: [{}] },
      { keys: [...keys, ...keys] },
      { keys, maxAge: 5 },
      { keys, maxAgeSeconds: 0 },
      { keys, futureSkewSeconds: -1 },
      { keys, maxBodyBytes: 1.5 },
      { keys, allowSharedKey: 'no' },
      { keys, coveredWhenPresent: ['@status'] },
      { keys, coveredWhenPresent: ['Date'] },
    ]
    for (const options of mistakes) {
      expect(() => createResponseVerifier(options as VerifiedFetchOptions), JSON.stringify(options)).toThrow(TypeError)
    }
  })
})
