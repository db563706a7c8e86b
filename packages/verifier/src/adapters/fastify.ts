import type { IncomingMessage } from 'node:http'
import { isSignatureError } from '@countersign/core'
import type { VerifierOptions } from '../policy/options.ts'
import type { VerifiedRequest } from '../request/verified-request.ts'
import { type MiddlewareOptions, middlewareOptions } from './transport/middleware-options.ts'
import type { NodeRequest } from './transport/node-body.ts'
import { refusalOf } from './transport/node-refusal.ts'
import { createNodeVerifier } from './transport/node-request.ts'
import { recall } from './transport/verified-of.ts'

export type { VerifierOptions } from '../policy/options.ts'
export type { VerifiedRequest } from '../request/verified-request.ts'
export type { MiddlewareOptions } from './transport/middleware-options.ts'
export type { NodeRequest } from './transport/node-body.ts'

/** The part of a request of Fastify that is read. */
export interface FastifyRequest {
  readonly raw: NodeRequest
}

/** The part of a reply of Fastify that is used. */
export interface FastifyReply {
  code(status: number): unknown
  headers(values: Readonly<Record<string, string>>): unknown
  send(body: Uint8Array): unknown
}

/** What is read of a request that is given without a type. */
interface RequestWithHeaders extends FastifyRequest {
  readonly headers: IncomingMessage['headers']
}

/**
 * Lets a request of Fastify in exactly once, or throws a `SignatureError`. It reads the body, and puts it back for
 * the parser of Fastify.
 */
export type Verifier<Request extends FastifyRequest = RequestWithHeaders> = (
  request: Request,
) => Promise<VerifiedRequest>

/** What `app.addHook('onRequest')` takes, and the `onRequest` of a route. */
export type Hook<Request extends FastifyRequest = RequestWithHeaders> = (
  request: Request,
  reply: FastifyReply,
) => Promise<unknown>

/**
 * Makes a verifier for Fastify 5.
 *
 *     const verify = createVerifier({ keys, replayStore, origin: 'https://bank.example' })
 *     app.addHook('onRequest', protect(verify))
 *
 * @throws TypeError when an option is missing, misspelt or of a wrong type.
 */
export function createVerifier<Request extends FastifyRequest = RequestWithHeaders>(
  options: VerifierOptions<Request>,
): Verifier<Request> {
  return createNodeVerifier<Request>(options, {
    requestOf: ({ raw }) => raw,
    advice: "add it as app.addHook('onRequest', protect(verify)), since Fastify parses the body after that hook",
  })
}

/**
 * Makes a hook of a verifier, for `onRequest`. A refusal is sent as problem details (RFC 9457), through the `onSend`
 * hooks. All else goes to the error handler of Fastify.
 */
export function protect<Request extends FastifyRequest = RequestWithHeaders>(
  verify: Verifier<Request>,
  options: MiddlewareOptions = {},
): Hook<Request> {
  const passes = middlewareOptions(options)
  return async (request, reply) => {
    const { raw } = request
    if (passes(raw.method ?? '', (name) => raw.headers[name])) return undefined
    try {
      await verify(request)
      return undefined
    } catch (error) {
      if (!isSignatureError(error)) throw error
      const { status, headers, body } = refusalOf(raw, error)
      reply.code(status)
      reply.headers(headers)
      // To text Fastify adds a charset, which problem details do not have.
      return reply.send(Buffer.from(body))
    }
  }
}

/**
 * What was verified of a request: who signed it, and the bytes of its body.
 *
 * @throws TypeError for a request that was not verified.
 */
export function verifiedOf({ raw }: FastifyRequest): VerifiedRequest {
  return recall(raw)
}
