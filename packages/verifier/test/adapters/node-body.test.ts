/*
 * How the bodies of `node:http` and `node:http2` are read: whatever pieces they come in, in memory that is theirs alone,
 * and without a trace on the request.
 */
import { createServer, type IncomingMessage } from 'node:http'
import { connect, createServer as createHttp2Server, type Http2ServerRequest } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import type { VerifiedRequest, VerifierOptions } from '@countersign/verifier'
import { createVerifier } from '@countersign/verifier/node'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { openConnection, type RawConnection } from '../attacks/raw-http.ts'
import { bodyBytes, headBytes, type RawRequest } from '../attacks/raw-request.ts'
import { type Shape, signedRequest } from '../attacks/signed-request.ts'
import { streamedBody } from '../attacks/streamed-body.ts'
import { patience } from '../patience.ts'
import { bankOptions, listen } from './running-app.ts'

/** What a server has seen of one request. */
interface Seen {
  readonly verified: VerifiedRequest | undefined
  readonly refusal: string | undefined
  /** The events that somebody listens for right after verification. */
  readonly listened: readonly (string | symbol)[]
  /** What the next reader gets. */
  readonly readAgain: string | undefined
}

interface Running {
  readonly connection: RawConnection
  readonly seen: readonly Seen[]
}

async function start(more: Partial<VerifierOptions<IncomingMessage>> = {}): Promise<Running> {
  const verify = createVerifier(await bankOptions<IncomingMessage>(more))
  const seen: Seen[] = []
  const server = createServer(async (request, response) => {
    let verified: VerifiedRequest | undefined
    const refusal = await verify(request).then(
      (accepted) => {
        verified = accepted
        return undefined
      },
      (error) => error.code,
    )
    const listened = request.eventNames()
    const readAgain = verified && Buffer.from(await streamedBody(request)).toString()
    seen.push({ verified, refusal, listened, readAgain })
    response.end()
  })
  const connection = await openConnection(await listen(server))
  onTestFinished(() => connection.destroy())
  return { connection, seen }
}

function signed(shape: Shape = {}): RawRequest {
  return signedRequest(Math.floor(Date.now() / 1000), shape)
}

const text = '{"amount":10}'

/** Ways in which the same body reaches a server. */
const arrivals: readonly (readonly [string, Shape, (request: RawRequest) => readonly Uint8Array[]])[] = [
  ['with its head', {}, (request) => [Buffer.concat([headBytes(request), bodyBytes(request)])]],
  ['after its head', {}, (request) => [headBytes(request), bodyBytes(request)]],
  ['in two pieces', {}, (request) => [headBytes(request), ...halves(bodyBytes(request))]],
  ['with half of it at hand', {}, withHalf],
  ['in chunks', { framing: 'chunked' }, (request) => [headBytes(request), ...halves(bodyBytes(request))]],
  [
    'in chunks, and its end later',
    { framing: 'chunked' },
    (request) => lateEnd(headBytes(request), bodyBytes(request)),
  ],
]

function halves(bytes: Buffer): readonly Buffer[] {
  return [bytes.subarray(0, 6), bytes.subarray(6)]
}

function withHalf(request: RawRequest): readonly Buffer[] {
  const [first = Buffer.alloc(0), rest = Buffer.alloc(0)] = halves(bodyBytes(request))
  return [Buffer.concat([headBytes(request), first]), rest]
}

function lateEnd(head: Buffer, body: Buffer): readonly Buffer[] {
  return [Buffer.concat([head, body.subarray(0, -5)]), body.subarray(-5)]
}

async function writeSlowly(connection: RawConnection, pieces: readonly Uint8Array[]): Promise<void> {
  for (const piece of pieces) {
    await connection.write(piece)
    await delay(20)
  }
}

describe.each(arrivals)('a body that comes %s', (_how, shape, piecesOf) => {
  it('is read as a whole, into memory of its own, and can be read again', async () => {
    const { connection, seen } = await start()
    await writeSlowly(connection, piecesOf(signed(shape)))
    await connection.responses(1)
    const body = seen[0]?.verified?.body
    expect(seen[0]).toMatchObject({ refusal: undefined, listened: [], readAgain: text })
    expect([body?.constructor, body?.byteOffset, body?.buffer.byteLength]).toEqual([Uint8Array, 0, text.length])
  })

  it('is refused when it is too long, and nobody listens any more', async () => {
    const { connection, seen } = await start({ maxBodyBytes: text.length - 1 })
    await writeSlowly(connection, piecesOf(signed(shape)))
    await vi.waitFor(() => expect(seen).toHaveLength(1), patience)
    expect(seen[0]).toMatchObject({ refusal: 'body_too_large', listened: [] })
  })

  it('serves the next request on the same connection', async () => {
    const { connection, seen } = await start()
    for (const request of [signed(shape), signed(shape)]) await writeSlowly(connection, piecesOf(request))
    await connection.responses(2)
    expect(seen.map(({ readAgain }) => readAgain)).toEqual([text, text])
  })

  it('is unreadable when its client goes away a byte before the end', async () => {
    const { connection, seen } = await start()
    const pieces = piecesOf(signed(shape))
    await writeSlowly(connection, [...pieces.slice(0, -1), (pieces.at(-1) ?? Buffer.alloc(0)).subarray(0, -1)])
    connection.destroy()
    await vi.waitFor(() => expect(seen).toHaveLength(1), patience)
    expect(seen[0]).toMatchObject({ refusal: 'body_unreadable', listened: [] })
  })
})

it('a body of HTTP/2 is in memory of its own, not among the frames', async () => {
  const verify = createVerifier<Http2ServerRequest>(await bankOptions())
  let verified: VerifiedRequest | undefined
  const server = createHttp2Server(async (request, response) => {
    verified = await verify(request)
    response.end(await streamedBody(request))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  onTestFinished(() => {
    session.destroy()
    server.close()
  })
  const { method, target, headers, body } = signed()
  const fields = Object.fromEntries(headers.filter(([name]) => name !== 'Host'))
  const stream = session.request({ ':method': method, ':path': target, ':authority': 'bank.example', ...fields })
  stream.end(body)
  expect(Buffer.from(await streamedBody(stream)).toString()).toBe(text)
  expect([verified?.body.byteOffset, verified?.body.buffer.byteLength]).toEqual([0, text.length])
})

describe('a request that no socket brought', () => {
  function madeUp(read: (this: Readable) => void): IncomingMessage {
    const { method, target, headers } = signed()
    const head = { method, url: target, headers: {}, rawHeaders: headers.flat() }
    return Object.assign(new Readable({ read }), head) as unknown as IncomingMessage
  }

  it('leaves to others what it took from a pool', async () => {
    const pooled = Buffer.from(text)
    const request = madeUp(function () {
      this.push(pooled)
      this.push(null)
    })
    const { body } = await createVerifier(await bankOptions())(request)
    expect(pooled.buffer.byteLength).toBeGreaterThan(text.length)
    pooled.fill(0)
    expect([Buffer.from(body).toString(), body.buffer.byteLength]).toEqual([text, text.length])
  })

  it.each([
    ['in silence', undefined],
    ['with an error', new Error('cut')],
  ])('is unreadable when it is destroyed %s', async (_how, error) => {
    const request = madeUp(() => {})
    request.push(text.slice(0, 5))
    setTimeout(() => request.destroy(error), 10)
    await expect(createVerifier(await bankOptions())(request)).rejects.toMatchObject({ code: 'body_unreadable' })
  })

  /** An engine whose streams tell of themselves by events and public properties alone. */
  function hidesItsState(
    seen: { aborted?: boolean; readableEnded?: boolean },
    pieces: Buffer[],
    onRead: () => void = () => {},
  ): IncomingMessage {
    const read = (): Buffer | null => {
      onRead()
      return pieces.shift() ?? null
    }
    const shown: object = { _readableState: undefined, read }
    return new Proxy(
      madeUp(() => {}),
      {
        get(stream, name) {
          const value =
            Reflect.get({ ...shown, ...seen }, name) ?? (name in shown ? undefined : Reflect.get(stream, name))
          return typeof value === 'function' ? value.bind(stream) : value
        },
      },
    )
  }

  it('is unreadable where nothing but `aborted` says that the client has gone away', async () => {
    const seen = { aborted: false }
    const request = hidesItsState(seen, [Buffer.from(text)])
    setTimeout(() => {
      seen.aborted = true
      request.emit('aborted')
    }, 10)
    await expect(createVerifier(await bankOptions())(request)).rejects.toMatchObject({ code: 'body_unreadable' })
  })

  it('has been read where nothing but `end` says so', async () => {
    const seen = { readableEnded: false }
    const request = hidesItsState(seen, [Buffer.from(text)])
    setTimeout(() => {
      seen.readableEnded = true
      request.emit('end')
    }, 10)
    expect((await createVerifier(await bankOptions())(request)).text()).toBe(text)
  })

  it('is read to its last chunk where `end` comes before it', async () => {
    const seen = { readableEnded: false }
    const pieces: Buffer[] = []
    const request: IncomingMessage = hidesItsState(seen, pieces, () => {
      seen.readableEnded ||= pieces.length === 1
      if (seen.readableEnded) request.emit('end')
    })
    setTimeout(() => {
      pieces.push(Buffer.from(text.slice(0, 5)), Buffer.from(text.slice(5)))
      request.emit('readable')
    }, 10)
    expect((await createVerifier(await bankOptions())(request)).text()).toBe(text)
  })
})
