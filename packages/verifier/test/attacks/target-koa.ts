import { createServer } from 'node:http'
import { createVerifier, type KoaContext, protect, verifiedOf } from '@countersign/verifier/koa'
import Koa from 'koa'
import { streamedBody } from './streamed-body.ts'
import { type AttackTarget, prepareTarget } from './target.ts'

/** The middleware for Koa. It sees all that came over the wire. */
export const koaTarget: AttackTarget = {
  name: 'Koa 3',
  losses: new Set(),
  async start(options = {}) {
    const target = await prepareTarget(options)
    const app = new Koa()
    app.use(
      protect(createVerifier(target.verifierOptions<KoaContext>(({ req }, name) => String(req.headers[name] ?? '')))),
    )
    app.use(async (context) => {
      const { method, originalUrl } = context
      const delivered = { method, target: originalUrl, body: await streamedBody(context.req) }
      const { status, body } = target.handle(verifiedOf(context), delivered)
      context.status = status
      context.type = 'application/json'
      context.body = body
    })
    // Koa tells of what the parser of Node has found, too.
    app.on('error', (error: NodeJS.ErrnoException) => {
      if (!error.code?.startsWith('HPE_')) target.fail(error)
    })
    const { maxHeaderBytes } = options
    const serverOptions = maxHeaderBytes === undefined ? {} : { maxHeaderSize: maxHeaderBytes }
    return target.listen(createServer(serverOptions, app.callback()))
  },
}
