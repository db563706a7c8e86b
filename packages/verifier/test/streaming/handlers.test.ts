import { createServer } from 'node:http'
import { isSignatureError, type SignatureError } from '@countersign/core'
import {
  createStreamingMessageVerifier,
  createStreamingVerifier,
  protectStream,
  type StreamedBody,
  type StreamedRequest,
  type VerifierEvent,
} from '@countersign/verifier'
import {
  createStreamingVerifier as createNodeVerifier,
  protectStream as protectNodeStream,
  type StreamingHandler,
} from '@countersign/verifier/node'
import { describe, expect, it } from 'vitest'
import { bankOptions, listen, send, sendSigned } from '../adapters/running-app.ts'
import { openConnection, pipeline } from '../attacks/raw-http.ts'
import { type RawRequest, requestBytes } from '../attacks/raw-request.ts'
import { signedRequest } from '../attacks/signed-request.ts'
import { signedMessage, verifierSetup } from '../signed-message.ts'

const honest = 'to=bob'
const altered = 'to=eve'

async function* pieces(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield new TextEncoder().encode(text)
}

/** A body of which `honest` was signed, and these pieces came. */
async function streamed(...texts: readonly string[]): Promise<{ request: StreamedRequest; told: string[] }> {
  const { key, options } = await verifierSetup()
  const told: string[] = []
  const onEvent = (event: VerifierEvent): void => {
    told.push(event.type === 'accepted' ? 'accepted' : `${event.code} of ${event.keyId}`)
  }
  const message = await signedMessage(key, { body: honest })
  const verify = createStreamingMessageVerifier({ ...options, onEvent })
  return { request: await verify({ ...message, body: pieces(...texts) }), told }
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  let text = ''
  for await (const piece of body) text += new TextDecoder().decode(piece)
  return text
}

function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'fulfilled',
    (error: unknown) => (isSignatureError(error) ? error.code : String(error)),
  )
}

describe('a streamed body', () => {
  it('is read to its end when it is what was signed', async () => {
    const { request, told } = await streamed('to', '=', 'bob')
    expect(await textOf(request.body)).toBe(honest)
    expect(await codeOf(request.body.verified)).toBe('fulfilled')
    expect(request.body.finish()).toBe('verified')
    expect(told).toEqual(['accepted'])
  })

  it('is read through a stream of the platform', async () => {
    const { request } = await streamed('to', '=bob')
    expect(await new Response(request.body.toStream()).text()).toBe(honest)
    expect(request.body.finish()).toBe('verified')
  })

  it('fails before its last piece when it is not, for the reader and for whoever waits', async () => {
    const { request, told } = await streamed('to', '=', 'eve')
    let seen = ''
    const reading = (async () => {
      for await (const piece of request.body) seen += new TextDecoder().decode(piece)
    })()
    expect(await codeOf(reading)).toBe('digest_mismatch')
    expect(seen).toBe('to=')
    expect(await codeOf(request.body.verified)).toBe('digest_mismatch')
    expect((request.body.finish() as SignatureError).code).toBe('digest_mismatch')
    expect(told).toEqual(['accepted', 'digest_mismatch of alice'])
  })

  it('fails as a stream of the platform too', async () => {
    const { request } = await streamed('to', '=eve')
    expect(await codeOf(new Response(request.body.toStream()).text())).toBe('digest_mismatch')
  })

  it('can be read once', async () => {
    const { request } = await streamed(honest)
    await textOf(request.body)
    expect(() => request.body[Symbol.asyncIterator]()).toThrow(TypeError)
    expect(() => request.body.toStream()).toThrow(TypeError)
  })

  it.each<readonly [what: string, stop: (body: StreamedBody) => Promise<unknown>]>([
    ['nobody reads', async () => {}],
    [
      'somebody stops reading',
      async (body) => {
        for await (const _piece of body) break
      },
    ],
    ['somebody cancels', (body) => body.toStream().cancel()],
  ])('is not verified when %s', async (_what, stop) => {
    const { request, told } = await streamed('to', '=', 'bob')
    await stop(request.body)
    request.body.finish()
    expect(await codeOf(request.body.verified)).toBe('body_unreadable')
    expect(told).toEqual(['accepted', 'body_unreadable of alice'])
  })

  it('ends with an error for who still reads when the reading was ended', async () => {
    const { request } = await streamed('to', '=', 'bob', '')
    const iterator = request.body[Symbol.asyncIterator]()
    await iterator.next()
    expect(request.body.finish()).toBe('unread')
    const rest = await iterator.next().then(
      ({ done }) => done,
      () => 'error',
    )
    // A generator that was told to return has ended, and the digest was never said to match.
    expect(rest).not.toBe(false)
    expect(await codeOf(request.body.verified)).toBe('body_unreadable')
  })

  it('is verified for who stops after its last piece', async () => {
    const { request } = await streamed(honest)
    for await (const _piece of request.body) break
    expect(request.body.finish()).toBe('verified')
  })

  it('is verified at once when there is none', async () => {
    const { key, options } = await verifierSetup()
    const { body } = await createStreamingMessageVerifier(options)(await signedMessage(key))
    expect(body.finish()).toBe('verified')
    expect(await textOf(body)).toBe('')
  })

  it('of a source that fails is unreadable', async () => {
    const { key, options } = await verifierSetup()
    const message = await signedMessage(key, { body: honest })
    const failing = async function* (): AsyncGenerator<Uint8Array> {
      yield* pieces('to=')
      throw new Error('reset')
    }
    const { body } = await createStreamingMessageVerifier(options)({ ...message, body: failing() })
    expect(await codeOf(textOf(body))).toBe('body_unreadable')
  })

  it('that no field declares is found before the claim (HTTP/2), and needs a covered digest', async () => {
    const { key, options } = await verifierSetup()
    const verify = createStreamingMessageVerifier(options)
    const bodiless = await signedMessage(key)
    expect(await codeOf(verify({ ...bodiless, body: pieces('', 'x') }))).toBe('missing_digest')
    expect(await codeOf(verify({ ...bodiless, body: pieces('', '') }))).toBe('fulfilled')
  })

  it('has neither text() nor json(), which would return before the end', async () => {
    const { request } = await streamed(honest)
    // @ts-expect-error: read it to its end instead
    expect([request.json, request.text]).toEqual([undefined, undefined])
  })

  it('goes with a server that checks time and signature alone', async () => {
    const { key, options } = await verifierSetup()
    const verify = createStreamingMessageVerifier({
      ...options,
      replayStore: 'freshness-only',
      dangerouslyAllowReplayOfUnsafeMethods: true,
    })
    const request = await verify({ ...(await signedMessage(key, { body: honest })), body: pieces(honest) })
    expect([request.replayChecked, await textOf(request.body)]).toEqual([false, honest])
  })
})

function alteredUpload(): RawRequest {
  const captured = signedRequest(Math.floor(Date.now() / 1000), { body: honest })
  return { ...captured, body: Buffer.from(altered) }
}

describe('protectStream of node:http', () => {
  async function serve(handler: StreamingHandler): Promise<{ port: number; errors: unknown[] }> {
    const errors: unknown[] = []
    const verify = createNodeVerifier(await bankOptions())
    const listener = protectNodeStream(verify, handler, { onError: (error) => errors.push(error) })
    return { port: await listen(createServer(listener)), errors }
  }

  it('answers a refusal of the body, also where the handler swallowed it', async () => {
    const { port, errors } = await serve(async (_request, _response, { body }) => {
      await textOf(body).catch(() => {})
    })
    expect(await send(port, alteredUpload())).toMatchObject({ status: 401 })
    expect(errors).toEqual([])
  })

  it('breaks off an answer that had begun', async () => {
    const { port } = await serve(async (_request, response, { body }) => {
      response.writeHead(200).write('working')
      await textOf(body)
      response.end()
    })
    await expect(send(port, alteredUpload())).rejects.toThrow('the connection closed')
  })

  it('answers 500 for a mistake of the handler, and tells onError', async () => {
    const { port, errors } = await serve(async (_request, _response, { body }) => {
      await textOf(body)
      throw new Error('disk full')
    })
    expect(await sendSigned(port, { body: honest })).toMatchObject({ status: 500 })
    expect(errors).toMatchObject([{ message: 'disk full' }])
  })

  it('gives the handler a request that cannot be read past the verification', async () => {
    const seen: unknown[] = []
    const { port } = await serve(async (request, response) => {
      const raw = request as unknown as NodeJS.ReadableStream
      raw.on('data', (chunk) => seen.push(chunk)).on('end', () => seen.push('end'))
      await new Promise((resolve) => setTimeout(resolve, 50))
      response.end('too early')
    })
    // @ts-expect-error: what reads is not there
    const handler: StreamingHandler = (request) => request.pipe
    expect(handler).toBeInstanceOf(Function)
    await send(port, alteredUpload())
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(seen).not.toContain('end')
  })

  it('drops a short body that the handler did not read, and keeps the connection', async () => {
    const { port } = await serve((_request, response) => response.writeHead(404).end())
    const now = Math.floor(Date.now() / 1000)
    const two = [signedRequest(now, { body: honest }), signedRequest(now, { body: honest })]
    expect(await pipeline(port, two.map(requestBytes))).toMatchObject([{ status: 404 }, { status: 404 }])
  })

  it('keeps it too where the handler stopped amid the body', async () => {
    const { port } = await serve(async (_request, response, { body }) => {
      for await (const _piece of body) break
      response.writeHead(404).end()
    })
    const now = Math.floor(Date.now() / 1000)
    const bytes = requestBytes(signedRequest(now, { body: Buffer.alloc(60_000) }))
    const connection = await openConnection(port)
    let sent = 0
    const sendMore = async (count: number): Promise<void> => {
      await connection.write(bytes.subarray(sent, sent + count))
      sent += count
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    let isAnswered = false
    const answer = connection.responses(1).finally(() => {
      isAnswered = true
    })
    // The first piece is handed out once there is a second one, and two that arrive together are one.
    while (!isAnswered && sent < 10_000) await sendMore(1000)
    expect(await answer).toMatchObject([{ status: 404 }])
    // More than the stream buffers, and not at once.
    while (sent < bytes.length) await sendMore(20_000)
    await connection.write(requestBytes(signedRequest(now)))
    expect(await connection.responses(1)).toMatchObject([{ status: 404 }])
    connection.destroy()
  })

  it('closes the connection after a long one', async () => {
    const { port } = await serve((_request, response) => response.writeHead(404).end())
    const now = Math.floor(Date.now() / 1000)
    const long = signedRequest(now, { body: Buffer.alloc(900_000) })
    await expect(pipeline(port, [long, signedRequest(now)].map(requestBytes))).rejects.toThrow('the connection closed')
  })
})

describe('protectStream of the Fetch API', () => {
  async function answerTo(text: string, handler: (request: Request) => Promise<Response>): Promise<Response> {
    const { key, options } = await verifierSetup()
    const { method, target, headers } = await signedMessage(key, { body: honest })
    const handle = protectStream(createStreamingVerifier(options as never), handler)
    const init = { method, headers: [...headers].map(([name, value]): [string, string] => [name, value]), body: text }
    return handle(new Request(`https://bank.example${target}`, init))
  }

  it('hands out a Request that reads like any other', async () => {
    const response = await answerTo(honest, async (request) => new Response(await request.text()))
    expect([response.status, await response.text()]).toEqual([200, honest])
  })

  it('answers a refusal of the body, whatever the handler made of it', async () => {
    const swallowing = async (request: Request): Promise<Response> => {
      return new Response(await request.text().catch(() => 'committed all the same'))
    }
    expect((await answerTo(altered, swallowing)).status).toBe(401)
    expect((await answerTo(altered, async (request) => new Response(await request.text()))).status).toBe(401)
  })

  it('lets a handler answer early', async () => {
    expect((await answerTo(honest, async () => new Response(null, { status: 404 }))).status).toBe(404)
  })

  it('passes on what the handler throws', async () => {
    const failing = async (): Promise<Response> => Promise.reject(new RangeError('mine'))
    await expect(answerTo(honest, failing)).rejects.toThrow(RangeError)
  })
})
