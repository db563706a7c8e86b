import type { FieldLine } from '@countersign/core'
import type { VerifierOptions } from '../../policy/options.ts'
import type { ReceivedRequest } from '../../request/received-request.ts'
import type { VerifiedRequest } from '../../request/verified-request.ts'
import { createMessageVerifier } from '../../verifier.ts'
import { giveBodyBack, type NodeRequest, nodeBody } from './node-body.ts'
import { remember, requireUnverified } from './verified-of.ts'

/** How a framework on `node:http` hands its requests out. */
export interface NodeFramework<Source> {
  /** The request of `node:http` within that of the framework. */
  readonly requestOf: (source: Source) => NodeRequest
  /** The request target as it was sent, where the framework keeps it elsewhere. @default that of the request */
  readonly targetOf?: (source: Source) => string
  /** Where verification has to be put, for whoever put a body parser before it. */
  readonly advice: string
}

/**
 * Makes a verifier for a framework on `node:http` or `node:http2`. After it, the request can be read once more: body
 * parsers that come later get the bytes that were verified.
 *
 * @throws TypeError when an option is missing, misspelt or of a wrong type.
 */
export function createNodeVerifier<Source>(
  options: VerifierOptions<Source>,
  { requestOf, targetOf, advice }: NodeFramework<Source>,
): (source: Source) => Promise<VerifiedRequest> {
  const verify = createMessageVerifier(options)
  return async (source) => {
    const request = requestOf(source)
    requireUnverified(request)
    requireUnread(request, advice)
    const verified = await verify(receivedRequest(request, source, targetOf?.(source)))
    giveBodyBack(request, verified.body)
    return remember(request, verified)
  }
}

/** @throws TypeError for a request whose body somebody reads or has read. */
export function requireUnread(request: NodeRequest, advice: string): void {
  if (request.readableDidRead || request.readableFlowing === true || (request.readableEncoding ?? null) !== null) {
    throw new TypeError(`the body was read before verification: ${advice}`)
  }
}

/** A request of `node:http` as verifiers need it. */
export function receivedRequest<Source>(request: NodeRequest, source: Source, target = ''): ReceivedRequest<Source> {
  return {
    method: request.method ?? '',
    // connect, Express and Fastify may cut or rewrite `url`, and keep what was requested here.
    target: (request as { originalUrl?: string }).originalUrl ?? (target || (request.url ?? '')),
    headers: isHttp2(request) ? http2FieldLines(request) : fieldLines(request.rawHeaders),
    body: nodeBody(request),
    source,
  }
}

/** Whether a request came as a stream of HTTP/2. */
export function isHttp2(request: NodeRequest): boolean {
  return request.httpVersionMajor === 2
}

/** `headers` hides duplicates of some fields; `rawHeaders` shows what came. */
function fieldLines(rawHeaders: readonly string[]): readonly FieldLine[] {
  const lines: FieldLine[] = []
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    lines.push([rawHeaders[index] as string, rawHeaders[index + 1] as string])
  }
  return lines
}

/**
 * The fields of HTTP/2 as those of HTTP/1.1: without pseudo-header fields, the pieces of a cookie put together
 * (RFC 9113 8.2.3), and `:authority` in the place of Host (8.3.1). A Host that says otherwise is a second one.
 */
function http2FieldLines({ rawHeaders }: NodeRequest): readonly FieldLine[] {
  const all = fieldLines(rawHeaders)
  const authority = all.find(([name]) => name === ':authority')?.[1]
  const cookies = all.filter(([name]) => name === 'cookie').map(([, value]) => value)
  const lines = all.filter(
    ([name, value]) => !name.startsWith(':') && name !== 'cookie' && !(name === 'host' && value === authority),
  )
  if (cookies.length > 0) lines.push(['cookie', cookies.join('; ')])
  return authority === undefined ? lines : [['host', authority], ...lines]
}
