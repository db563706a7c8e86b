import { createRequire } from 'node:module'
import { gzipSync } from 'node:zlib'
import { createVerifier, protect, verifiedOf } from '@countersign/verifier/express'
import express5, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express'
import { describe, expect, it } from 'vitest'
import { pipeline } from '../attacks/raw-http.ts'
import { requestBytes } from '../attacks/raw-request.ts'
import { type Shape, unsignedRequest } from '../attacks/signed-request.ts'
import { bankOptions, send, sendSigned, serve } from './running-app.ts'

const load = createRequire(import.meta.url)
const versions = [
  ['Express 5', express5],
  ['Express 4', load('express4') as typeof express5],
] as const

const upload = (load('multer') as () => { single(name: string): RequestHandler })()

const boundary = '----form'
const multipart = [
  `--${boundary}`,
  'content-disposition: form-data; name="invoice"; filename="a.txt"',
  '',
  'ten',
  `--${boundary}--`,
  '',
].join('\r\n')

describe.each(versions)('%s', (_name, express) => {
  async function start(build: (app: Express, verified: RequestHandler) => void): Promise<number> {
    const app = express()
    build(app, protect(createVerifier(await bankOptions())))
    const onError: ErrorRequestHandler = (error, _request, response, _next) => {
      response.status(500).send(String(error))
    }
    app.use(onError)
    return serve(app)
  }

  const echo: RequestHandler = (request, response) => {
    response.json([request.body, verifiedOf(request).text()])
  }
  const parsed: readonly (readonly [what: string, shape: Shape, body: unknown])[] = [
    ['JSON', {}, { amount: 10 }],
    ['an empty object', { body: '{}' }, {}],
    ['JSON in chunks', { framing: 'chunked' }, { amount: 10 }],
    ['a long body', { body: JSON.stringify('x'.repeat(300_000)) }, 'x'.repeat(300_000)],
    [
      'a form',
      { headers: [['Content-Type', 'application/x-www-form-urlencoded']], body: 'a=1&a=2' },
      { a: ['1', '2'] },
    ],
    ['text', { headers: [['Content-Type', 'text/plain']], body: 'ten' }, 'ten'],
  ]
  it.each(parsed)('lets the body parsers of the app read what was verified: %s', async (_what, shape, body) => {
    const port = await start((app, verified) => {
      app.use(verified, express.json({ limit: '1mb', strict: false }), express.urlencoded({ extended: true }))
      app.use(express.text(), echo)
    })
    const response = await sendSigned(port, shape)
    expect(JSON.parse(response.body)).toEqual([body, shape.body ?? '{"amount":10}'])
  })

  it('lets them inflate what was verified', async () => {
    const port = await start((app, verified) =>
      app.use(verified, express.json(), (request, response) => {
        response.json(request.body)
      }),
    )
    const body = gzipSync('{"amount":10}')
    const response = await sendSigned(port, { body, headers: [['Content-Encoding', 'gzip']] })
    expect(response.body).toBe('{"amount":10}')
  })

  it('lets multer read what was verified', async () => {
    const port = await start((app, verified) =>
      app.use(verified, upload.single('invoice'), (request, response) => {
        response.send((request as { file?: { buffer: Buffer } }).file?.buffer)
      }),
    )
    const headers = [['Content-Type', `multipart/form-data; boundary=${boundary}`]] as const
    expect((await sendSigned(port, { headers, body: multipart })).body).toBe('ten')
  })

  it('says where to put it when a body parser came first', async () => {
    const port = await start((app, verified) => app.use(express.json(), verified, echo))
    const response = await sendSigned(port)
    expect([response.status, response.body]).toEqual([
      500,
      'TypeError: the body was read before verification: put app.use(protect(verify)) before express.json() and every other body parser',
    ])
  })

  it('says so when a request is verified twice', async () => {
    const port = await start((app, verified) => app.use(verified, verified, echo))
    expect((await sendSigned(port, { method: 'GET' })).body).toMatch(/^TypeError: this request was verified before/)
  })

  it('serves no route that nothing protects as if it were verified', async () => {
    const port = await start((app) => app.use(echo))
    expect((await sendSigned(port)).body).toMatch(/^TypeError: this request was not verified/)
  })

  it('leaves the errors of handlers to the app, and goes on', async () => {
    const port = await start((app, verified) => {
      app.use(verified, express.json(), (_request, _response, next) => next(new RangeError('mine')))
    })
    expect((await sendSigned(port)).body).toBe('RangeError: mine')
    expect((await sendSigned(port, { body: 'no JSON' })).body).toMatch(/SyntaxError/)
    expect((await sendSigned(port)).body).toBe('RangeError: mine')
  })

  it('keeps the connection after a refusal, and the header fields that were set before', async () => {
    const port = await start((app, verified) => {
      app.use((_request, response, next) => {
        response.set('access-control-allow-origin', 'https://shop.example')
        next()
      })
      app.use(verified, echo)
    })
    const refused = requestBytes(unsignedRequest())
    const responses = await pipeline(port, [refused, refused])
    expect(responses.map(({ status, headers }) => [status, headers.get('access-control-allow-origin')])).toEqual(
      Array(2).fill([401, 'https://shop.example']),
    )
  })

  it('guards a router alone, and leaves the others as they are', async () => {
    const port = await start((app, verified) => {
      const router = express.Router()
      router.use(verified).post('/transfer', (request, response) => {
        response.send(verifiedOf(request).message.path)
      })
      app.use('/v1/accounts', router)
      app.get('/health', (_request, response) => {
        response.send('up')
      })
    })
    expect((await sendSigned(port, { target: '/v1/accounts/transfer' })).body).toBe('/v1/accounts/transfer')
    expect((await send(port, unsignedRequest({ target: '/v1/accounts/transfer' }))).status).toBe(401)
    expect((await send(port, unsignedRequest({ method: 'GET', target: '/health' }))).body).toBe('up')
  })
})
