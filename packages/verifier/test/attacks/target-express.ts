import { createServer, type IncomingMessage } from 'node:http'
import { createRequire } from 'node:module'
import { createVerifier, protect, verifiedOf } from '@countersign/verifier/express'
import express5, { type ErrorRequestHandler, type Express } from 'express'
import { streamedBody } from './streamed-body.ts'
import { type AttackTarget, prepareTarget } from './target.ts'

/** The middleware for Express. It sees all that came over the wire. */
export const expressTarget: AttackTarget = targetOf('Express 5', express5)

/** The same middleware, in the version before. */
export const express4Target: AttackTarget = targetOf(
  'Express 4',
  createRequire(import.meta.url)('express4') as () => Express,
)

function targetOf(name: string, express: () => Express): AttackTarget {
  return {
    name,
    losses: new Set(),
    async start(options = {}) {
      const target = await prepareTarget(options)
      const app = express()
      app.use(protect(createVerifier(target.verifierOptions(fieldOf))))
      app.use((request, response, next) => {
        const { method, originalUrl } = request
        streamedBody(request)
          .then((bytes) => {
            const { status, body } = target.handle(verifiedOf(request), { method, target: originalUrl, body: bytes })
            response.status(status).type('application/json').send(body)
          })
          .catch(next)
      })
      const onError: ErrorRequestHandler = (error, _request, response, _next) => {
        target.fail(error)
        response.status(500).end()
      }
      app.use(onError)
      const { maxHeaderBytes } = options
      return target.listen(createServer(maxHeaderBytes === undefined ? {} : { maxHeaderSize: maxHeaderBytes }, app))
    },
  }
}

function fieldOf(request: IncomingMessage, name: string): string {
  return String(request.headers[name] ?? '')
}
