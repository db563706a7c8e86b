import {
  type ClientHttp2Session,
  connect,
  constants,
  createServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type OutgoingHttpHeaders,
} from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { VerifierOptions } from '@countersign/verifier'
import { createVerifier, protect } from '@countersign/verifier/node'
import { expect, it, onTestFinished, vi } from 'vitest'
import { watchedKeys } from '../attacks/keys.ts'
import type { RawRequest } from '../attacks/raw-request.ts'
import { bankOrigin, type Shape, signedRequest, unsignedRequest } from '../attacks/signed-request.ts'
import { patience } from '../patience.ts'
import { bankOptions } from './running-app.ts'

interface Answer {
  readonly status: number
  readonly body: string
  /** How the stream ended: RFC 9113 7. */
  readonly code: number
}

interface Running {
  readonly session: ClientHttp2Session
  readonly refusals: readonly string[]
  runs(): number
}

async function start(more: Partial<VerifierOptions<Http2ServerRequest>> = {}): Promise<Running> {
  const refusals: string[] = []
  let runs = 0
  const verify = createVerifier<Http2ServerRequest>(
    await bankOptions<Http2ServerRequest>({
      onEvent: (event) => {
        if (event.type === 'refused') refusals.push(event.code)
      },
      ...more,
    }),
  )
  const listener = protect<Http2ServerRequest, Http2ServerResponse>(verify, (_request, response, { message, text }) => {
    runs++
    response.end(`${message.authority}${message.path} ${text()}`)
  })
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  session.on('error', () => {})
  onTestFinished(() => {
    session.destroy()
    server.close()
  })
  return { session, refusals, runs: () => runs }
}

function signed(shape: Shape = {}): RawRequest {
  return signedRequest(Math.floor(Date.now() / 1000), shape)
}

const authority = new URL(bankOrigin).host

function headersOf({ method, target, headers }: RawRequest, more: OutgoingHttpHeaders = {}): OutgoingHttpHeaders {
  const fields = headers
    .filter(([name]) => name !== 'Host')
    .map(([name, value]) => [name.toLowerCase(), value] as const)
  return { ':method': method, ':path': target, ':authority': authority, ...Object.fromEntries(fields), ...more }
}

function ask(
  { session }: Running,
  request: RawRequest,
  { more = {}, ends = true }: { readonly more?: OutgoingHttpHeaders; readonly ends?: boolean } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stream = session.request(headersOf(request, more), { endStream: request.body === undefined && ends })
    let [status, body] = [0, '']
    stream.on('response', (headers) => {
      status = Number(headers[':status'])
    })
    stream.on('data', (chunk) => {
      body += chunk
    })
    stream.on('error', reject)
    stream.on('close', () => resolve({ status, body, code: stream.rstCode }))
    if (request.body !== undefined) stream.write(request.body)
    if (ends && request.body !== undefined) stream.end()
  })
}

it('attack 1: a signed stream is let in, without a Content-Length', async () => {
  const running = await start()
  expect((await ask(running, signed())).body).toBe('bank.example/transfer {"amount":10}')
  expect((await ask(running, signed({ method: 'GET' }))).body).toBe('bank.example/transfer ')
})

it.each([{}, { method: 'GET' }])('attack 6: 50 copies multiplexed on one connection run once: %j', async (shape) => {
  const running = await start()
  const copy = signed(shape)
  const answers = await Promise.all(Array.from({ length: 50 }, () => ask(running, copy)))
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  expect(running.refusals).toEqual(Array(49).fill('replayed'))
  expect(running.runs()).toBe(1)
})

it('attack 40: of two origins, :authority chooses one, and can name no other', async () => {
  const running = await start({ origin: ['https://bank.example', 'https://shop.example'] })
  await ask(running, signed(), { more: { ':authority': 'shop.example' } })
  await ask(running, signed(), { more: { ':authority': 'evil.example' } })
  expect(running.refusals).toEqual(['invalid_signature', 'malformed_message'])
  expect((await ask(running, signed())).status).toBe(200)
})

it('attack 65: a Host beside :authority must say the same', async () => {
  const running = await start()
  expect((await ask(running, signed(), { more: { host: 'bank.example' } })).status).toBe(200)
  expect((await ask(running, signed(), { more: { host: 'shop.example' } })).status).toBe(401)
  expect(running.refusals).toEqual(['malformed_message'])
})

it('attack 65: a cookie that is sent in pieces is one field', async () => {
  const running = await start()
  const shape: Shape = { headers: [['Cookie', 'a=1; b=2']], cover: ['cookie'] }
  expect((await ask(running, signed(shape), { more: { cookie: ['a=1', 'b=2'] } })).status).toBe(200)
  expect((await ask(running, signed(shape), { more: { cookie: ['b=2', 'a=1'] } })).status).toBe(401)
})

it('attack 46: a body added to a request that declares none', async () => {
  const running = await start()
  const { status } = await ask(running, { ...signed({ method: 'DELETE' }), body: Buffer.from('added') })
  expect([status, running.refusals]).toEqual([401, ['missing_digest']])
})

it('attack 48: a body without an end is answered, and its stream ended without an error', async () => {
  const running = await start({ maxBodyBytes: 10 })
  const answer = await ask(running, signed(), { ends: false })
  expect([answer.status, answer.code]).toEqual([413, constants.NGHTTP2_NO_ERROR])
  expect((await ask(running, unsignedRequest(), { ends: false })).status).toBe(401)
  expect((await ask(running, signed({ method: 'GET' }))).status).toBe(200)
})

it('attack 13: a stream that is reset amid the body, and sent again', async () => {
  const { keys, headSeen } = await watchedKeys()
  const running = await start({ keys })
  const captured = signed()
  const stream = running.session.request(headersOf(captured))
  stream.on('error', () => {})
  stream.write('{"amo')
  await headSeen
  stream.destroy(new Error('gone'))
  await vi.waitFor(() => expect(running.refusals).toEqual(['body_unreadable']), patience)
  expect((await ask(running, captured)).status).toBe(200)
  expect((await ask(running, captured)).status).toBe(401)
  expect(running.runs()).toBe(1)
})

it('attack 50: trailers change nothing, whatever te says', async () => {
  const running = await start()
  expect((await ask(running, signed(), { more: { te: 'trailers' } })).status).toBe(200)
})
