import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import {
  connect,
  createServer as createHttp2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import type { VerifyingKey } from '@countersign/core'
import * as forFetch from '@countersign/verifier'
import { createMemoryReplayStore, type ReplayStore } from '@countersign/verifier'
import * as forExpress from '@countersign/verifier/express'
import * as forFastify from '@countersign/verifier/fastify'
import * as forHono from '@countersign/verifier/hono'
import * as forKoa from '@countersign/verifier/koa'
import * as forLambda from '@countersign/verifier/lambda'
import * as forNode from '@countersign/verifier/node'
import { getRequestListener } from '@hono/node-server'
import express5, { type Express } from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import bodyParser from 'koa-bodyparser'
import { bridge } from '../../../packages/verifier/test/attacks/target-fetch.ts'
import { forward } from '../../../packages/verifier/test/attacks/target-http2.ts'
import { eventV1, eventV2, gateway } from '../../../packages/verifier/test/attacks/target-lambda.ts'

/** What each server does with a transfer that was let in: counts it, and says it back. */
type Execute = (order: unknown) => object

/** What every verifier needs. */
interface Options {
  readonly keys: readonly VerifyingKey[]
  readonly origin: string
  readonly replayStore: ReplayStore
}

/** What answers requests of HTTP/1.1, and what else must be closed. */
interface Serving {
  readonly listener: RequestListener
  readonly close?: () => void
}

/** Sets a server up, as the documentation of its adapter does. */
type Setup = (options: Options, execute: Execute) => RequestListener | Serving | Promise<RequestListener | Serving>

const setups: Readonly<Record<string, Setup>> = {
  'node:http': (options, execute) =>
    forNode.protect(forNode.createVerifier(options), (_request, response, verified) => {
      response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify(execute(verified.json())))
    }),
  'Express 5': expressSetup(express5),
  'Express 4': expressSetup(createRequire(import.meta.url)('express4') as typeof express5),
  async 'Fastify 5'(options, execute) {
    const app = Fastify()
    app.addHook('onRequest', forFastify.protect(forFastify.createVerifier(options)))
    app.post('/transfers', async (request, reply) => {
      forFastify.verifiedOf(request)
      return reply.code(201).send(execute(request.body))
    })
    await app.ready()
    return (request, response) => app.routing(request, response)
  },
  'Koa 3'(options, execute) {
    const app = new Koa()
    app.use(forKoa.protect(forKoa.createVerifier(options)))
    app.use(bodyParser())
    app.use((context) => {
      if (context.method !== 'POST' || context.path !== '/transfers') return
      forKoa.verifiedOf(context)
      context.status = 201
      context.body = execute((context.request as unknown as { body: unknown }).body)
    })
    app.on('error', () => {})
    return app.callback()
  },
  'Hono 4, @hono/node-server': (options, execute) => getRequestListener(honoApp(options, execute).fetch),
  'Hono 4': (options, execute) => bridged(honoApp(options, execute).fetch),
  'Fetch API, @hono/node-server': (options, execute) => getRequestListener(fetchHandler(options, execute)),
  'Fetch API': (options, execute) => bridged(fetchHandler(options, execute)),
  'node:http2': http2Setup,
  'AWS Lambda, payload 2.0': lambdaSetup(eventV2),
  'AWS Lambda, payload 1.0': lambdaSetup(eventV1),
}

function honoApp(options: Options, execute: Execute): Hono {
  const app = new Hono()
  app.use(forHono.protect(forHono.createVerifier(options)))
  app.post('/transfers', async (context) => {
    forHono.verifiedOf(context)
    return context.json(execute(await context.req.json()), 201)
  })
  app.onError(() => new Response(null, { status: 500 }))
  return app
}

/** Behind the least that makes a `Request` of a request. */
function bridged(handler: (request: Request) => Response | Promise<Response>): RequestListener {
  return (request, response) => {
    bridge(handler, request, response).catch(() => response.writeHead(500).end())
  }
}

function fetchHandler(options: Options, execute: Execute): (request: Request) => Promise<Response> {
  return forFetch.protect(forFetch.createVerifier(options), (_request, verified) =>
    Response.json(execute(verified.json()), { status: 201 }),
  )
}

/** The probe speaks HTTP/1.1. A proxy makes a stream of each request, all of them on one connection. */
async function http2Setup(options: Options, execute: Execute): Promise<Serving> {
  const verify = forNode.createVerifier<Http2ServerRequest>(options)
  const handler = forNode.protect<Http2ServerRequest, Http2ServerResponse>(verify, (_request, response, verified) => {
    response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify(execute(verified.json())))
  })
  const server = createHttp2Server({ maxHeaderListPairs: 5000 }, handler).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  session.on('error', () => {})
  return {
    listener: (request, response) => forward(session, request, response),
    close() {
      session.destroy()
      server.close()
    },
  }
}

/** Behind what makes events of requests, as API Gateway does. */
function lambdaSetup(eventOf: (request: IncomingMessage, body: Uint8Array) => forLambda.LambdaEvent): Setup {
  return (options, execute) => {
    const invoke = forLambda.protect(
      forLambda.createVerifier(options),
      async (_event, _context: unknown, verified) => ({
        statusCode: 201,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(execute(verified.json())),
      }),
    )
    return (request, response) => {
      gateway(request, response, (body) => invoke(eventOf(request, body), {})).catch(() =>
        response.writeHead(500).end(),
      )
    }
  }
}

function expressSetup(express: typeof express5): Setup {
  return (options, execute) => {
    const app: Express = express()
    app.use(forExpress.protect(forExpress.createVerifier(options)))
    app.use(express.json())
    app.post('/transfers', (request, response) => {
      forExpress.verifiedOf(request)
      response.status(201).json(execute(request.body))
    })
    return app
  }
}

/** The names of the servers. */
export const adapterNames: readonly string[] = Object.keys(setups)

/** Starts one, with an unprotected `/count` beside it. */
export async function startAdapter(
  name: string,
  keys: readonly VerifyingKey[],
): Promise<{ readonly origin: string; readonly close: () => Promise<void> }> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  let count = 0
  const execute: Execute = (order) => {
    count++
    return { executed: order }
  }
  const options = { keys, origin, replayStore: createMemoryReplayStore({ startsFresh: true }) }
  const made = await (setups[name] as Setup)(options, execute)
  const { listener, close }: Serving = typeof made === 'function' ? { listener: made } : made
  server.on('request', (request, response) => {
    if (request.url === '/count') response.end(String(count))
    else listener(request, response)
  })
  return {
    origin,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
        close?.()
      }),
  }
}
