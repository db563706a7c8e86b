import { createRequire } from 'node:module'
import { createVerifier, protect, verifiedOf } from '@countersign/verifier/koa'
import Koa, { type Middleware } from 'koa'
import { expect, it } from 'vitest'
import { pipeline } from '../attacks/raw-http.ts'
import { requestBytes } from '../attacks/raw-request.ts'
import { unsignedRequest } from '../attacks/signed-request.ts'
import { bankOptions, send, sendSigned, serve } from './running-app.ts'

const bodyParser = createRequire(import.meta.url)('koa-bodyparser') as () => Middleware
const errors: unknown[] = []

async function start(build: (app: Koa, verified: Middleware) => void): Promise<number> {
  const app = new Koa()
  app.on('error', (error) => errors.push(String(error)))
  build(app, protect(createVerifier(await bankOptions())))
  return serve(app.callback())
}

const echo: Middleware = (context) => {
  context.body = [(context.request as { body?: unknown }).body, verifiedOf(context).text()]
}

it('lets a body parser read what was verified', async () => {
  const port = await start((app, verified) => app.use(verified).use(bodyParser()).use(echo))
  for (const framing of ['length', 'chunked'] as const) {
    expect(JSON.parse((await sendSigned(port, { framing })).body)).toEqual([{ amount: 10 }, '{"amount":10}'])
  }
})

it('says where to put it when a body parser came first', async () => {
  const port = await start((app, verified) => app.use(bodyParser()).use(verified).use(echo))
  expect((await sendSigned(port)).status).toBe(500)
  expect(errors.at(-1)).toBe(
    'TypeError: the body was read before verification: put app.use(protect(verify)) before koa-bodyparser and every other body parser',
  )
})

it('goes by the URL that was requested when a mount has cut it', async () => {
  const port = await start((app, verified) =>
    app
      .use((context, next) => {
        context.path = context.path.replace('/v1', '')
        return next()
      })
      .use(verified)
      .use((context) => {
        context.body = verifiedOf(context).message.path
      }),
  )
  expect((await sendSigned(port, { target: '/v1/transfer?a=b' })).body).toBe('/v1/transfer')
})

it('leaves the errors of handlers to Koa, and keeps the connection after a refusal', async () => {
  const port = await start((app, verified) =>
    app.use(verified).use(() => {
      throw new RangeError('mine')
    }),
  )
  expect((await sendSigned(port)).status).toBe(500)
  expect(errors.at(-1)).toBe('RangeError: mine')
  const refused = requestBytes(unsignedRequest())
  const responses = await pipeline(port, [refused, refused])
  expect(responses.map(({ status, headers }) => [status, headers.get('www-authenticate')])).toEqual(
    Array(2).fill([401, 'Signature']),
  )
})

it('serves no route that nothing protects as if it were verified', async () => {
  const port = await start((app) => app.use(echo))
  expect((await sendSigned(port)).status).toBe(500)
  expect(errors.at(-1)).toMatch(/^TypeError: this request was not verified/)
})

it('keeps the header fields that were set before a refusal', async () => {
  const port = await start((app, verified) =>
    app
      .use((context, next) => {
        context.set('access-control-allow-origin', 'https://shop.example')
        return next()
      })
      .use(verified),
  )
  const { status, headers } = await send(port, unsignedRequest())
  expect([status, headers.get('access-control-allow-origin')]).toEqual([401, 'https://shop.example'])
  expect(headers.get('content-type')).toBe('application/problem+json')
})
