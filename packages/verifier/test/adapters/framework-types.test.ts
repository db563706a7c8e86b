/*
 * The types of the adapters are structural. That they fit those of each framework is what the compiler checks here.
 */
import { createServer } from 'node:http'
import { createServer as createHttp2Server, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import type { VerifierOptions } from '@countersign/verifier'
import * as forExpress from '@countersign/verifier/express'
import * as forFastify from '@countersign/verifier/fastify'
import * as forHono from '@countersign/verifier/hono'
import * as forKoa from '@countersign/verifier/koa'
import * as forLambda from '@countersign/verifier/lambda'
import * as forNode from '@countersign/verifier/node'
import express, { type Request as ExpressRequest } from 'express'
import Fastify, { type FastifyRequest } from 'fastify'
import { Hono, type Context as HonoContext } from 'hono'
import Koa, { type Context as KoaContext } from 'koa'
import { expect, it } from 'vitest'
import { bankOptions } from './running-app.ts'

/** Options that read a field as each framework shows it. */
async function optionsOf<Source>(hostOf: (source: Source) => string | undefined): Promise<VerifierOptions<Source>> {
  return bankOptions<Source>({ origin: (source) => `https://${hostOf(source)}` })
}

it('takes the request of each framework in its own type', async () => {
  const byExpress = forExpress.createVerifier(await optionsOf((request: ExpressRequest) => request.get('x-host')))
  const byFastify = forFastify.createVerifier(await optionsOf((request: FastifyRequest) => request.hostname))
  const byKoa = forKoa.createVerifier(await optionsOf((context: KoaContext) => context.get('x-host')))
  const byHono = forHono.createVerifier(await optionsOf((context: HonoContext) => context.req.header('x-host')))
  express().use(forExpress.protect(byExpress))
  Fastify().addHook('onRequest', forFastify.protect(byFastify))
  new Koa().use(forKoa.protect(byKoa))
  new Hono().use(forHono.protect(byHono))
  expect([byExpress, byFastify, byKoa, byHono].map((verify) => typeof verify)).toEqual(Array(4).fill('function'))
})

it('takes options without a type as those of the framework, and shared ones in all', async () => {
  const shared: VerifierOptions = await bankOptions()
  const { keys, replayStore } = shared
  express().use(
    forExpress.protect(forExpress.createVerifier({ keys, replayStore, origin: (r) => `https://${r.headers.host}` })),
  )
  Fastify().addHook(
    'onRequest',
    forFastify.protect(forFastify.createVerifier({ keys, replayStore, origin: (r) => `https://${r.headers.host}` })),
  )
  new Koa().use(
    forKoa.protect(forKoa.createVerifier({ keys, replayStore, origin: (c) => `https://${c.req.headers.host}` })),
  )
  new Hono().use(
    forHono.protect(forHono.createVerifier({ keys, replayStore, origin: (c) => `https://${c.req.header('host')}` })),
  )
  express().use(forExpress.protect(forExpress.createVerifier(shared)))
  Fastify().addHook('onRequest', forFastify.protect(forFastify.createVerifier(shared)))
  new Koa().use(forKoa.protect(forKoa.createVerifier(shared)))
  new Hono().use(forHono.protect(forHono.createVerifier(shared)))
  createServer(forNode.protect(forNode.createVerifier(shared), (_request, response) => response.end()))
  const http2 = forNode.createVerifier<Http2ServerRequest>(shared)
  createHttp2Server(forNode.protect(http2, (_request, response: Http2ServerResponse) => response.end()))
  expect(forLambda.createVerifier(shared)).toBeTypeOf('function')
})
