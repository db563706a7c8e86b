import { createSignedFetch, signRequest } from '@countersign/client'
import { ed25519, type GeneratedKey, generateKey } from '@countersign/core'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createMemoryReplayStore, createVerifier, protect, type Verifier } from '../src/index.ts'

let key: GeneratedKey
let verify: Verifier

beforeEach(async () => {
  key = await generateKey(ed25519)
  const replayStore = createMemoryReplayStore({ startsFresh: true })
  verify = createVerifier({ keys: [key.verifyingKey], replayStore, origin: 'https://bank.example' })
})

async function signed(url: string, init?: RequestInit): Promise<Request> {
  return (await signRequest(new Request(url, init), { key: key.signingKey })).request
}

describe('the Fetch API adapter', () => {
  it('lets a request in once', async () => {
    const request = await signed('https://bank.example/transfers?a=b', { method: 'POST', body: '{"amount":5}' })
    const copy = request.clone()
    expect((await verify(request)).json()).toEqual({ amount: 5 })
    await expect(verify(copy)).rejects.toMatchObject({ code: 'replayed' })
  })

  it('goes by its own origin, whatever host the request was built with', async () => {
    const request = await signed('https://bank.example/')
    const behindProxy = new Request('http://10.0.0.1:8080/', { headers: request.headers })
    await expect(verify(behindProxy)).resolves.toBeDefined()
    await expect(verify(await signed('https://other.example/'))).rejects.toMatchObject({ code: 'invalid_signature' })
  })

  it('refuses a body that somebody read', async () => {
    const request = await signed('https://bank.example/', { method: 'POST', body: 'x' })
    await request.text()
    await expect(verify(request)).rejects.toThrow(/before verification/)
  })

  it('reads a body where there is no Request.body, as in Firefox', async () => {
    const posted = await signed('https://bank.example/', { method: 'POST', body: '[1]' })
    const altered = new Request(await signed('https://bank.example/', { method: 'POST', body: '[1]' }), { body: '[2]' })
    const empty = await signed('https://bank.example/')
    vi.spyOn(Request.prototype, 'body', 'get').mockReturnValue(undefined as unknown as null)
    try {
      expect((await verify(posted)).json()).toEqual([1])
      await expect(verify(altered)).rejects.toMatchObject({ code: 'digest_mismatch' })
      expect((await verify(empty)).body).toEqual(new Uint8Array(0))
      const handle = protect(verify, async (request) => new Response(`${request.method} ${await request.text()}`))
      const again = [
        await signed('https://bank.example/'),
        await signed('https://bank.example/', { method: 'POST', body: '[3]' }),
      ]
      const answers = await Promise.all(again.map(async (request) => (await handle(request)).text()))
      expect(answers).toEqual(['GET ', 'POST [3]'])
    } finally {
      vi.restoreAllMocks()
    }
  })

  it('protects a handler, and hands it a request that it can read', async () => {
    const seen: unknown[] = []
    const handle = protect(verify, async (request, { keyId }) => {
      seen.push(request.method === 'POST' ? await request.json() : request.body, keyId)
      return new Response('done')
    })
    const api = createSignedFetch({ key: key.signingKey, fetch: (input) => handle(input as Request) })
    expect(await (await api('https://bank.example/', { method: 'POST', body: '[1]' })).text()).toBe('done')
    expect(await (await api('https://bank.example/')).text()).toBe('done')
    expect(seen).toEqual([[1], key.keyId, null, key.keyId])
    const refused = await handle(new Request('https://bank.example/'))
    expect(refused.status).toBe(401)
    expect(await refused.json()).toMatchObject({ code: 'missing' })
  })

  it('leaves the errors of a handler, and mistakes, to the framework', async () => {
    const failing = protect(verify, () => {
      throw new RangeError('mine')
    })
    await expect(failing(await signed('https://bank.example/'))).rejects.toThrow(RangeError)
    const read = await signed('https://bank.example/', { method: 'POST', body: 'x' })
    await read.text()
    await expect(failing(read)).rejects.toThrow(TypeError)
  })
})
