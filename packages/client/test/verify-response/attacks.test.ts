import { ed25519, generateKey, hmacSha256, importVerifyingKey, type SigningKey } from '@countersign/core'
import { beforeAll, describe, expect, it } from 'vitest'
import { createSignedFetch, createVerifiedFetch, type VerifiedFetchOptions } from '../../src/index.ts'
import { type SeenRequest, startServer } from '../loopback-server.ts'
import {
  now,
  type Reply,
  type SignedReply,
  sendReply,
  serverKey,
  signReply,
  startSigningServer,
} from './signing-server.ts'

let key: SigningKey

beforeAll(async () => {
  key = (await generateKey(hmacSha256, { keyId: 'alice' })).signingKey
})

async function verifiedFetch(options: Partial<VerifiedFetchOptions> = {}): Promise<typeof fetch> {
  const clock = (): number => now * 1000
  const keys = [await serverKey()]
  return createSignedFetch({ key, clock, fetch: createVerifiedFetch({ keys, clock, ...options }) })
}

/** The code of the refusal of a reply, or the body that was believed. */
async function verdict(reply: SignedReply, init: RequestInit = { method: 'POST', body: '{}' }): Promise<string> {
  const server = await startSigningServer(reply)
  return outcome((await verifiedFetch())(`${server.origin}/transfers?a=1`, init))
}

async function outcome(response: Promise<Response>): Promise<string> {
  return response.then(
    (verified) => verified.text(),
    (error: { code?: string }) => error.code ?? String(error),
  )
}

const without =
  (name: string): ((all: readonly string[]) => readonly string[]) =>
  (all) =>
    all.filter((component) => component !== name)

function headersOf(
  { headers }: Reply,
  changes: Record<string, string | undefined>,
): { headers: Record<string, string> } {
  const entries = Object.entries({ ...headers, ...changes })
  return { headers: Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as Record<string, string> }
}

describe('a response on its way', () => {
  it('is believed when nobody touched it', async () => {
    expect(await verdict({})).toBe('paid')
  })

  it.each<[string, SignedReply, string]>([
    ['another status', { alter: () => ({ status: 402 }) }, 'invalid_signature'],
    ['another body', { alter: () => ({ body: new TextEncoder().encode('owed') }) }, 'digest_mismatch'],
    ['a longer body', { alter: () => ({ body: new TextEncoder().encode('paid.') }) }, 'digest_mismatch'],
    ['no body any more', { alter: () => ({ body: new Uint8Array(0) }) }, 'digest_mismatch'],
    [
      'another body and its digest',
      {
        alter: (sent) => ({
          body: new TextEncoder().encode('owed'),
          ...headersOf(sent, { 'content-digest': 'sha-256=:wY7Iy+6jUJa1PnGsDhJZNvH43J/qVNvxfHO8iJGZtGI=:' }),
        }),
      },
      'invalid_signature',
    ],
    ['a body where there was none', { body: '', alter: () => ({ body: new Uint8Array([1]) }) }, 'missing_digest'],
    ['another type', { alter: (sent) => headersOf(sent, { 'content-type': 'text/html' }) }, 'invalid_signature'],
    ['no type', { alter: (sent) => headersOf(sent, { 'content-type': undefined }) }, 'missing_component'],
    [
      'a coding that was added',
      { alter: (sent) => headersOf(sent, { 'content-encoding': 'identity' }) },
      'component_not_covered',
    ],
    ['a Location that was added', { alter: (sent) => headersOf(sent, { location: '/evil' }) }, 'component_not_covered'],
    ['no digest', { alter: (sent) => headersOf(sent, { 'content-digest': undefined }) }, 'missing_component'],
    [
      'no signature',
      { alter: (sent) => headersOf(sent, { signature: undefined, 'signature-input': undefined }) },
      'missing_signature',
    ],
    ['half a signature', { alter: (sent) => headersOf(sent, { 'signature-input': undefined }) }, 'label_mismatch'],
  ])('is refused with %s', async (_name, reply, code) => {
    expect(await verdict(reply)).toBe(code)
  })
})

describe('a signature of the server that says too little', () => {
  it.each([
    '"@status"',
    '"content-type"',
    '"@method";req',
    '"@authority";req',
    '"@path";req',
    '"@query";req',
    '"content-digest";req',
    '"signature-input";req',
  ])('is refused without %s', async (name) => {
    expect(await verdict({ components: without(name) })).toBe('component_not_covered')
  })

  it('is refused without the digest of its body', async () => {
    expect(await verdict({ components: without('"content-digest"') })).toBe('missing_digest')
  })

  it('is refused without a Location that is there', async () => {
    const reply = { status: 201, headers: { location: '/transfers/1' } }
    expect(await verdict(reply)).toBe('paid')
    expect(await verdict({ ...reply, components: without('"location"') })).toBe('component_not_covered')
  })

  it.each([
    ['no created', ';keyid="bank"', 'missing_parameter'],
    ['no keyid', `;created=${now}`, 'missing_parameter'],
    ['an old created', `;created=${now - 301};keyid="bank"`, 'stale'],
    ['a created of the future', `;created=${now + 301};keyid="bank"`, 'not_yet_valid'],
    ['an expires that has passed', `;created=${now - 5};expires=${now - 1};keyid="bank"`, 'expired'],
    ['another alg', `;created=${now};alg="hmac-sha256";keyid="bank"`, 'algorithm_mismatch'],
    ['a key that nobody knows', `;created=${now};keyid="other"`, 'unknown_key'],
  ])('is refused with %s', async (_name, parameters, code) => {
    expect(await verdict({ parameters })).toBe(code)
  })

  it('is believed at both edges of the window', async () => {
    expect(await verdict({ parameters: `;created=${now - 300};keyid="bank"` })).toBe('paid')
    expect(await verdict({ parameters: `;created=${now + 300};keyid="bank"` })).toBe('paid')
  })
})

describe('the answer to another request', () => {
  it.each<[string, Record<string, string>]>([
    ['method', { '"@method";req': 'PUT' }],
    ['host', { '"@authority";req': 'other.example' }],
    ['path', { '"@path";req': '/balance' }],
    ['query', { '"@query";req': '?a=2' }],
    ['body', { '"content-digest";req': 'sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:' }],
  ])('is refused by its %s', async (_name, values) => {
    expect(await verdict({ values })).toBe('invalid_signature')
  })

  it('is refused when two answers are swapped', async () => {
    const waiting: { seen: SeenRequest; send: (reply: Reply) => void }[] = []
    const server = await startServer((seen, response) => {
      waiting.push({ seen, send: (reply) => sendReply(response, reply) })
      const [first, second] = waiting
      if (first === undefined || second === undefined) return
      first.send(signReply(second.seen))
      second.send(signReply(first.seen))
    })
    const get = await verifiedFetch()
    const outcomes = await Promise.all([outcome(get(server.origin)), outcome(get(server.origin))])
    expect(outcomes).toEqual(['invalid_signature', 'invalid_signature'])
  })

  it('is refused when an old answer comes to an identical new request', async () => {
    let kept: Reply | undefined
    const server = await startServer((seen, response) => {
      kept ??= signReply(seen)
      sendReply(response, kept)
    })
    const get = await verifiedFetch()
    expect(await outcome(get(server.origin))).toBe('paid')
    expect(await outcome(get(server.origin))).toBe('invalid_signature')
  })
})

describe('reflection', () => {
  it('refuses the signature of the request itself', async () => {
    const server = await startServer((seen, response) => {
      const { signature, 'signature-input': input } = seen.headers
      response.writeHead(200, { signature: signature!, 'signature-input': input! }).end()
    })
    const shared = await generateKey(hmacSha256, { keyId: 'shared' })
    for (const allowSharedKey of [false, true]) {
      const fetch = createVerifiedFetch({ keys: [shared.verifyingKey], allowSharedKey })
      const signedFetch = createSignedFetch({ key: shared.signingKey, fetch })
      expect(await outcome(signedFetch(server.origin))).toBe('component_not_covered')
    }
  })

  it('refuses a response by the key of the request, unless it is allowed to be shared', async () => {
    const server = await startSigningServer({})
    const own = await generateKey(ed25519, { keyId: 'bank' })
    const clock = (): number => now * 1000
    const keys = [await serverKey()]
    const signedFetch = (allowSharedKey: boolean): typeof fetch =>
      createSignedFetch({ key: own.signingKey, clock, fetch: createVerifiedFetch({ keys, clock, allowSharedKey }) })
    expect(await outcome(signedFetch(false)(server.origin))).toBe('unknown_key')
    expect(await outcome(signedFetch(true)(server.origin))).toBe('paid')
  })

  it('refuses a key that has the right name only', async () => {
    const server = await startSigningServer({})
    const { publicJwk } = await generateKey(ed25519)
    const keys = [await importVerifyingKey(ed25519, { jwk: publicJwk! }, { keyId: 'bank' })]
    expect(await outcome((await verifiedFetch({ keys }))(server.origin))).toBe('invalid_signature')
  })
})
