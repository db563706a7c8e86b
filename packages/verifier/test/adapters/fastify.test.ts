import { createVerifier, protect, verifiedOf } from '@countersign/verifier/fastify'
import Fastify, { type FastifyInstance } from 'fastify'
import { expect, it, onTestFinished } from 'vitest'
import { pipeline } from '../attacks/raw-http.ts'
import { requestBytes } from '../attacks/raw-request.ts'
import { signedRequest, unsignedRequest } from '../attacks/signed-request.ts'
import { bankOptions, listen, send, sendSigned } from './running-app.ts'

async function start(build: (app: FastifyInstance) => Promise<unknown> | unknown): Promise<number> {
  const app = Fastify()
  await build(app)
  await app.ready()
  return listen(app.server)
}

async function hook(): Promise<ReturnType<typeof protect>> {
  return protect(createVerifier(await bankOptions()))
}

const schema = { body: { type: 'object', required: ['amount'], properties: { amount: { type: 'integer' } } } }

it('lets the parser and the schemas of Fastify read what was verified', async () => {
  const port = await start(async (app) => {
    app.addHook('onRequest', await hook())
    app.post('/transfer', { schema }, async (request) => [request.body, verifiedOf(request).text()])
  })
  for (const framing of ['length', 'chunked'] as const) {
    const { body } = await sendSigned(port, { framing })
    expect(JSON.parse(body)).toEqual([{ amount: 10 }, '{"amount":10}'])
  }
  expect((await sendSigned(port, { body: '{"amount":"ten"}' })).status).toBe(400)
  expect((await sendSigned(port, { body: 'no JSON' })).status).toBe(400)
})

it('leaves the body limit of Fastify in force', async () => {
  const port = await start(async (app) => {
    app.addHook('onRequest', await hook())
    app.post('/transfer', { bodyLimit: 5 }, async () => 'ran')
  })
  expect((await sendSigned(port)).status).toBe(413)
})

it('serves requests that are injected', async () => {
  const app = Fastify()
  onTestFinished(() => app.close())
  app.addHook('onRequest', await hook())
  app.post('/transfer', async (request) => request.body)
  const { target, headers, body } = signedRequest(Math.floor(Date.now() / 1000))
  const inject = { method: 'POST', url: target, headers: Object.fromEntries(headers), payload: String(body) } as const
  expect((await app.inject(inject)).json()).toEqual({ amount: 10 })
  expect((await app.inject(inject)).json()).toMatchObject({ code: 'replayed' })
})

it.each(['preValidation', 'preHandler'] as const)('says where to put it when it was added as %s', async (name) => {
  const port = await start(async (app) => {
    const protecting = await hook()
    app.addHook(name, (request, reply) => protecting(request, reply) as Promise<void>)
    app.post('/transfer', async () => 'ran')
  })
  const { status, body } = await sendSigned(port)
  expect([status, JSON.parse(body).message]).toEqual([
    500,
    "the body was read before verification: add it as app.addHook('onRequest', protect(verify)), since Fastify parses the body after that hook",
  ])
})

it('guards a plugin with a prefix, or a route, and leaves the others as they are', async () => {
  const port = await start(async (app) => {
    const onRequest = await hook()
    await app.register(
      async (scope) => {
        scope.addHook('onRequest', onRequest)
        scope.post('/transfer', async (request) => verifiedOf(request).message.path)
      },
      { prefix: '/v1' },
    )
    app.post('/single', { onRequest }, async (request) => verifiedOf(request).message.path)
    app.get('/open', async (request) => verifiedOf(request).keyId)
    app.get('/health', async () => 'up')
  })
  expect((await sendSigned(port, { target: '/v1/transfer' })).body).toBe('/v1/transfer')
  expect((await send(port, unsignedRequest({ target: '/v1/transfer' }))).status).toBe(401)
  expect((await sendSigned(port, { target: '/single' })).body).toBe('/single')
  expect((await send(port, unsignedRequest({ target: '/single' }))).status).toBe(401)
  expect((await send(port, unsignedRequest({ method: 'GET', target: '/health' }))).body).toBe('up')
  expect((await sendSigned(port, { method: 'GET', target: '/open' })).body).toMatch(/this request was not verified/)
})

it('leaves the errors of handlers to Fastify, and keeps the connection after a refusal', async () => {
  const port = await start(async (app) => {
    app.addHook('onRequest', await hook())
    app.setErrorHandler((error, _request, reply) => reply.code(418).send(String(error)))
    app.post('/transfer', async () => {
      throw new RangeError('mine')
    })
  })
  const { status, body } = await sendSigned(port)
  expect([status, body]).toEqual([418, 'RangeError: mine'])
  const refused = requestBytes(unsignedRequest())
  const responses = await pipeline(port, [refused, refused])
  expect(responses.map((response) => response.status)).toEqual([401, 401])
})

it('keeps the header fields that were set before a refusal', async () => {
  const port = await start(async (app) => {
    app.addHook('onRequest', async (_request, reply) => {
      reply.header('access-control-allow-origin', 'https://shop.example')
    })
    app.addHook('onRequest', await hook())
    app.post('/transfer', async () => 'ran')
  })
  const { status, headers } = await send(port, unsignedRequest())
  expect([status, headers.get('access-control-allow-origin')]).toEqual([401, 'https://shop.example'])
  expect(headers.get('content-type')).toBe('application/problem+json')
})
