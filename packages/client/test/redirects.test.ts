import { generateKey, hmacSha256, isSignatureError, type SigningKey } from '@countersign/core'
import { beforeAll, describe, expect, it } from 'vitest'
import { createSignedFetch } from '../src/index.ts'
import { type LoopbackServer, startServer } from './loopback-server.ts'

let key: SigningKey

beforeAll(async () => {
  key = (await generateKey(hmacSha256, { keyId: 'alice' })).signingKey
})

function redirecting(status: number, location: (origin: string) => string): Promise<LoopbackServer> {
  const started: Promise<LoopbackServer> = startServer((request, response) => {
    if (request.target !== '/from') return void response.end('arrived')
    void started.then(({ origin }) => response.writeHead(status, { location: location(origin) }).end('moved'))
  })
  return started
}

const nonceOf = (headers: Readonly<Record<string, string>>): string | undefined =>
  /nonce="([^"]+)"/.exec(headers['signature-input'] ?? '')?.[1]

describe('redirects', () => {
  it.each([
    [301, 'POST', 'GET', ''],
    [302, 'POST', 'GET', ''],
    [303, 'PUT', 'GET', ''],
    [307, 'POST', 'POST', 'body'],
    [308, 'PUT', 'PUT', 'body'],
    [302, 'PUT', 'PUT', 'body'],
  ])('%i of %s within the origin is signed anew as %s (attack 102)', async (status, method, nextMethod, body) => {
    const server = await redirecting(status, () => '/to?x=1')
    const response = await createSignedFetch({ key })(`${server.origin}/from`, { method, body: 'body' })
    expect(await response.text()).toBe('arrived')
    const [first, second] = server.seen
    expect(second).toMatchObject({ method: nextMethod, target: '/to?x=1' })
    expect(second!.body.toString()).toBe(body)
    expect(second!.headers['content-digest'] !== undefined).toBe(body !== '')
    expect(second!.headers['content-type'] !== undefined).toBe(body !== '')
    expect(nonceOf(second!.headers)).toBeDefined()
    expect(nonceOf(second!.headers)).not.toBe(nonceOf(first!.headers))
  })

  it.each([302, 307, 308])('%i to another origin is refused, and nothing leaves (attack 101)', async (status) => {
    const other = await startServer()
    const server = await redirecting(status, () => `${other.origin}/to`)
    const error = await createSignedFetch({ key })(`${server.origin}/from`, { method: 'POST', body: 'x' }).catch(
      (thrown: unknown) => thrown,
    )
    expect(isSignatureError(error) && error.code).toBe('redirect_refused')
    expect(server.seen).toHaveLength(1)
    expect(other.seen).toHaveLength(0)
  })

  it('a change of scheme or port alone is another origin', async () => {
    const server = await redirecting(307, (origin) => `${origin.replace('http:', 'https:')}/to`)
    await expect(createSignedFetch({ key })(`${server.origin}/from`)).rejects.toMatchObject({
      code: 'redirect_refused',
    })
  })

  it('an endless one ends', async () => {
    const server = await startServer((_request, response) => response.writeHead(302, { location: '/again' }).end())
    await expect(createSignedFetch({ key })(server.origin)).rejects.toMatchObject({ code: 'redirect_refused' })
    expect(server.seen.length).toBeLessThan(30)
  })

  it('is left to the caller with redirect "manual", and refused with "error"', async () => {
    const server = await redirecting(302, () => '/to')
    const response = await createSignedFetch({ key })(`${server.origin}/from`, { redirect: 'manual' })
    expect(response.status).toBe(302)
    await expect(createSignedFetch({ key })(`${server.origin}/from`, { redirect: 'error' })).rejects.toThrow(TypeError)
    expect(server.seen).toHaveLength(2)
  })

  it('says why a browser cannot follow', async () => {
    const opaque = { type: 'opaqueredirect', status: 0, headers: new Headers() } as Response
    const signedFetch = createSignedFetch({ key, fetch: async () => opaque })
    await expect(signedFetch('https://e/')).rejects.toThrow(/browsers hide where a redirect leads/)
  })

  it.each([302, 307])('%i is refused with the option redirect "error", also within the origin', async (status) => {
    const server = await redirecting(status, () => '/to')
    const signedFetch = createSignedFetch({ key, redirect: 'error' })
    await expect(signedFetch(`${server.origin}/from`)).rejects.toMatchObject({ code: 'redirect_refused' })
    expect(server.seen).toHaveLength(1)
    expect(await (await signedFetch(`${server.origin}/to`)).text()).toBe('arrived')
  })

  it('with another option is a mistake', () => {
    expect(() => createSignedFetch({ key, redirect: 'follow' as never })).toThrow(/"follow-same-origin" or "error"/)
  })

  it('keeps what the caller said of each hop', async () => {
    const server = await redirecting(307, () => '/to')
    const controller = new AbortController()
    const headers = { authorization: 'Bearer x', 'x-other': 'y' }
    await createSignedFetch({ key })(`${server.origin}/from`, { headers, signal: controller.signal })
    expect(server.seen[1]!.headers).toMatchObject(headers)
    expect(server.seen[1]!.headers['signature-input']).toContain('"authorization"')
  })

  it('ignores a 3xx that leads nowhere', async () => {
    const server = await startServer((_request, response) => response.writeHead(304).end())
    expect((await createSignedFetch({ key })(server.origin)).status).toBe(304)
  })
})
