import type { ServerResponse } from 'node:http'
import { connect, createServer, type Http2ServerResponse, type OutgoingHttpHeaders } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { createResponseVerifier, signRequest } from '@countersign/client'
import { isSignatureError } from '@countersign/core'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createVerifier, type ProtectedHandler, protect } from '../../src/adapters/node.ts'
import { createSignedSender, problemOf, type SignedSender } from '../../src/index.ts'
import { freshParties, listen, verifiedFetch, verifierOptions } from './loopback.ts'

const parties = freshParties()

type Answering = (response: ServerResponse, send: SignedSender<ServerResponse['req']>) => unknown

/** A server of node:http whose handler answers by what it is given. */
function bank(answer: Answering): Promise<string> {
  return listen((origin) => {
    const send = createSignedSender<ServerResponse['req']>({ key: parties.server.signingKey, origin })
    const handler: ProtectedHandler = (_request, response) => answer(response, send)
    return protect(createVerifier(verifierOptions(parties, origin)), handler, { onError: () => {} })
  })
}

describe('createSignedSender', () => {
  it.each<[string, string, Parameters<SignedSender<never>>[1]]>([
    ['text', 'POST', { status: 201, headers: { location: '/1', 'content-type': 'text/plain' }, body: 'bezahlt ✓' }],
    ['bytes', 'GET', { status: 200, body: new Uint8Array([1, 2, 3]) }],
    ['an empty body', 'GET', { status: 200, body: '' }],
    ['204', 'DELETE', { status: 204 }],
    ['a HEAD', 'HEAD', { status: 200, body: 'left out' }],
  ])('sends %s so that the client believes it', async (_name, method, answer) => {
    const origin = await bank((response, send) => send(response, answer))
    const response = await verifiedFetch(parties)(`${origin}/transfers?a=1`, { method })
    const sent = method === 'HEAD' ? null : answer.body
    expect(response.status).toBe(answer.status)
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(new Uint8Array(Buffer.from(sent ?? '')))
    const length = answer.status === 204 ? null : String(Buffer.byteLength(answer.body ?? ''))
    expect(response.headers.get('content-length')).toBe(length)
  })

  it('signs the fields that were set on the response before, and no digest of another body', async () => {
    const origin = await bank((response, send) => {
      response.setHeader('Content-Type', 'application/json')
      response.setHeader('Content-Digest', 'sha-256=:AA==:')
      response.setHeader('Set-Cookie', ['a=1', 'b=2'])
      return send(response, { status: 200, body: '{}' })
    })
    const response = await verifiedFetch(parties)(origin)
    expect(response.headers.get('signature-input')).toContain('"content-type"')
    expect([await response.json(), response.headers.getSetCookie()]).toEqual([{}, ['a=1', 'b=2']])
    const bare = await bank((response, send) => {
      response.setHeader('Content-Digest', 'sha-256=:AA==:')
      return send(response, { status: 200 })
    })
    expect((await verifiedFetch(parties)(bare)).headers.has('content-digest')).toBe(false)
  })

  it('sends signed refusals, and closes the connection after a long body', async () => {
    const origin = await listen((name) => {
      const { origin: _origin, ...options } = verifierOptions(parties, name)
      const verify = createVerifier({ ...options, origin: name, maxBodyBytes: 10 })
      const send = createSignedSender({ key: parties.server.signingKey, origin: name })
      return async (request, response) => {
        const refused = await verify(request).catch((error: unknown) => error)
        if (isSignatureError(refused)) await send(response, problemOf(refused))
      }
    })
    const signedFetch = verifiedFetch(parties)
    for (const [size, connection] of [
      [11, 'keep-alive'],
      [100_000, 'close'],
    ] as const) {
      const response = await signedFetch(origin, { method: 'POST', body: new Uint8Array(size) })
      expect([response.status, (await response.json()).code]).toEqual([413, 'too-large'])
      expect(response.headers.get('connection')).toBe(connection)
    }
  })

  it('answers what is not signed unsigned', async () => {
    const origin = await listen((name) => {
      const send = createSignedSender({ key: parties.server.signingKey, origin: name })
      return (_request, response) => void send(response, { status: 401, body: 'sign first' })
    })
    const response = await fetch(origin)
    expect([response.status, await response.text(), response.headers.has('signature')]).toEqual([
      401,
      'sign first',
      false,
    ])
  })

  it('names the target that Express was asked for, not what is left of it behind a mount path', async () => {
    const origin = await bank((response, send) => {
      Object.assign(response.req, { originalUrl: response.req.url, url: '/' })
      return send(response, { status: 200, body: 'x' })
    })
    expect(await (await verifiedFetch(parties)(`${origin}/mounted/path?a`)).text()).toBe('x')
  })

  it('leaves a response alone that is gone', async () => {
    let gone: Promise<void> | undefined
    const origin = await bank((response, send) => {
      response.destroy()
      gone = send(response, { status: 200, body: 'x' })
      return gone
    })
    await expect(verifiedFetch(parties)(origin)).rejects.toThrow()
    await expect(gone).resolves.toBeUndefined()
  })
})

describe('over HTTP/2', () => {
  /** A server of node:http2 that refuses whatever it is sent, and what it answers to one request. */
  async function answerTo(path: string, init: RequestInit): Promise<{ request: Request; response: Response }> {
    const server = createServer((_request, response) => void sendSigned(response, { status: 401, body: 'refused' }))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const sendSigned = createSignedSender<Http2ServerResponse['req']>({ key: parties.server.signingKey, origin })
    const session = connect(origin)
    onTestFinished(() => {
      session.destroy()
      server.close()
    })
    const { request } = await signRequest(new Request(origin + path, init), { key: parties.client.signingKey })
    const head = { ':method': request.method, ':path': path, cookie: ['a=1', 'b=2'] }
    const content = Buffer.from(await request.clone().arrayBuffer())
    const fields = { ...head, ...Object.fromEntries(request.headers), 'content-length': content.length }
    const stream = session.request(fields, { endStream: content.length === 0 })
    if (content.length > 0) stream.end(content)
    const answered = await new Promise<OutgoingHttpHeaders>((resolve, reject) => {
      stream.once('response', resolve).once('error', reject)
    })
    const chunks: Buffer[] = []
    for await (const chunk of stream) chunks.push(chunk as Buffer)
    const lines = Object.entries(answered).filter(([name]) => !name.startsWith(':'))
    const headers = lines.map(([name, value]): [string, string] => [name, String(value)])
    return { request, response: new Response(Buffer.concat(chunks), { status: Number(answered[':status']), headers }) }
  }

  it.each([
    ['a GET', '/a?b=1', {}],
    ['a long POST', '/a', { method: 'POST', body: new Uint8Array(100_000) }],
  ])('signs the refusal of %s, without a field that HTTP/2 forbids', async (_name, path, init) => {
    const warned: Error[] = []
    const listener = (warning: Error): unknown => warned.push(warning)
    process.on('warning', listener)
    onTestFinished(() => void process.off('warning', listener))
    const { request, response } = await answerTo(path, init)
    const verify = createResponseVerifier({ keys: [parties.server.verifyingKey] })
    const { body } = await verify(request, response)
    expect([response.status, Buffer.from(body).toString()]).toEqual([401, 'refused'])
    // Node leaves such a field out, and warns.
    expect(warned).toEqual([])
  })
})
