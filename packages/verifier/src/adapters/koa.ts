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

/** The part of a context of Koa that is used. */
export interface KoaContext {
  readonly req: NodeRequest
  readonly originalUrl: string
  status: number
  body: unknown
  set(fields: { [name: string]: string }): unknown
}

/**
 * Lets a request of Koa in exactly once, or throws a `SignatureError`. It reads the body, and puts it back for the
 * body parsers that come later.
 */
export type Verifier<Context extends KoaContext = KoaContext> = (context: Context) => Promise<VerifiedRequest>

/** What `app.use` takes. */
export type Middleware<Context extends KoaContext = KoaContext> = (
  context: Context,
  next: () => Promise<unknown>,
) => Promise<void>

/**
 * Makes a verifier for Koa 3.
 *
 *     const verify = createVerifier({ keys, replayStore, origin: 'https://bank.example' })
 *     app.use(protect(verify)).use(bodyParser())
 *
 * @throws TypeError when an option is missing, misspelt or of a wrong type.
 */
export function createVerifier<Context extends KoaContext = KoaContext>(
  options: VerifierOptions<Context>,
): Verifier<Context> {
  return createNodeVerifier<Context>(options, {
    requestOf: ({ req }) => req,
    // koa-mount cuts a mount path off `req.url`.
    targetOf: ({ originalUrl }) => originalUrl,
    advice: 'put app.use(protect(verify)) before koa-bodyparser and every other body parser',
  })
}

/**
 * Makes a middleware of a verifier. A refusal is answered as problem details (RFC 9457). All else, mistakes and the
 * errors of handlers, goes on to Koa.
 */
export function protect<Context extends KoaContext = KoaContext>(
  verify: Verifier<Context>,
  options: MiddlewareOptions = {},
): Middleware<Context> {
  const passes = middlewareOptions(options)
  return async (context, next) => {
    const { req } = context
    if (!passes(req.method ?? '', (name) => req.headers[name])) {
      try {
        await verify(context)
      } catch (error) {
        if (!isSignatureError(error)) throw error
        const { status, headers, body } = refusalOf(req, error)
        context.status = status
        context.set({ ...headers })
        context.body = body
        return
      }
    }
    await next()
  }
}

/**
 * What was verified of a request: who signed it, and the bytes of its body.
 *
 * @throws TypeError for a request that was not verified.
 */
export function verifiedOf({ req }: Pick<KoaContext, 'req'>): VerifiedRequest {
  return recall(req)
}
