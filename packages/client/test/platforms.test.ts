import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ed25519, generateKey, type SigningKey } from '@countersign/core'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createSignedFetch, type SignedFetchOptions } from '../src/index.ts'
import { importKey, parameterOf } from './key.ts'
import { startServer } from './loopback-server.ts'

let key: SigningKey

beforeAll(async () => {
  key = await importKey()
})
afterEach(() => {
  vi.unstubAllGlobals()
})

describe('a secret in a browser (attack 108)', () => {
  const chromium =
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36'
  const places: [string, () => void][] = [
    ['a page', () => vi.stubGlobal('document', {})],
    ['a worker, where there is no document', () => vi.stubGlobal('navigator', { userAgent: chromium })],
  ]

  it.each(places)('throws in %s, when the client is created', (_where, enter) => {
    enter()
    expect(() => createSignedFetch({ key })).toThrow(TypeError)
    expect(() => createSignedFetch({ key })).toThrow(/Ed25519 key, or set dangerouslyAllowBrowser/)
    expect(() => createSignedFetch({ key, dangerouslyAllowBrowser: false })).toThrow(TypeError)
    // Only `true` is an opt-in.
    expect(() => createSignedFetch({ key, dangerouslyAllowBrowser: 1 as never })).toThrow(TypeError)
  })

  it.each(places)('can be allowed in %s', async (_where, enter) => {
    enter()
    expect(createSignedFetch({ key, dangerouslyAllowBrowser: true })).toBeTypeOf('function')
  })

  it.each(places)('is none where the key is a pair: %s', async (_where, enter) => {
    const { signingKey } = await generateKey(ed25519)
    enter()
    expect(createSignedFetch({ key: signingKey })).toBeTypeOf('function')
  })

  it.each(['Node.js/24', 'Deno/2.5.0', 'Bun/1.3.0', 'Cloudflare-Workers', undefined])(
    'is none where %s runs it',
    (userAgent) => {
      vi.stubGlobal('navigator', { userAgent })
      expect(createSignedFetch({ key })).toBeTypeOf('function')
    },
  )
})

describe('a platform that cannot send signed requests', () => {
  it('has no secure random source: a TypeError when the client is created', () => {
    for (const crypto of [undefined, {}]) {
      vi.stubGlobal('crypto', crypto)
      expect(() => createSignedFetch({ key })).toThrow(TypeError)
      expect(() => createSignedFetch({ key })).toThrow(/needs crypto\.getRandomValues, which .*: add a polyfill/)
    }
  })

  it('has no secure random source, and the caller brings one', () => {
    vi.stubGlobal('crypto', undefined)
    expect(createSignedFetch({ key, random: () => new Uint8Array(16) })).toBeTypeOf('function')
  })

  it('has a source that may not be used yet, as in the global scope of workerd', () => {
    const refuse = (): never => {
      throw new Error('Disallowed operation called within global scope')
    }
    vi.stubGlobal('crypto', { getRandomValues: refuse })
    expect(createSignedFetch({ key })).toBeTypeOf('function')
  })

  it('has no Fetch API: a TypeError when the client is created', () => {
    vi.stubGlobal('Request', undefined)
    expect(() => createSignedFetch({ key, fetch: vi.fn() })).toThrow(TypeError)
    expect(() => createSignedFetch({ key, fetch: vi.fn() })).toThrow(/needs Request, which .*: add a polyfill/)
  })
})

/** A shared cache before a server: it keeps answers to GET by URL, and asks anew when a request says no-cache. */
async function startCache(origin: string): Promise<string> {
  const kept = new Map<string, string>()
  const cache = createServer(async (request, response) => {
    const url = request.url!
    const mayAnswer = request.method === 'GET' && !/no-cache|no-store/.test(request.headers['cache-control'] ?? '')
    if (mayAnswer && kept.has(url)) return void response.end(kept.get(url))
    const headers = Object.entries(request.headers).filter(([name]) => !['host', 'connection'].includes(name))
    const answer = await fetch(`${origin}${url}`, { headers: headers as [string, string][] })
    kept.set(url, await answer.text())
    response.end(kept.get(url))
  })
  await new Promise<void>((resolve) => cache.listen(0, '127.0.0.1', resolve))
  caches.push(() => cache.close().closeAllConnections())
  return `http://127.0.0.1:${(cache.address() as AddressInfo).port}`
}
const caches: (() => void)[] = []
afterEach(() => {
  for (const close of caches.splice(0)) close()
})

describe('a signed GET and caches (attack 106)', () => {
  it('reaches the server each time, through a cache that answers others', async () => {
    const server = await startServer((_request, response) => response.end(String(server.seen.length)))
    const cache = await startCache(server.origin)
    const signedFetch = createSignedFetch({ key })
    const ask = async (send: typeof fetch): Promise<string> => (await send(`${cache}/balance`)).text()
    expect([await ask(fetch), await ask(fetch)]).toEqual(['1', '1'])
    expect([await ask(signedFetch), await ask(signedFetch)]).toEqual(['2', '3'])
    expect(parameterOf(server.seen[1]!.headers, 'nonce')).not.toBe(parameterOf(server.seen[2]!.headers, 'nonce'))
  })

  async function modeOf(init: RequestInit, options: Partial<SignedFetchOptions> = {}): Promise<RequestCache> {
    const modes: RequestCache[] = []
    const record: typeof fetch = async (input) => {
      modes.push((input as Request).cache)
      return new Response()
    }
    await createSignedFetch({ key, fetch: record, ...options })('https://e/', init)
    return modes[0]!
  }

  it('has the cache mode no-store, unless the caller chose another', async () => {
    expect(await modeOf({})).toBe('no-store')
    expect(await modeOf({ method: 'HEAD' })).toBe('no-store')
    expect(await modeOf({ cache: 'reload' })).toBe('reload')
    expect(await modeOf({ method: 'POST', body: 'x' })).toBe('default')
  })

  it('has no cache mode where the platform knows none and throws for any', async () => {
    const PlatformRequest = globalThis.Request
    vi.stubGlobal(
      'Request',
      new Proxy(PlatformRequest, {
        construct(target, [input, init]: [RequestInfo, RequestInit | undefined]) {
          if (init?.cache !== undefined) throw new Error("The 'cache' field is not implemented.")
          return Object.defineProperty(new target(input, init), 'cache', { value: undefined })
        },
      }),
    )
    expect(await modeOf({})).toBeUndefined()
  })
})
