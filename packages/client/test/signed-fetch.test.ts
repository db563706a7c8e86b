import { createHash, createHmac } from 'node:crypto'
import { hmacSha256, importSigningKey, type SigningKey } from '@countersign/core'
import { beforeAll, describe, expect, it } from 'vitest'
import { createSignedFetch, type SignedFetchOptions, signRequest } from '../src/index.ts'
import { type SeenRequest, startServer } from './loopback-server.ts'

const secret = new Uint8Array(32).fill(7)
const now = 1_700_000_000
let key: SigningKey

beforeAll(async () => {
  key = await importSigningKey(hmacSha256, { secret }, { keyId: 'alice' })
})

function fixedFetch(options: Partial<SignedFetchOptions> = {}): typeof fetch {
  return createSignedFetch({ key, clock: () => now * 1000 + 999, random: () => new Uint8Array(16).fill(1), ...options })
}

/** The base that a server would compute from what it saw, by hand and with node:crypto. */
function expectSigned(seen: SeenRequest, names: readonly string[]): void {
  const [path, query = ''] = seen.target.split('?')
  const derived: Record<string, string> = {
    '@method': seen.method,
    '@authority': seen.headers['host']!,
    '@path': path!,
    '@query': `?${query}`,
  }
  const input = seen.headers['signature-input']!.replace(/^sig1=/, '')
  const lines = names.map((name) => `"${name}": ${derived[name] ?? seen.headers[name]}`)
  const base = [...lines, `"@signature-params": ${input}`].join('\n')
  expect(input.startsWith(`(${names.map((name) => `"${name}"`).join(' ')});created=`)).toBe(true)
  expect(seen.headers['signature']).toBe(`sig1=:${createHmac('sha256', secret).update(base).digest('base64')}:`)
}

function digestOf(body: Uint8Array): string {
  return `sha-256=:${createHash('sha256').update(body).digest('base64')}:`
}

const control = ['@method', '@authority', '@path', '@query']

describe('the default profile', () => {
  it('signs a request without a body', async () => {
    const server = await startServer()
    await fixedFetch()(`${server.origin}/balance?currency=EUR#fragment`)
    expectSigned(server.seen[0]!, control)
    expect(server.seen[0]!.headers['signature-input']).toBe(
      'sig1=("@method" "@authority" "@path" "@query");created=1700000000;expires=1700000060;nonce="01010101-0101-4101-8101-010101010101";alg="hmac-sha256";keyid="alice"',
    )
    expect(server.seen[0]!.headers['content-digest']).toBeUndefined()
  })

  it('covers credentials, idempotency key and body', async () => {
    const server = await startServer()
    await fixedFetch({ tag: 'bank' })(`${server.origin}/transfers`, {
      method: 'POST',
      headers: { authorization: 'Bearer x', 'idempotency-key': '1', 'content-encoding': 'identity', 'x-other': 'y' },
      body: '{"amount":1}',
    })
    const seen = server.seen[0]!
    expectSigned(seen, [
      ...control,
      'content-digest',
      'content-type',
      'content-encoding',
      'authorization',
      'idempotency-key',
    ])
    expect(seen.headers['content-digest']).toBe(digestOf(seen.body))
    expect(seen.headers['signature-input']).toMatch(/;keyid="alice";tag="bank"$/)
  })

  it('leaves expires out, and takes other digests, labels and components, when told to', async () => {
    const server = await startServer()
    const signedFetch = fixedFetch({
      expiresAfterSeconds: false,
      digestAlgorithms: ['sha-512', 'sha-256'],
      components: ['x-tenant'],
    })
    await signedFetch(server.origin, { method: 'POST', headers: { 'x-tenant': 't' }, body: new Uint8Array([0xff]) })
    const seen = server.seen[0]!
    expectSigned(seen, [...control, 'content-digest', 'x-tenant'])
    expect(seen.headers['content-digest']).toMatch(/^sha-512=:.{88}:, sha-256=:/)
    expect(seen.headers['signature-input']).not.toContain('expires')
  })

  it('covers once what an application adds and the profile covers anyhow', async () => {
    const server = await startServer()
    await fixedFetch({ components: ['content-type', '@method'] })(server.origin, { method: 'POST', body: 'x' })
    expectSigned(server.seen[0]!, [...control, 'content-digest', 'content-type'])
  })

  it('takes a fresh nonce for each call', async () => {
    const server = await startServer()
    const signedFetch = createSignedFetch({ key })
    for (let call = 0; call < 3; call++) await signedFetch(server.origin)
    const nonces = server.seen.map(({ headers }) => /nonce="([^"]+)"/.exec(headers['signature-input']!)![1])
    expect(new Set(nonces).size).toBe(3)
    for (const nonce of nonces)
      expect(nonce).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })

  it('keeps the case of a method that fetch keeps', async () => {
    const seen: Request[] = []
    const record: typeof fetch = async (input) => {
      seen.push(input as Request)
      return new Response()
    }
    await fixedFetch({ fetch: record })('https://e/', { method: 'patch' })
    const { base } = await signRequest(new Request('https://e/', { method: 'patch' }), { key })
    expect(seen[0]!.method).toBe('patch')
    expect(base).toMatch(/^"@method": patch\n/)
  })
})

describe('bodies (attack 109)', () => {
  const form = (): FormData => {
    const data = new FormData()
    data.set('file', new Blob(['x'.repeat(1000)], { type: 'text/plain' }), 'x.txt')
    return data
  }
  const bodies: [string, () => BodyInit, RegExp | undefined][] = [
    ['a string', () => 'grüße', /^text\/plain;charset=UTF-8$/i],
    ['bytes', () => new Uint8Array([0, 255, 10]), undefined],
    ['a part of a buffer', () => new Uint8Array([1, 2, 3, 4]).subarray(1, 3), undefined],
    ['an ArrayBuffer', () => new Uint8Array([0, 255]).buffer, undefined],
    ['a Blob', () => new Blob(['blob'], { type: 'image/png' }), /^image\/png$/],
    ['FormData', form, /^multipart\/form-data; boundary=/],
    ['URLSearchParams', () => new URLSearchParams({ a: '1 2' }), /^application\/x-www-form-urlencoded/],
    ['a stream', () => new Blob(['streamed']).stream(), undefined],
  ]

  it.each(bodies)('%s: what is hashed is what is sent', async (_kind, body, contentType) => {
    const server = await startServer()
    const response = await fixedFetch()(server.origin, { method: 'PUT', body: body() })
    expect(response.status).toBe(200)
    const seen = server.seen[0]!
    expect(seen.body.length).toBeGreaterThan(0)
    expect(seen.headers['content-digest']).toBe(digestOf(seen.body))
    expectSigned(seen, [...control, 'content-digest', ...(contentType ? ['content-type'] : [])])
    if (contentType) expect(seen.headers['content-type']).toMatch(contentType)
    if (seen.headers['content-type']?.startsWith('multipart')) {
      expect(seen.body.toString()).toContain(seen.headers['content-type'].split('boundary=')[1])
    }
  })

  it('a Request that carries its body', async () => {
    const server = await startServer()
    const request = new Request(server.origin, { method: 'POST', body: form() })
    await fixedFetch()(request)
    expect(server.seen[0]!.headers['content-digest']).toBe(digestOf(server.seen[0]!.body))
  })

  it('an empty body is no body', async () => {
    const server = await startServer()
    await fixedFetch()(server.origin, { method: 'POST', body: '' })
    await fixedFetch()(server.origin, { method: 'DELETE' })
    for (const seen of server.seen) expectSigned(seen, control)
  })

  it('a body that was read before is refused', async () => {
    const request = new Request('https://e/', { method: 'POST', body: 'x' })
    await request.text()
    await expect(signRequest(request, { key })).rejects.toThrow(TypeError)
  })
})

describe('a drop-in fetch', () => {
  it('takes a string, a URL and a Request, and hands platform options on', async () => {
    const calls: [RequestInfo | URL, unknown][] = []
    const record: typeof fetch = async (input, init) => {
      calls.push([input as Request, init])
      return new Response()
    }
    const signedFetch = fixedFetch({ fetch: record })
    const init = { method: 'POST', body: 'x', next: { revalidate: 1 } }
    await signedFetch('https://e/', init as RequestInit)
    await signedFetch(new URL('https://e/'))
    await signedFetch(new Request('https://e/'), { headers: { 'x-a': 'b' } })
    expect(calls.map(([input]) => (input as Request).headers.has('signature'))).toEqual([true, true, true])
    expect(calls[0]![1]).toEqual({ next: { revalidate: 1 } })
    expect((calls[2]![0] as Request).headers.get('x-a')).toBe('b')
  })

  it('can be aborted', async () => {
    const server = await startServer(() => {})
    const controller = new AbortController()
    const pending = fixedFetch()(server.origin, { signal: controller.signal })
    setTimeout(() => controller.abort(), 20)
    await expect(pending).rejects.toThrow(/abort/i)
  })

  it('does not sign twice', async () => {
    const signed = await signRequest(new Request('https://e/'), { key })
    await expect(fixedFetch()(signed.request)).rejects.toThrow(/carries Signature/)
  })
})

describe('mistakes are found when the client is created', () => {
  it.each([
    [{}, /needs \{ key \}/],
    [{ key: 'secret' }, /needs \{ key \}/],
    [{ key: undefined, expiresAfterSeconds: 0 }, /needs \{ key \}/],
    [{ expiresAfterSeconds: 0, real: true }, /whole number/],
    [{ expiresAfterSeconds: 1.5, real: true }, /whole number/],
    [{ nonse: 1, real: true }, /no option "nonse"/],
    [{ components: ['X-Tenant'], real: true }, /lower-case/],
    [{ components: ['@nope'], real: true }, /unknown derived/],
    [{ tag: 'a"b', real: true }, /tag must be printable/],
    [{ digestAlgorithms: ['md5'], real: true }, /sha-256/],
    [{ digestAlgorithms: [], real: true }, /sha-256/],
  ])('%j', (options, message) => {
    const { real, ...rest } = options as Record<string, unknown>
    const create = (): unknown => createSignedFetch((real ? { key, ...rest } : rest) as never)
    expect(create).toThrow(TypeError)
    expect(create).toThrow(message)
  })
})
