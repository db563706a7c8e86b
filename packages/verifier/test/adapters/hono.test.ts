import { createVerifier, protect, verifiedOf } from '@countersign/verifier/hono'
import { createAdaptorServer } from '@hono/node-server'
import { Hono, type MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import { describe, expect, it } from 'vitest'
import { addField } from '../attacks/raw-request.ts'
import { bankOrigin, type Shape, signedRequest, unsignedRequest } from '../attacks/signed-request.ts'
import { bankOptions, listen, send, sendSigned } from './running-app.ts'

type Asked = { readonly status: number; readonly body: string }
type Ask = (app: Hono, shape: Shape) => Promise<Asked>

const seconds = (): number => Math.floor(Date.now() / 1000)

const onNode: Ask = async (app, shape) => {
  const server = createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false })
  return sendSigned(await listen(server as Parameters<typeof listen>[0]), shape)
}

const onFetch: Ask = async (app, shape) => {
  const { method, target, headers, body } = signedRequest(seconds(), shape)
  const init = {
    method,
    headers: headers as [string, string][],
    body: body === undefined ? null : new Uint8Array(body),
  }
  const response = await app.fetch(new Request(`${bankOrigin}${target}`, init))
  return { status: response.status, body: await response.text() }
}

async function middleware(): Promise<MiddlewareHandler> {
  return protect(createVerifier(await bankOptions()))
}

const form = [['Content-Type', 'application/x-www-form-urlencoded']] as const

describe.each([
  ['@hono/node-server', onNode],
  ['a handler of the Fetch API', onFetch],
])('Hono on %s', (_name, ask) => {
  it('lets the handler read what was verified in every way', async () => {
    const app = new Hono().use(await middleware())
    app.post('/json', async (c) => c.json([await c.req.json(), verifiedOf(c).text(), c.req.method]))
    app.post('/text', async (c) => c.text(await c.req.raw.text()))
    app.post('/form', async (c) => c.json(await c.req.parseBody()))
    app.get('/none', (c) => c.text(verifiedOf(c).keyId))
    expect(JSON.parse((await ask(app, { target: '/json' })).body)).toEqual([{ amount: 10 }, '{"amount":10}', 'POST'])
    expect((await ask(app, { target: '/text' })).body).toBe('{"amount":10}')
    expect((await ask(app, { target: '/form', headers: form, body: 'a=1' })).body).toBe('{"a":"1"}')
    expect((await ask(app, { method: 'GET', target: '/none' })).body).toBe('alice')
  })

  it('says where to put it when the body was read before', async () => {
    const app = new Hono()
    app.use(async (c, next) => {
      await c.req.json()
      await next()
    })
    app.use(await middleware()).onError((error, c) => c.text(String(error), 500))
    expect((await ask(app, {})).body).toMatch(
      /put app\.use\(protect\(verify\)\) before whatever calls c\.req\.json\(\)/,
    )
  })

  it('guards a sub-app under a path, and leaves the others as they are', async () => {
    const accounts = new Hono().use(await middleware())
    accounts.post('/transfer', (c) => c.text(verifiedOf(c).message.path))
    const app = new Hono().get('/health', (c) => c.text('up')).get('/open', (c) => c.text(verifiedOf(c).keyId))
    app.route('/v1', accounts).onError((error, c) => c.text(String(error), 500))
    expect((await ask(app, { target: '/v1/transfer' })).body).toBe('/v1/transfer')
    expect((await ask(app, { method: 'GET', target: '/health' })).body).toBe('up')
    expect((await ask(app, { method: 'GET', target: '/open' })).body).toMatch(/this request was not verified/)
  })

  it('leaves the errors of handlers to the app', async () => {
    const app = new Hono().use(await middleware()).onError((error, c) => c.text(String(error), 418))
    app.all('*', () => {
      throw new RangeError('mine')
    })
    const { status, body } = await ask(app, {})
    expect([status, body]).toEqual([418, 'RangeError: mine'])
  })
})

it('closes the connection rather than read a long body that it refused', async () => {
  const app = new Hono().use(await middleware())
  const server = createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false })
  const port = await listen(server as Parameters<typeof listen>[0])
  const long = await send(port, unsignedRequest({ body: 'x'.repeat(70_000) }))
  expect([long.status, long.headers.get('connection')]).toEqual([401, 'close'])
  const short = await send(port, addField(unsignedRequest(), 'X-Note', 'short'))
  expect([short.status, short.headers.get('connection')]).toEqual([401, 'keep-alive'])
})

it('attack 105: a CORS middleware in front answers preflights, and refusals can be read', async () => {
  const app = new Hono().use(cors({ origin: 'https://shop.example' })).use(await middleware())
  app.all('*', (c) => c.text('ran'))
  const server = createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false })
  const port = await listen(server as Parameters<typeof listen>[0])
  const asked = addField(unsignedRequest({ method: 'OPTIONS' }), 'Origin', 'https://shop.example')
  const preflight = await app.fetch(
    new Request(bankOrigin, { method: 'OPTIONS', headers: { origin: 'https://shop.example' } }),
  )
  expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([
    204,
    'https://shop.example',
  ])
  const { status, headers } = await send(port, { ...asked, method: 'POST' })
  expect([status, headers.get('access-control-allow-origin')]).toEqual([401, 'https://shop.example'])
})

it('attack 40: of two origins, :authority chooses one where HTTP/2 sends no Host', async () => {
  const verify = createVerifier(await bankOptions({ origin: ['https://bank.example', 'https://shop.example'] }))
  const app = new Hono().use(protect(verify)).get('/balance', (c) => c.text(verifiedOf(c).message.authority))
  const ask = (authority: string): Response | Promise<Response> => {
    const { target, headers } = signedRequest(seconds(), { method: 'GET', target: '/balance' })
    const fields = headers.filter(([name]) => name !== 'Host')
    const rawHeaders = [':authority', authority, ...fields.flat()]
    const incoming = { url: target, rawHeaders, httpVersionMajor: 2 }
    return app.fetch(new Request(`http://${authority}${target}`, { headers: fields as [string, string][] }), {
      incoming,
    })
  }
  expect(await (await ask('bank.example')).text()).toBe('bank.example')
  expect((await ask('shop.example')).status).toBe(401)
  expect((await ask('evil.example')).status).toBe(401)
})
