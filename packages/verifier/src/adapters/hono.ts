import { type FieldLine, isSignatureError } from '@countersign/core'
import type { VerifierOptions } from '../policy/options.ts'
import { problemOf } from '../problem.ts'
import type { VerifiedRequest } from '../request/verified-request.ts'
import { createMessageVerifier } from '../verifier.ts'
import { fetchRequest } from './transport/fetch-request.ts'
import { type MiddlewareOptions, middlewareOptions } from './transport/middleware-options.ts'
import { recall, remember, requireUnverified } from './transport/verified-of.ts'

export type { VerifierOptions } from '../policy/options.ts'
export type { VerifiedRequest } from '../request/verified-request.ts'
export type { MiddlewareOptions } from './transport/middleware-options.ts'

/** The part of a context of Hono that is used. */
export interface HonoContext {
  readonly req: { raw: Request; header(name: string): string | undefined }
  /** On `@hono/node-server` it holds the request of `node:http`, which has lost no field line. */
  readonly env: unknown
}

/** Lets a request of Hono in exactly once, or throws a `SignatureError`. `c.req.json()` and the like work after it. */
export type Verifier<Context extends HonoContext = HonoContext> = (context: Context) => Promise<VerifiedRequest>

/** What `app.use` takes. */
export type Middleware<Context extends HonoContext = HonoContext> = (
  context: Context,
  next: () => Promise<void>,
  // biome-ignore lint/suspicious/noConfusingVoidType: the type that Hono itself gives to middleware
) => Promise<Response | void>

/**
 * Makes a verifier for Hono 4, on any server.
 *
 *     const verify = createVerifier({ keys, replayStore, origin: 'https://bank.example' })
 *     app.use(protect(verify))
 *
 * @throws TypeError when an option is missing, misspelt or of a wrong type.
 */
export function createVerifier<Context extends HonoContext = HonoContext>(
  options: VerifierOptions<Context>,
): Verifier<Context> {
  const verify = createMessageVerifier(options)
  return async (context) => {
    requireUnverified(context)
    const { raw } = context.req
    const incoming = incomingOf(context)
    const isAbsolute = incoming !== undefined && !incoming.url.startsWith('/')
    // `@hono/node-server` has a Request without a body for a URL with credentials, which is refused below.
    if (!isAbsolute && raw.bodyUsed) {
      throw new TypeError(
        'the body was read before verification: put app.use(protect(verify)) before whatever calls c.req.json() and the like',
      )
    }
    const headers = fieldLines(raw.headers, incoming)
    const verified = await verify(fetchRequest(raw, context, { headers, isAbsolute }))
    if (raw.body !== null) context.req.raw = withBody(raw, verified.body, incoming)
    return remember(context, verified)
  }
}

/**
 * Makes a middleware of a verifier. A refusal is answered as problem details (RFC 9457). All else, mistakes and the
 * errors of handlers, goes on to `app.onError`.
 */
export function protect<Context extends HonoContext = HonoContext>(
  verify: Verifier<Context>,
  options: MiddlewareOptions = {},
): Middleware<Context> {
  const passes = middlewareOptions(options)
  return async (context, next) => {
    const { raw } = context.req
    if (!passes(raw.method, (name) => raw.headers.get(name))) {
      try {
        await verify(context)
      } catch (error) {
        if (!isSignatureError(error)) throw error
        const { status, headers, body } = problemOf(error)
        return new Response(body, { status, headers: { ...headers, ...closing(context) } })
      }
    }
    await next()
    return undefined
  }
}

/**
 * What was verified of a request: who signed it, and the bytes of its body.
 *
 * @throws TypeError for a request that was not verified.
 */
export function verifiedOf(context: Pick<HonoContext, 'req'>): VerifiedRequest {
  return recall(context)
}

/** The part of a request of `node:http` that is read. */
interface Incoming {
  readonly url: string
  readonly rawHeaders: readonly string[]
  readonly httpVersionMajor: number
}

function incomingOf({ env }: HonoContext): Incoming | undefined {
  const { incoming } = (env ?? {}) as { readonly incoming?: Partial<Incoming> }
  const isKnown = Array.isArray(incoming?.rawHeaders) && typeof incoming.url === 'string'
  return isKnown ? (incoming as Incoming) : undefined
}

/**
 * The fields as the handler reads them. A `Headers` has joined the lines of a field; where they are still known, and
 * still say the same, they are taken apart again, so that a second Content-Type or Host is refused as such.
 */
function fieldLines(headers: Headers, incoming: Incoming | undefined): readonly FieldLine[] {
  const sent = new Map<string, string[]>()
  const rawHeaders = incoming?.rawHeaders ?? []
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] as string).toLowerCase()
    sent.set(name, [...(sent.get(name) ?? []), rawHeaders[index + 1] as string])
  }
  // A request of HTTP/2 has `:authority` in the place of Host (RFC 9113 8.3.1), and no `Headers` can hold it.
  const [authority] = headers.has('host') ? [] : (sent.get(':authority') ?? [])
  const host: readonly FieldLine[] = authority === undefined ? [] : [['host', authority]]
  const fields = [...headers].flatMap(([name, value]): readonly FieldLine[] => {
    const lines = sent.get(name) ?? []
    return lines.length > 1 && lines.join(', ') === value ? lines.map((line) => [name, line]) : [[name, value]]
  })
  return [...host, ...fields]
}

/** The body was read; the handler gets another Request to read the same bytes from. */
function withBody(request: Request, body: BodyInit, incoming: Incoming | undefined): Request {
  if (incoming === undefined) return new Request(request, { body })
  // That of `@hono/node-server` only looks like a Request, which not every constructor takes for one.
  const { method, url, headers, signal } = request
  return new Request(url, { method, headers, signal, body })
}

/** A long or endless body of a refused request is not worth its connection: what was declared counts. */
function closing(context: HonoContext): Readonly<Record<string, string>> {
  if (incomingOf(context)?.httpVersionMajor !== 1) return {}
  const { headers } = context.req.raw
  const isLong = headers.has('transfer-encoding') || Number(headers.get('content-length') ?? 0) > longBody
  return isLong ? { connection: 'close' } : {}
}

/** In bytes. */
const longBody = 65_536
