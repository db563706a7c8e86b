import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { RemoteJwksFailure, RemoteJwksOptions } from '../../src/index.ts'
import { patience } from '../patience.ts'
import { type JwksServer, jsonOf, newKey, outcomeOf, startJwksServer, watch } from './jwks-server.ts'

type Listener = Parameters<JwksServer['answer']>[0]

const alice = newKey('alice')
const set = JSON.stringify({ keys: [alice.jwk] })

const body = (text: string | Uint8Array, headers: Record<string, string> = {}): Listener => {
  return (_request, response) => void response.writeHead(200, headers).end(text)
}

const failures: [string, RemoteJwksFailure, Listener][] = [
  ['a status of 500', 'status', (_request, response) => void response.writeHead(500).end(set)],
  ['a status of 404', 'status', (_request, response) => void response.writeHead(404).end(set)],
  ['a status of 203', 'status', (_request, response) => void response.writeHead(203).end(set)],
  ['a status of 204', 'status', (_request, response) => void response.writeHead(204).end()],
  ['no body', 'not-json', body('')],
  ['HTML', 'not-json', body('<!doctype html>')],
  ['half of the JSON', 'not-json', body(set.slice(0, -1))],
  ['something behind the JSON', 'not-json', body(`${set} x`)],
  ['a comment in the JSON', 'not-json', body(`/* keys */ ${set}`)],
  ['bytes that are no UTF-8', 'not-json', body(Buffer.from(set.replace('alice', 'al\xeece'), 'latin1'))],
  ['null', 'not-a-jwks', body('null')],
  ['a list', 'not-a-jwks', body(`[${JSON.stringify(alice.jwk)}]`)],
  ['a JWK instead of a set', 'not-a-jwks', body(JSON.stringify(alice.jwk))],
  ['keys as an object', 'not-a-jwks', body(JSON.stringify({ keys: { alice: alice.jwk } }))],
  ['keys of the prototype', 'not-a-jwks', body(`{"__proto__":${set}}`)],
  ['a body that is too large', 'too-large', body(set + ' '.repeat(65_536))],
  [
    'a body that breaks off',
    'network',
    (_request, response) => {
      response.writeHead(200, { 'content-length': String(set.length + 1) }).write(set, () => response.destroy())
    },
  ],
  ['no answer but the end', 'network', (request) => void request.socket.destroy()],
  ['a redirect', 'redirect', (_request, response) => void response.writeHead(302, { location: '/other' }).end(set)],
  [
    'a redirect that keeps the method',
    'redirect',
    (_request, response) => {
      response.writeHead(308, { location: '/other' }).end(set)
    },
  ],
  ['not modified', 'redirect', (_request, response) => void response.writeHead(304).end()],
]

describe('a set that cannot be loaded', () => {
  it.each(failures)('%s', async (_what, reason, listener) => {
    const server = await startJwksServer()
    server.answer(listener)
    const { keys, events } = watch(server)
    await expect(keys.refresh()).rejects.toMatchObject({ code: 'key_unavailable', retryAfterSeconds: 30 })
    expect(await outcomeOf(keys, 'alice')).toBe('key_unavailable')
    expect(events).toEqual([{ type: 'failed', reason, milliseconds: 0, trustedForSeconds: 0 }])
    expect(server.requests().length).toBe(1)
  })

  it.each(failures)('%s: what was known before stays', async (_what, _reason, listener) => {
    const server = await startJwksServer([alice.jwk])
    const { keys, clock } = watch(server)
    await keys.refresh()
    server.answer(listener)
    clock.advance(601)
    expect(await outcomeOf(keys, 'alice')).toBe('known')
    expect(await outcomeOf(keys, 'mallory')).toBe('unknown')
    expect(server.requests().length).toBe(2)
  })

  it('too many keys', async () => {
    const server = await startJwksServer(Array.from({ length: 101 }, (_none, index) => ({ kid: `key-${index}` })))
    const { keys, events } = watch(server)
    await expect(keys.refresh()).rejects.toMatchObject({ code: 'key_unavailable' })
    expect(events).toMatchObject([{ type: 'failed', reason: 'too-many-keys' }])
    const wider = watch(server, { maxKeys: 101 })
    await wider.keys.refresh()
    expect(wider.events.at(-1)).toMatchObject({ type: 'fetched', keys: 0, ignored: 101 })
  })

  it('nobody listens', async () => {
    const server = await startJwksServer()
    const { keys, events } = watch(server, { url: 'http://127.0.0.1:1/', allowedHosts: ['127.0.0.1:1'] })
    expect(await outcomeOf(keys, 'alice')).toBe('key_unavailable')
    expect(events).toMatchObject([{ type: 'failed', reason: 'network' }])
  })
})

describe('a set that takes its time', () => {
  const limit: Partial<RemoteJwksOptions> = { timeoutMilliseconds: 100 }

  it('no answer', async () => {
    const server = await startJwksServer()
    server.answer(() => {})
    const { keys, events } = watch(server, limit)
    expect(await outcomeOf(keys, 'alice')).toBe('key_unavailable')
    expect(events).toMatchObject([{ type: 'failed', reason: 'timeout' }])
  })

  it('a body that dribbles', async () => {
    const server = await startJwksServer()
    let closed = false
    server.answer((_request, response) => {
      response.writeHead(200)
      let sent = 0
      const timer = setInterval(() => response.write(set[sent++ % set.length]!), 20)
      response.on('close', () => {
        closed = true
        clearInterval(timer)
      })
    })
    const { keys, events } = watch(server, limit)
    expect(await outcomeOf(keys, 'alice')).toBe('key_unavailable')
    expect(events).toMatchObject([{ type: 'failed', reason: 'timeout' }])
    await expect.poll(() => closed, patience).toBe(true)
  })

  it.each([
    ['a fetch that never ends', () => new Promise<never>(() => {})],
    ['a body that never ends', async () => new Response(new ReadableStream())],
  ])('%s, and does not listen to the signal', async (_what, fetch) => {
    const server = await startJwksServer()
    const { keys, events } = watch(server, { ...limit, fetch })
    expect(await outcomeOf(keys, 'alice')).toBe('key_unavailable')
    expect(events).toMatchObject([{ type: 'failed', reason: 'timeout' }])
  })

  it('a fetch that throws', async () => {
    const server = await startJwksServer()
    const fetch = (): never => {
      throw new TypeError('no network here')
    }
    const { keys } = watch(server, { fetch })
    await expect(keys.refresh()).rejects.toMatchObject({
      code: 'key_unavailable',
      cause: { message: 'no network here' },
    })
  })
})

describe('a set that is too large', () => {
  it('is not read to its end, whatever its length is said to be', async () => {
    const server = await startJwksServer()
    let [sent, closed] = [0, false]
    server.answer((_request, response) => {
      response.writeHead(200)
      response.on('close', () => {
        closed = true
      })
      const more = (): void => {
        while (!closed && response.write('x'.repeat(16_384))) sent += 16_384
        if (!closed) response.once('drain', more)
      }
      more()
    })
    const { keys, events } = watch(server)
    expect(await outcomeOf(keys, 'alice')).toBe('key_unavailable')
    expect(events).toMatchObject([{ type: 'failed', reason: 'too-large' }])
    await expect.poll(() => closed, patience).toBe(true)
    // What the buffers of the two sockets hold, and not what a server can send in a second.
    expect(sent).toBeLessThan(16 * 1024 * 1024)
  })

  it('after a content coding', async () => {
    const server = await startJwksServer()
    const bomb = gzipSync(Buffer.alloc(50_000_000, ' '))
    expect(bomb.length).toBeLessThan(65_536)
    server.answer(body(bomb, { 'content-encoding': 'gzip' }))
    const { keys, events } = watch(server)
    expect(await outcomeOf(keys, 'alice')).toBe('key_unavailable')
    expect(events).toMatchObject([{ type: 'failed', reason: 'too-large' }])
  })

  it('the limit belongs to it', async () => {
    const server = await startJwksServer()
    server.answer(body(set))
    const exact = watch(server, { maxBytes: Buffer.byteLength(set) })
    expect(await outcomeOf(exact.keys, 'alice')).toBe('known')
    const shorter = watch(server, { maxBytes: Buffer.byteLength(set) - 1 })
    expect(await outcomeOf(shorter.keys, 'alice')).toBe('key_unavailable')
  })
})

describe('a redirect', () => {
  async function startOther(): Promise<{ readonly url: string; readonly requests: () => number }> {
    let requests = 0
    const server = createServer((...parts) => {
      requests++
      jsonOf({ keys: [newKey('mallory').jwk] })(...parts)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      server.closeAllConnections()
      return new Promise<void>((resolve) => void server.close(() => resolve()))
    })
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, requests: () => requests }
  }

  it.each([301, 302, 303, 307, 308])('%i is not followed', async (status) => {
    const [server, other] = [await startJwksServer(), await startOther()]
    server.answer((_request, response) => void response.writeHead(status, { location: other.url }).end())
    const { keys } = watch(server)
    expect(await outcomeOf(keys, 'mallory')).toBe('key_unavailable')
    expect(other.requests()).toBe(0)
  })

  it('that a fetch of the caller follows all the same is not believed', async () => {
    const [server, other] = [await startJwksServer(), await startOther()]
    server.answer((_request, response) => void response.writeHead(302, { location: other.url }).end())
    const { keys, events } = watch(server, { fetch: (url, init) => fetch(url, { ...init, redirect: 'follow' }) })
    expect(await outcomeOf(keys, 'mallory')).toBe('key_unavailable')
    expect(other.requests()).toBe(1)
    expect(events).toMatchObject([{ type: 'failed', reason: 'redirect' }])
  })
})

describe('the request', () => {
  it('is a GET of the url, with the fields of the options', async () => {
    const server = await startJwksServer([alice.jwk])
    const { keys } = watch(server, { url: `${server.url}?tenant=7`, headers: { Authorization: 'Bearer t' } })
    await keys.refresh()
    const [request] = server.requests()
    expect(request).toMatchObject({ method: 'GET', url: '/jwks.json?tenant=7' })
    expect(request?.headers).toMatchObject({
      accept: 'application/jwk-set+json, application/json',
      authorization: 'Bearer t',
      'cache-control': 'no-cache',
    })
  })

  it('goes through the fetch of the platform as it is at that time', async () => {
    const server = await startJwksServer([alice.jwk])
    const { keys } = watch(server)
    const original = globalThis.fetch
    onTestFinished(() => {
      globalThis.fetch = original
    })
    let calls = 0
    globalThis.fetch = (...parts) => {
      calls++
      return original(...parts)
    }
    await keys.refresh()
    expect(calls).toBe(1)
  })

  it('accepts any content type, a byte order mark and members that it does not know', async () => {
    const server = await startJwksServer()
    const text = `\ufeff${JSON.stringify({ issuer: 'x', keys: [{ ...alice.jwk, owner: 'x' }] })}`
    server.answer(body(text, { 'content-type': 'text/plain' }))
    expect(await outcomeOf(watch(server).keys, 'alice')).toBe('known')
  })
})
