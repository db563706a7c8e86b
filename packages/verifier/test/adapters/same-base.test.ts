/*
 * Attack 81: the same base on every adapter for the same raw request, also where a router is mounted under a path,
 * which several frameworks cut off the URL that they show.
 */
import { createServer } from 'node:http'
import type { RequestMessage } from '@countersign/core'
import * as forFetch from '@countersign/verifier'
import * as forExpress from '@countersign/verifier/express'
import * as forFastify from '@countersign/verifier/fastify'
import * as forHono from '@countersign/verifier/hono'
import * as forKoa from '@countersign/verifier/koa'
import * as forLambda from '@countersign/verifier/lambda'
import * as forNode from '@countersign/verifier/node'
import { createAdaptorServer } from '@hono/node-server'
import express from 'express'
import Fastify, { type FastifyInstance } from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { expect, it } from 'vitest'
import { exchange } from '../attacks/raw-http.ts'
import { requestBytes } from '../attacks/raw-request.ts'
import { bankOrigin, signedRequest } from '../attacks/signed-request.ts'
import { bankOptions, listen } from './running-app.ts'

const seconds = Math.floor(Date.now() / 1000)
const target = '/v1/accounts/a%20b;x/transfer?b=%2F&a=1+2&b'
const request = signedRequest(seconds, { target, headers: [['X-Note', 'a, b']], cover: ['x-note'] })

type Seen = (message: RequestMessage) => void

/** Gives the port of a server that has told what it verified. */
const servers: Readonly<Record<string, (seen: Seen) => Promise<number>>> = {
  'node:http': async (seen) => {
    const verify = forNode.createVerifier(await bankOptions())
    const handler = forNode.protect(verify, (_request, response, { message }) => {
      seen(message)
      response.end()
    })
    return listen(createServer(handler))
  },
  Express: async (seen) => {
    const router = express.Router()
    router.use(forExpress.protect(forExpress.createVerifier(await bankOptions())))
    router.post('/:id/transfer', (request, response) => {
      seen(forExpress.verifiedOf(request).message)
      response.end()
    })
    return listen(createServer(express().use('/v1', express.Router().use('/accounts', router))))
  },
  Fastify: async (seen) => {
    const app = Fastify()
    const onRequest = forFastify.protect(forFastify.createVerifier(await bankOptions()))
    const plugin = async (scope: FastifyInstance): Promise<void> => {
      scope.addHook('onRequest', onRequest)
      scope.post('/accounts/:id/transfer', async (request) => {
        seen(forFastify.verifiedOf(request).message)
        return ''
      })
    }
    await app.register(plugin, { prefix: '/v1' })
    await app.ready()
    return listen(app.server)
  },
  Koa: async (seen) => {
    const app = new Koa()
    app.use((context, next) => {
      context.path = context.path.replace('/v1/accounts', '')
      return next()
    })
    app.use(forKoa.protect(forKoa.createVerifier(await bankOptions())))
    app.use((context) => {
      seen(forKoa.verifiedOf(context).message)
      context.body = ''
    })
    return listen(createServer(app.callback()))
  },
  'Koa in Express': async (seen) => {
    const koa = new Koa()
    koa.use(forKoa.protect(forKoa.createVerifier(await bankOptions())))
    koa.use((context) => {
      seen(forKoa.verifiedOf(context).message)
      context.body = ''
    })
    return listen(createServer(express().use('/v1/accounts', koa.callback())))
  },
  Hono: async (seen) => {
    const accounts = new Hono().use(forHono.protect(forHono.createVerifier(await bankOptions())))
    accounts.post('/:id/transfer', (c) => {
      seen(forHono.verifiedOf(c).message)
      return c.body(null)
    })
    const app = new Hono().route('/v1/accounts', accounts)
    return listen(createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false }) as never)
  },
}

/** What each must have verified: written by hand. */
const expected = {
  method: 'POST',
  authority: 'bank.example',
  path: '/v1/accounts/a%20b;x/transfer',
  query: '?b=%2F&a=1+2&b',
  note: 'a, b',
}

function partsOf({ method, authority, path, query, headers }: RequestMessage): typeof expected {
  return { method, authority, path, query, note: headers.get('x-note')?.join(', ') ?? '' }
}

it.each(Object.entries(servers))('attack 81: %s sees what was sent', async (_name, start) => {
  const seen: RequestMessage[] = []
  const port = await start((message) => seen.push(message))
  const response = await exchange(port, requestBytes(request))
  expect([response.status, seen.map(partsOf)]).toEqual([200, [expected]])
})

it('attack 81: the Fetch API and AWS Lambda see the same', async () => {
  const headers = request.headers as [string, string][]
  const body = new Uint8Array(request.body ?? [])
  const fetched = new Request(`${bankOrigin}${target}`, { method: 'POST', headers, body })
  expect(partsOf((await forFetch.createVerifier(await bankOptions())(fetched)).message)).toEqual(expected)
  const [rawPath = '', rawQueryString = ''] = target.split('?')
  const event: forLambda.LambdaEventV2 = {
    version: '2.0',
    rawPath,
    rawQueryString,
    headers: Object.fromEntries(headers),
    body: String(request.body),
    isBase64Encoded: false,
    requestContext: { http: { method: 'POST' } },
  }
  const verifyEvent = forLambda.createVerifier(await bankOptions<forLambda.LambdaEvent>())
  expect(partsOf((await verifyEvent(event)).message)).toEqual(expected)
})
