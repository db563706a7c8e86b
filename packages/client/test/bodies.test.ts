import { createHash } from 'node:crypto'
import { mkdtempSync, openAsBlob, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { SigningKey } from '@countersign/core'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { createSignedFetch, type HashProgress, type SignedFetchOptions, signRequest } from '../src/index.ts'
import { importKey, rejection } from './key.ts'
import { startServer } from './loopback-server.ts'

const mebibyte = 1_048_576
let key: SigningKey

beforeAll(async () => {
  key = await importKey()
})

function signedFetch(options: Partial<SignedFetchOptions> = {}): typeof fetch {
  return createSignedFetch({ key, ...options })
}

/** Bytes that differ from piece to piece. */
function pattern(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  for (let index = 0; index < length; index++) bytes[index] = (index * 31 + (index >> 12)) & 0xff
  return bytes
}

function digestOf(body: Uint8Array, algorithm: 'sha256' | 'sha512' = 'sha256'): string {
  return `sha-${algorithm.slice(3)}=:${createHash(algorithm).update(body).digest('base64')}:`
}

/** Gives its pieces one by one, and tells whether it was let go. */
function pieces(...given: readonly unknown[]): { stream: ReadableStream<Uint8Array>; cancelled: () => boolean } {
  const rest = [...given]
  let cancelled = false
  const stream = new ReadableStream({
    pull(controller) {
      if (rest.length === 0) controller.close()
      else controller.enqueue(rest.shift() as Uint8Array)
    },
    cancel() {
      cancelled = true
    },
  })
  return { stream, cancelled: () => cancelled }
}

describe('a large Blob (attack 109)', () => {
  it('is hashed in pieces and sent as it is, with its length and type', async () => {
    const server = await startServer()
    const body = pattern(3 * mebibyte + 17)
    const blob = new Blob([body], { type: 'image/png' })
    const whole = vi.spyOn(blob, 'arrayBuffer')
    const sizes: number[] = []
    const slice = blob.slice.bind(blob)
    vi.spyOn(blob, 'slice').mockImplementation((start = 0, end = 0) => {
      sizes.push(end - start)
      return slice(start, end)
    })
    await signedFetch({ digestAlgorithms: ['sha-512', 'sha-256'] })(server.origin, { method: 'POST', body: blob })
    const [seen] = server.seen
    expect(seen!.body.equals(body)).toBe(true)
    expect(seen!.headers['content-digest']).toBe(`${digestOf(body, 'sha512')}, ${digestOf(body)}`)
    expect(seen!.headers).toMatchObject({ 'content-type': 'image/png', 'content-length': `${body.length}` })
    expect(seen!.headers['signature-input']).toContain('"content-digest" "content-type"')
    expect(sizes).toEqual([mebibyte, mebibyte, mebibyte, 17])
    expect(whole).not.toHaveBeenCalled()
  })

  it('can be a file on a disk', async () => {
    const server = await startServer()
    const folder = mkdtempSync(join(tmpdir(), 'client-'))
    const body = pattern(2 * mebibyte)
    writeFileSync(join(folder, 'file'), body)
    const file = await openAsBlob(join(folder, 'file'))
    await signedFetch()(server.origin, { method: 'PUT', body: file })
    rmSync(folder, { recursive: true })
    expect(server.seen[0]!.body.equals(body)).toBe(true)
    expect(server.seen[0]!.headers['content-digest']).toBe(digestOf(body))
  })

  it('is sent again after a redirect', async () => {
    const server = await startServer((request, response) => {
      if (request.target === '/from') response.writeHead(307, { location: '/to' }).end()
      else response.end('arrived')
    })
    const body = pattern(2 * mebibyte)
    await signedFetch()(`${server.origin}/from`, { method: 'PUT', body: new Blob([body]) })
    expect(server.seen.map((seen) => seen.body.equals(body))).toEqual([true, true])
    expect(server.seen[1]!.headers['content-digest']).toBe(digestOf(body))
  })

  it('is not sent when the caller aborts while it is hashed', async () => {
    const server = await startServer()
    const controller = new AbortController()
    const reason = new Error('enough')
    const seen: HashProgress[] = []
    const sending = signedFetch({
      onHashProgress: (progress) => {
        seen.push(progress)
        controller.abort(reason)
      },
    })(server.origin, { method: 'POST', body: new Blob([pattern(3 * mebibyte)]), signal: controller.signal })
    expect(await rejection(sending)).toBe(reason)
    expect(seen).toHaveLength(1)
    expect(server.seen).toHaveLength(0)
  })
})

describe('the progress of hashing', () => {
  const bodies: [string, () => BodyInit][] = [
    ['a Blob', () => new Blob([pattern(2 * mebibyte + 1)])],
    ['bytes', () => pattern(2 * mebibyte + 1)],
    ['a stream', () => pieces(pattern(mebibyte), pattern(mebibyte), pattern(1)).stream],
  ]

  it.each(bodies)('is told of each mebibyte of %s, and of its end', async (_kind, body) => {
    const server = await startServer()
    const seen: HashProgress[] = []
    await signedFetch({ onHashProgress: (progress) => seen.push(progress) })(server.origin, {
      method: 'POST',
      body: body(),
    })
    const totalBytes = 2 * mebibyte + 1
    expect(seen).toEqual([mebibyte, 2 * mebibyte, totalBytes].map((hashedBytes) => ({ hashedBytes, totalBytes })))
    expect(server.seen[0]!.headers['content-digest']).toBe(digestOf(server.seen[0]!.body))
    expect(server.seen[0]!.body).toHaveLength(totalBytes)
  })

  it('is not told of small bodies', async () => {
    const server = await startServer()
    const onHashProgress = vi.fn()
    for (const body of ['text', pattern(mebibyte), new Blob([pattern(mebibyte)])]) {
      await signedFetch({ onHashProgress })(server.origin, { method: 'POST', body })
    }
    expect(onHashProgress).not.toHaveBeenCalled()
  })

  it('changes nothing when the hook throws', async () => {
    const server = await startServer()
    const onHashProgress = (): never => {
      throw new Error('a broken progress bar')
    }
    await signedFetch({ onHashProgress })(server.origin, { method: 'POST', body: pattern(2 * mebibyte) })
    expect(server.seen[0]!.headers['content-digest']).toBe(digestOf(server.seen[0]!.body))
  })
})

describe('a stream', () => {
  it('is read first and sent as bytes, with its length', async () => {
    const server = await startServer()
    const { stream } = pieces(pattern(3), pattern(0), pattern(5))
    await signedFetch()(server.origin, { method: 'POST', body: stream })
    expect(server.seen[0]!.headers).toMatchObject({
      'content-length': '8',
      'content-digest': digestOf(server.seen[0]!.body),
    })
    expect([...server.seen[0]!.body]).toEqual([...pattern(3), ...pattern(5)])
  })

  it.each([
    ['an async iterable', () => Readable.from([Buffer.from('a'), Buffer.from('bc')], { objectMode: false })],
    ['the body of a Request', () => undefined],
  ])('can be %s', async (_kind, body) => {
    const server = await startServer()
    const { stream } = pieces(Buffer.from('a'), Buffer.from('bc'))
    const init = { method: 'POST', body: (body() ?? stream) as BodyInit, duplex: 'half' }
    await signedFetch()(body() === undefined ? new Request(server.origin, init) : server.origin, body() && init)
    expect(server.seen[0]!.body.toString()).toBe('abc')
    expect(server.seen[0]!.headers['content-digest']).toBe(digestOf(Buffer.from('abc')))
  })

  it('may fill the same array again', async () => {
    const server = await startServer()
    async function* source(): AsyncGenerator<Uint8Array> {
      const same = new Uint8Array(2)
      for (const value of [1, 2]) yield same.fill(value)
    }
    await signedFetch()(server.origin, { method: 'POST', body: source() as unknown as BodyInit })
    expect([...server.seen[0]!.body]).toEqual([1, 1, 2, 2])
  })

  it('is refused above maxStreamBytes, let go, and not sent', async () => {
    const server = await startServer()
    const long = pieces(pattern(6), pattern(5), pattern(5))
    const error = await rejection(
      signedFetch({ maxStreamBytes: 10 })(server.origin, { method: 'POST', body: long.stream }),
    )
    expect(error).toMatchObject({ code: 'body_too_large', message: expect.stringMatching(/pass a Blob, or raise max/) })
    expect(long.cancelled()).toBe(true)
    expect(server.seen).toHaveLength(0)
  })

  it('may have exactly maxStreamBytes, and a Blob or text may have more', async () => {
    const server = await startServer()
    const limited = signedFetch({ maxStreamBytes: 10 })
    for (const body of [pieces(pattern(6), pattern(4)).stream, new Blob([pattern(11)]), 'eleven bytes']) {
      await limited(server.origin, { method: 'POST', body })
    }
    expect(server.seen.map(({ body }) => body.length)).toEqual([10, 11, 12])
  })

  it('bounds what a Request holds, which does not tell what it was made of', async () => {
    const request = new Request('https://e/', { method: 'POST', body: 'eleven bytes' })
    const error = await rejection(signRequest(request, { key, maxStreamBytes: 10 }))
    expect(error).toMatchObject({ code: 'body_too_large' })
  })

  it('that says nothing can be aborted', async () => {
    let cancelled = false
    const silent = new ReadableStream<Uint8Array>({
      cancel() {
        cancelled = true
      },
    })
    const controller = new AbortController()
    const sending = signedFetch()('https://e/', { method: 'POST', body: silent, signal: controller.signal })
    setTimeout(() => controller.abort(), 10)
    expect(await rejection(sending)).toMatchObject({ name: 'AbortError' })
    expect(cancelled).toBe(true)
  })

  it('of texts is a mistake, and says what to do', async () => {
    const { stream } = pieces('text')
    const error = await rejection(signedFetch()('https://e/', { method: 'POST', body: stream }))
    expect(error).toBeInstanceOf(TypeError)
    expect((error as Error).message).toMatch(/TextEncoderStream/)
  })

  it('that was read before is a mistake', async () => {
    const { stream } = pieces(pattern(1))
    stream.getReader()
    expect(await rejection(signedFetch()('https://e/', { method: 'POST', body: stream }))).toBeInstanceOf(TypeError)
  })

  it('is read where the platform does not take it as a body', async () => {
    const server = await startServer()
    const PlatformRequest = globalThis.Request
    // Some browsers make a text of it.
    vi.stubGlobal(
      'Request',
      new Proxy(PlatformRequest, {
        construct: (target, [input, init]: [RequestInfo, RequestInit | undefined]) =>
          new target(input, init?.body instanceof ReadableStream ? { ...init, body: String(init.body) } : init),
      }),
    )
    await signedFetch()(server.origin, { method: 'POST', body: pieces(pattern(4)).stream })
    vi.unstubAllGlobals()
    expect([...server.seen[0]!.body]).toEqual([...pattern(4)])
  })
})

it('a request that is aborted already is neither signed nor sent', async () => {
  const sign = vi.fn(() => new Uint8Array(64))
  const send = vi.fn()
  const signal = AbortSignal.abort()
  const options: SignedFetchOptions = { key: { keyId: 'alice', algorithm: 'ed25519', sign }, fetch: send }
  const error = await rejection(createSignedFetch(options)('https://e/', { method: 'POST', body: 'x', signal }))
  expect(error).toMatchObject({ name: 'AbortError' })
  expect(sign).not.toHaveBeenCalled()
  expect(send).not.toHaveBeenCalled()
})
