import { createSignedFetch, createVerifiedFetch, signRequest } from '@countersign/client'
import { generateKey, hmacSha256 } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { createVerifier, protect, signResponses, type VerifiedRequest } from '../../src/index.ts'
import { fetchListener, freshParties, listen, verifiedFetch, verifierOptions } from './loopback.ts'

const parties = freshParties()

type Handler = (request: Request, verified: VerifiedRequest) => Response | Promise<Response>

/** A server that verifies requests and signs whatever it answers. */
function bank(handler: Handler): Promise<string> {
  return listen((origin) => {
    const verify = createVerifier(verifierOptions(parties, origin))
    return fetchListener(origin, signResponses(protect(verify, handler), { key: parties.server.signingKey, origin }))
  })
}

describe('signResponses', () => {
  it.each<[string, RequestInit, Response]>([
    ['a body', { method: 'POST', body: '{}' }, new Response('paid', { status: 201, headers: { location: '/1' } })],
    ['no body', { method: 'DELETE' }, new Response(null, { status: 204 })],
    ['a GET', {}, Response.json({ amount: 1 })],
    ['a HEAD', { method: 'HEAD' }, new Response('left out')],
  ])('answers %s so that the client believes it', async (_name, init, answer) => {
    const text = init.method === 'HEAD' ? '' : await answer.clone().text()
    const origin = await bank(() => answer)
    const response = await verifiedFetch(parties)(`${origin}/transfers?a=1`, init)
    expect([response.status, await response.text()]).toEqual([answer.status, text])
  })

  it('signs refusals too', async () => {
    const origin = await bank(() => new Response('never seen'))
    const sendTwice: typeof fetch = async (input) => {
      await fetch((input as Request).clone())
      return fetch(input)
    }
    const refused = await verifiedFetch(parties, { fetch: sendTwice })(origin)
    expect([refused.status, (await refused.json()).code]).toEqual([401, 'replayed'])
  })

  it('signs no refusal of one request that fits another', async () => {
    const origin = await bank(() => new Response('never seen'))
    const { request } = await signRequest(new Request(origin), { key: parties.client.signingKey })
    const send = verifiedFetch(parties, { fetch: () => fetch(request) })
    await expect(send(origin)).rejects.toMatchObject({ code: 'invalid_signature' })
  })

  it('signs the refusal of an altered copy, which says nothing of the original', async () => {
    let runs = 0
    const origin = await bank(() => new Response(`${++runs}`))
    let original: Request | undefined
    const alter: typeof fetch = async (input) => {
      const request = input as Request
      original = request.clone()
      const { url, method, headers } = request
      return fetch(url, { method, headers, body: '{"amount":99}' })
    }
    const send = verifiedFetch(parties, { fetch: alter })
    const refused = await send(origin, { method: 'POST', body: '{"amount":10}' })
    expect([refused.status, (await refused.json()).code, runs]).toEqual([401, 'invalid', 0])
    expect([(await fetch(original!)).status, runs]).toEqual([200, 1])
  })

  it('tells a client whose clock is wrong the time, so that it signs anew', async () => {
    const origin = await bank(() => new Response('paid'))
    const clock = (): number => Date.now() - 200_000
    const verified = createVerifiedFetch({ keys: [parties.server.verifyingKey], clock })
    const signedFetch = createSignedFetch({ key: parties.client.signingKey, clock, fetch: verified })
    expect(await (await signedFetch(origin)).text()).toBe('paid')
  })

  it('answers with the secret that both sides hold, where the client allows it', async () => {
    const shared = await generateKey(hmacSha256, { keyId: 'shared' })
    const both = { client: shared, server: shared }
    const origin = await listen((name) => {
      const verify = createVerifier(verifierOptions(both, name))
      const handler = protect(verify, () => new Response('paid'))
      return fetchListener(name, signResponses(handler, { key: shared.signingKey, origin: name }))
    })
    expect(await (await verifiedFetch(both, { allowSharedKey: true })(origin)).text()).toBe('paid')
    await expect(verifiedFetch(both)(origin)).rejects.toMatchObject({ code: 'unknown_key' })
  })

  it('answers what is not signed, or cannot be read, unsigned', async () => {
    const origin = await bank(() => new Response('never'))
    const unsigned = await fetch(origin)
    expect([unsigned.status, unsigned.headers.get('signature')]).toEqual([401, null])
    const fields = { 'signature-input': 'sig1=()', signature: 'sig1=:AA==:' }
    for (const headers of [{ 'signature-input': 'sig1=()' }, { ...fields, authorization: 'caf\u00e9' }]) {
      const unreadable = await fetch(origin, { headers })
      expect([unreadable.status, unreadable.headers.get('signature')]).toEqual([401, null])
    }
    expect((await fetch(origin, { headers: fields })).headers.has('signature')).toBe(true)
  })

  it('passes on what a platform gives beside the request, and what the handler throws', async () => {
    const key = parties.server.signingKey
    const handler = signResponses((_request: Request, name: string) => new Response(name), {
      key,
      origin: 'https://bank.example',
    })
    const { request } = await signRequest(new Request('https://bank.example'), { key: parties.client.signingKey })
    const response = await handler(request, 'environment')
    expect([await response.text(), response.headers.has('signature')]).toEqual(['environment', true])
    const failing = signResponses(() => Promise.reject(new Error('down')), { key, origin: 'https://bank.example' })
    await expect(failing(request)).rejects.toThrow('down')
  })

  it('does not answer unsigned when the key fails', async () => {
    const key = { keyId: 'bank', algorithm: 'ed25519', sign: () => Promise.reject(new Error('KMS down')) } as const
    const handler = signResponses(() => new Response('x'), { key, origin: 'https://bank.example' })
    const { request } = await signRequest(new Request('https://bank.example'), { key: parties.client.signingKey })
    await expect(handler(request)).rejects.toThrow('KMS down')
  })

  it('finds mistakes when it is made', () => {
    const key = parties.server.signingKey
    const handler = (): Response => new Response()
    expect(() => signResponses(handler, { key, origin: 'bank.example' })).toThrow(TypeError)
    expect(() => signResponses(handler, { origin: 'https://bank.example' } as never)).toThrow(TypeError)
  })
})
