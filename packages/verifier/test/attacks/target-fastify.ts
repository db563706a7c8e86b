import { createServer, type Server } from 'node:http'
import { createVerifier, protect, verifiedOf } from '@countersign/verifier/fastify'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { streamedBody } from './streamed-body.ts'
import { type AttackTarget, prepareTarget, type TargetOptions } from './target.ts'

/** The hook for Fastify. It sees all that came over the wire, but for a path that its router cannot decode: it
 * answers 400 before any hook. */
export const fastifyTarget: AttackTarget = {
  name: 'Fastify 5',
  losses: new Set(),
  async start(options = {}) {
    const target = await prepareTarget(options)
    const app = createApp(options)
    app.addHook('onRequest', protect(createVerifier(target.verifierOptions(fieldOf))))
    const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
      const { method, originalUrl } = request
      const delivered = { method, target: originalUrl, body: await bodyOf(request) }
      const { status, body } = target.handle(verifiedOf(request), delivered)
      return reply.code(status).type('application/json').send(body)
    }
    app.all('/*', handler)
    // Hooks run for what no route fits, too.
    app.setNotFoundHandler(handler)
    app.setErrorHandler((error, _request, reply) => {
      target.fail(error)
      return reply.code(500).send()
    })
    await app.ready()
    return target.listen(app.server)
  },
}

/** An app whose own parser takes bodies of any type as bytes. */
function createApp({ maxHeaderBytes }: TargetOptions): FastifyInstance {
  const serverOptions = maxHeaderBytes === undefined ? {} : { maxHeaderSize: maxHeaderBytes }
  const app = Fastify({ serverFactory: (handler): Server => createServer(serverOptions, handler) })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  return app
}

/** The parser of Fastify leaves the body of a GET where it is. */
async function bodyOf({ body, raw }: FastifyRequest): Promise<Uint8Array> {
  return body instanceof Uint8Array ? body : streamedBody(raw)
}

function fieldOf(request: { readonly raw: FastifyRequest['raw'] }, name: string): string {
  return String(request.raw.headers[name] ?? '')
}
