import { createServer } from 'node:http'
import { createVerifier, type HonoContext, protect, verifiedOf } from '@countersign/verifier/hono'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { type AttackTarget, type PreparedTarget, prepareTarget, type TargetOptions } from './target.ts'
import { answer, bridge } from './target-fetch.ts'

/**
 * The middleware for Hono on `@hono/node-server`, which hands the field lines on beside its `Request`, and whether the
 * target was in absolute form.
 */
export const honoNodeTarget: AttackTarget = {
  name: 'Hono 4, @hono/node-server',
  losses: new Set(['checked-url']),
  async start(options = {}) {
    const target = await prepareTarget(options)
    const { fetch } = createApp(target)
    const serverOptions = serverOptionsOf(options)
    // Its own Request and Response would be those of every test in this file.
    return target.listen(createAdaptorServer({ fetch, serverOptions, overrideGlobalObjects: false }) as never)
  },
}

/** The same as a handler of the Fetch API, where nothing but a `Request` is known. */
export const honoFetchTarget: AttackTarget = {
  name: 'Hono 4, Fetch API',
  losses: new Set(['field-lines', 'url-text']),
  async start(options = {}) {
    const target = await prepareTarget(options)
    const app = createApp(target)
    const server = createServer(serverOptionsOf(options), (request, response) => {
      bridge((fetched) => app.fetch(fetched), request, response).catch((error) => {
        target.fail(error)
        return answer(response, new Response(null, { status: 500 }))
      })
    })
    return target.listen(server)
  },
}

function createApp(target: PreparedTarget): Hono {
  const app = new Hono()
  app.use(protect(createVerifier(target.verifierOptions<HonoContext>(({ req }, name) => req.header(name) ?? ''))))
  app.all('*', async (context) => {
    const { raw } = context.req
    const delivered = {
      method: raw.method,
      target: raw.url.replace(/^http:\/\/[^/]*/, ''),
      body: new Uint8Array(await context.req.arrayBuffer()),
    }
    const { status, body } = target.handle(verifiedOf(context), delivered)
    return new Response(body, { status, headers: { 'content-type': 'application/json' } })
  })
  app.onError((error) => {
    target.fail(error)
    return new Response(null, { status: 500 })
  })
  return app
}

function serverOptionsOf({ maxHeaderBytes }: TargetOptions): { maxHeaderSize?: number } {
  return maxHeaderBytes === undefined ? {} : { maxHeaderSize: maxHeaderBytes }
}
