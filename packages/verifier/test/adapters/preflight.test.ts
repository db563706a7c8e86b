import { createServer } from 'node:http'
import { createVerifier, type ProtectOptions, protect } from '@countersign/verifier'
import * as forExpress from '@countersign/verifier/express'
import * as forFastify from '@countersign/verifier/fastify'
import * as forHono from '@countersign/verifier/hono'
import * as forKoa from '@countersign/verifier/koa'
import * as forNode from '@countersign/verifier/node'
import { createAdaptorServer } from '@hono/node-server'
import express from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { describe, expect, it } from 'vitest'
import { addField, type HeaderLine, type RawRequest } from '../attacks/raw-request.ts'
import { bankOrigin, unsignedRequest } from '../attacks/signed-request.ts'
import { fetchListener } from '../responses/loopback.ts'
import { bankOptions, listen, send, sendSigned } from './running-app.ts'

/** An app that answers preflights behind verification, and counts what else gets there. */
interface CorsApp {
  readonly port: number
  /** What the handler saw: who signed, or why it cannot tell. */
  readonly seen: readonly string[]
}

type Build = (options: forExpress.MiddlewareOptions | undefined, note: (keyId: () => string) => void) => Promise<number>

const builds: Readonly<Record<string, Build>> = {
  Express: async (options, note) => {
    const app = express()
    app.use(forExpress.protect(forExpress.createVerifier(await bankOptions()), options))
    app.use((request, response) => {
      note(() => forExpress.verifiedOf(request).keyId)
      response.send('ran')
    })
    return listen(createServer(app))
  },
  Fastify: async (options, note) => {
    const app = Fastify()
    app.addHook('onRequest', forFastify.protect(forFastify.createVerifier(await bankOptions()), options))
    app.all('/*', async (request, reply) => {
      note(() => forFastify.verifiedOf(request).keyId)
      return reply.send('ran')
    })
    await app.ready()
    return listen(app.server)
  },
  Koa: async (options, note) => {
    const app = new Koa()
    app.use(forKoa.protect(forKoa.createVerifier(await bankOptions()), options)).use((context) => {
      note(() => forKoa.verifiedOf(context).keyId)
      context.body = 'ran'
    })
    return listen(createServer(app.callback()))
  },
  Hono: async (options, note) => {
    const app = new Hono().use(forHono.protect(forHono.createVerifier(await bankOptions()), options))
    app.all('*', (c) => {
      note(() => forHono.verifiedOf(c).keyId)
      return c.text('ran')
    })
    return listen(createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false }) as never)
  },
}

async function start(build: Build, options?: forExpress.MiddlewareOptions): Promise<CorsApp> {
  const seen: string[] = []
  const port = await build(options, (keyId) => {
    try {
      seen.push(keyId())
    } catch (error) {
      seen.push(String(error).slice(0, 'TypeError: this request was not verified'.length))
    }
  })
  return { port, seen }
}

const origin: HeaderLine = ['Origin', 'https://shop.example']
const asked: HeaderLine = ['Access-Control-Request-Method', 'POST']

function options(...fields: readonly HeaderLine[]): RawRequest {
  return fields.reduce((request, line) => addField(request, ...line), unsignedRequest({ method: 'OPTIONS' }))
}

const preflight = options(origin, asked)

/** What is no preflight, though it looks like one. */
const others: readonly (readonly [what: string, request: RawRequest])[] = [
  ['OPTIONS without the two fields', options()],
  ['OPTIONS without Origin', options(asked)],
  ['OPTIONS without Access-Control-Request-Method', options(origin)],
  ['a preflight with a body', { ...preflight, body: Buffer.from('x') }],
  ['a preflight with a body in chunks', { ...preflight, body: Buffer.from('x'), framing: 'chunked' }],
  ['POST with the two fields', { ...preflight, method: 'POST' }],
  ['GET that says it is one', addField({ ...preflight, method: 'GET' }, 'X-HTTP-Method-Override', 'OPTIONS')],
]

describe.each(Object.entries(builds))('CORS preflights on %s', (_name, build) => {
  it('attack 105: are refused by default', async () => {
    const { port, seen } = await start(build)
    expect((await send(port, preflight)).status).toBe(401)
    expect(seen).toEqual([])
  })

  it('attack 105: pass unsigned where that is allowed, and never as if they were verified', async () => {
    const { port, seen } = await start(build, { allowPreflight: true })
    expect((await send(port, preflight)).status).toBe(200)
    expect((await sendSigned(port)).status).toBe(200)
    expect(seen).toEqual(['TypeError: this request was not verified', 'alice'])
  })

  it.each(others)('attack 105: %s is none', async (_what, request) => {
    const { port, seen } = await start(build, { allowPreflight: true })
    expect((await send(port, request)).status).toBe(401)
    expect(seen).toEqual([])
  })

  it('refuses an option that there is not', async () => {
    const misspelt = { allowPreflights: true } as forExpress.MiddlewareOptions
    await expect(start(build, misspelt)).rejects.toThrow(TypeError)
    await expect(start(build, { allowPreflight: 'yes' } as never)).rejects.toThrow(TypeError)
  })
})

/** Servers without middleware: `onPreflight` answers, and the handler never sees one. */
const answering: Readonly<Record<string, (onPreflight: boolean, note: (what: string) => void) => Promise<number>>> = {
  'node:http': async (onPreflight, note) => {
    const handler: forNode.ProtectedHandler = (_request, response, { keyId }) => {
      note(keyId)
      response.end('ran')
    }
    const answer: forNode.ProtectOptions = {
      onPreflight: (_request, response) => response.writeHead(200, { 'content-length': 0 }).end(),
    }
    const verify = forNode.createVerifier(await bankOptions())
    return listen(createServer(forNode.protect(verify, handler, onPreflight ? answer : {})))
  },
  'the Fetch API': async (onPreflight, note) => {
    const handler = (_request: Request, { keyId }: { readonly keyId: string }): Response => {
      note(keyId)
      return new Response('ran')
    }
    const answer: ProtectOptions = { onPreflight: () => new Response('') }
    const verify = createVerifier(await bankOptions())
    const fetch = protect(verify, handler, onPreflight ? answer : {})
    return listen(createServer(fetchListener(bankOrigin, fetch)))
  },
}

describe.each(Object.entries(answering))('CORS preflights on %s', (_name, build) => {
  it('attack 105: are refused by default', async () => {
    const seen: string[] = []
    const port = await build(false, (what) => seen.push(what))
    expect([(await send(port, preflight)).status, seen]).toEqual([401, []])
  })

  it('attack 105: are answered by onPreflight, and never reach the handler', async () => {
    const seen: string[] = []
    const port = await build(true, (what) => seen.push(what))
    expect([(await send(port, preflight)).status, seen]).toEqual([200, []])
    expect([(await sendSigned(port)).status, seen]).toEqual([200, ['alice']])
  })

  it.each(others)('attack 105: %s is none', async (_what, request) => {
    const seen: string[] = []
    const port = await build(true, (what) => seen.push(what))
    expect([(await send(port, request)).status, seen]).toEqual([401, []])
  })
})

it('protect refuses an option that there is not', async () => {
  const wrong = { onPreflights: () => {} } as never
  expect(() =>
    protect(
      async () => ({}) as never,
      () => new Response(),
      wrong,
    ),
  ).toThrow(/onPreflights/)
  expect(() =>
    forNode.protect(
      async () => ({}) as never,
      () => {},
      wrong,
    ),
  ).toThrow(/onPreflights/)
})
