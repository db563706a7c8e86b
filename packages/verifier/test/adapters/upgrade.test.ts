import { createServer, type Server } from 'node:http'
import { createVerifier, protect, protectUpgrade } from '@countersign/verifier/node'
import { expect, it } from 'vitest'
import { openConnection, type RawResponse } from '../attacks/raw-http.ts'
import { addField, type HeaderLine, type RawRequest, requestBytes } from '../attacks/raw-request.ts'
import { getShape, signedRequest, unsignedRequest } from '../attacks/signed-request.ts'
import { bankOptions, listen } from './running-app.ts'

const upgrade: readonly HeaderLine[] = [
  ['Connection', 'Upgrade'],
  ['Upgrade', 'websocket'],
  ['Sec-WebSocket-Version', '13'],
  ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
]

function upgrading(request: RawRequest): RawRequest {
  return upgrade.reduce((changed, line) => addField(changed, ...line), request)
}

function signedUpgrade(): RawRequest {
  return upgrading(signedRequest(Math.floor(Date.now() / 1000), getShape))
}

/** A server whose sockets answer once, with who opened them and what was sent ahead. */
async function start(fails = false): Promise<{ readonly port: number; readonly errors: unknown[]; runs(): number }> {
  const verify = createVerifier(await bankOptions())
  const server: Server = createServer(protect(verify, (_request, response) => response.end()))
  const errors: unknown[] = []
  let runs = 0
  const onUpgrade = protectUpgrade(
    verify,
    (_request, socket, head, { keyId }) => {
      runs++
      if (fails) throw new RangeError('mine')
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${keyId.length + head.length}\r\n\r\n${keyId}`)
      socket.write(head)
    },
    { onError: (error) => errors.push(error) },
  )
  server.on('upgrade', onUpgrade)
  return { port: await listen(server), errors, runs: () => runs }
}

async function open(port: number, request: RawRequest, first = ''): Promise<RawResponse> {
  const connection = await openConnection(port)
  try {
    await connection.write(Buffer.concat([requestBytes(request), Buffer.from(first)]))
    return (await connection.responses(1))[0] as RawResponse
  } finally {
    connection.destroy()
  }
}

it('attack 58: a signed upgrade opens one socket, with what was sent on it', async () => {
  const running = await start()
  const request = signedUpgrade()
  expect((await open(running.port, request, 'hello')).body).toBe('alicehello')
  expect(running.runs()).toBe(1)
  const again = await open(running.port, request)
  expect([again.status, JSON.parse(again.body).code]).toEqual([401, 'replayed'])
  expect(running.runs()).toBe(1)
})

it('attack 58: an unsigned upgrade, and one of another path, open none', async () => {
  const running = await start()
  const unsigned = await open(running.port, upgrading(unsignedRequest(getShape)))
  expect([unsigned.status, unsigned.headers.get('www-authenticate'), unsigned.headers.get('connection')]).toEqual([
    401,
    'Signature',
    'close',
  ])
  expect(JSON.parse(unsigned.body)).toMatchObject({ code: 'missing' })
  expect((await open(running.port, { ...signedUpgrade(), target: '/admin' })).status).toBe(401)
  expect(running.runs()).toBe(0)
  expect((await open(running.port, signedUpgrade())).status).toBe(200)
})

it('attack 58: a client that goes away is no error of the process', async () => {
  const running = await start()
  for (const request of [signedUpgrade(), upgrading(unsignedRequest(getShape))]) {
    const connection = await openConnection(running.port)
    await connection.write(requestBytes(request))
    connection.destroy()
  }
  expect((await open(running.port, signedUpgrade())).status).toBe(200)
  expect(running.errors).toEqual([])
})

it('closes the socket when the handler fails, tells onError, and goes on', async () => {
  const running = await start(true)
  await expect(open(running.port, signedUpgrade())).rejects.toThrow('closed without a whole response')
  expect(running.errors).toEqual([expect.any(RangeError)])
})
