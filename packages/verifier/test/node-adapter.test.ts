import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createSignedFetch } from '@countersign/client'
import { type GeneratedKey, generateKey, hmacSha256 } from '@countersign/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createVerifier, type ProtectedHandler, type ProtectOptions, protect } from '../src/adapters/node.ts'
import { createMemoryReplayStore } from '../src/index.ts'

let server: Server | undefined
let key: GeneratedKey

beforeEach(async () => {
  key = await generateKey(hmacSha256)
})

afterEach(() => {
  server?.close()
  server?.closeAllConnections()
})

async function listen(handler: ProtectedHandler, options?: ProtectOptions): Promise<string> {
  server = createServer((request, response) => listener(request, response))
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const replayStore = createMemoryReplayStore({ startsFresh: true })
  const verify = createVerifier({ keys: [key.verifyingKey], replayStore, origin, maxBodyBytes: 100_000 })
  const listener = protect(verify, handler, options)
  return origin
}

describe('protect', () => {
  it('hands the handler what was verified', async () => {
    const origin = await listen((request, response, verified) => {
      response.end(JSON.stringify([request.method, verified.keyId, verified.json()]))
    })
    const response = await createSignedFetch({ key: key.signingKey })(origin, { method: 'PUT', body: '{"a":1}' })
    expect(await response.json()).toEqual(['PUT', key.keyId, { a: 1 }])
  })

  it('answers 500 when the handler fails, tells onError, and goes on', async () => {
    const errors: unknown[] = []
    const origin = await listen((_request, response, verified) => response.end(String(verified.json())), {
      onError: (error) => errors.push(error),
    })
    const signedFetch = createSignedFetch({ key: key.signingKey })
    const failed = await signedFetch(origin, { method: 'POST', body: 'no JSON' })
    expect([failed.status, await failed.text()]).toEqual([500, ''])
    expect(errors).toEqual([expect.any(SyntaxError)])
    expect((await signedFetch(origin, { method: 'POST', body: '1' })).status).toBe(200)
  })

  it('breaks off an answer that had begun', async () => {
    const origin = await listen(
      (_request, response) => {
        response.writeHead(200, { 'content-length': 10 }).write('x')
        throw new Error('half-way')
      },
      { onError: () => {} },
    )
    const signedFetch = createSignedFetch({ key: key.signingKey })
    await expect(signedFetch(origin).then((response) => response.text())).rejects.toThrow()
  })

  it('refuses with problem details of a known length, and keeps the connection for a short body', async () => {
    const origin = await listen((_request, response) => response.end())
    const refused = await fetch(origin, { method: 'POST', body: 'unsigned' })
    const text = await refused.text()
    expect(refused.status).toBe(401)
    expect(refused.headers.get('content-length')).toBe(String(text.length))
    expect(refused.headers.get('connection')).not.toBe('close')
    expect(JSON.parse(text)).toMatchObject({ code: 'missing' })
  })

  it('closes the connection rather than read a long body that it refused', async () => {
    const origin = await listen((_request, response) => response.end())
    const refused = await fetch(origin, { method: 'POST', body: new Uint8Array(70_000) })
    expect(refused.headers.get('connection')).toBe('close')
  })
})

describe('createVerifier', () => {
  it('says what to do when something read the body before', async () => {
    const errors: unknown[] = []
    key = await generateKey(hmacSha256)
    const replayStore = createMemoryReplayStore({ startsFresh: true })
    const verify = createVerifier({ keys: [key.verifyingKey], replayStore, origin: 'http://127.0.0.1' })
    server = createServer(async (request, response) => {
      for await (const _chunk of request);
      await verify(request).catch((error: unknown) => errors.push(error))
      response.end()
    })
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
    await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { method: 'POST', body: 'x' })
    expect(String(errors[0])).toMatch(/TypeError: the body was read before verification: put verification before/)
  })

  it('goes by the URL that was requested, not by what a router left of it', async () => {
    const origin = await listen((_request, response) => response.end())
    const mounted = server as Server
    const [original] = mounted.listeners('request')
    mounted.removeAllListeners('request')
    mounted.on('request', (request, response) => {
      Object.assign(request, { originalUrl: request.url, url: '/rest' })
      original?.call(mounted, request, response)
    })
    expect((await createSignedFetch({ key: key.signingKey })(`${origin}/mount/rest?a=1`)).status).toBe(200)
  })
})
