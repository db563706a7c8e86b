import { connect, createServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { createStreamingVerifier, protectStream, type StreamingHandler } from '@countersign/verifier/node'
import { expect, it, onTestFinished } from 'vitest'
import { bankOptions } from '../adapters/running-app.ts'
import { signedRequest } from '../attacks/signed-request.ts'

type Handler = StreamingHandler<Http2ServerRequest, Http2ServerResponse>

const large = Buffer.alloc(300_000, 'countersign')

/** Uploads over HTTP/2, without a Content-Length, what was signed as `large`. */
async function uploadTo(handler: Handler, sent: Buffer): Promise<{ status: unknown; told: string[] }> {
  const told: string[] = []
  const options = await bankOptions<Http2ServerRequest>({
    onEvent: (event) => told.push(event.type === 'accepted' ? 'accepted' : event.code),
  })
  const server = createServer(protectStream(createStreamingVerifier<Http2ServerRequest>(options), handler))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  onTestFinished(() => {
    session.destroy()
    server.close()
  })
  const { method, target, headers } = signedRequest(Math.floor(Date.now() / 1000), { body: large })
  const fields = headers.filter(([name]) => name !== 'Host').map(([name, value]) => [name.toLowerCase(), value])
  const pseudo = { ':method': method, ':path': target, ':authority': 'bank.example' }
  const stream = session.request({ ...pseudo, ...Object.fromEntries(fields) })
  stream.on('error', () => {})
  const status = await new Promise((resolve, reject) => {
    stream.on('response', (answer) => resolve(answer[':status'])).on('close', () => reject(new Error('no answer')))
    stream.end(sent)
  })
  stream.resume()
  return { status, told }
}

const reading: Handler = async (_request, response, { body }) => {
  for await (const _piece of body);
  response.end('read')
}

it('reads an upload over HTTP/2', async () => {
  expect(await uploadTo(reading, large)).toEqual({ status: 200, told: ['accepted'] })
})

it('refuses an altered one at its end (attack 44)', async () => {
  const altered = Buffer.concat([large.subarray(1), Buffer.from('x')])
  expect(await uploadTo(reading, altered)).toEqual({ status: 401, told: ['accepted', 'digest_mismatch'] })
})

it('lets a handler answer early', async () => {
  const early: Handler = (_request, response) => {
    response.writeHead(404)
    response.end()
  }
  expect(await uploadTo(early, large)).toEqual({ status: 404, told: ['accepted', 'body_unreadable'] })
})
