import type { VerifierOptions } from '../../policy/options.ts'
import { fieldLinesOf, requestTargetOf } from '../../request/node-head.ts'
import type { ReceivedHead } from '../../request/received-request.ts'
import type { VerifiedRequest } from '../../request/verified-request.ts'
import { promptVerifier } from '../../verifier.ts'
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
  const verify = promptVerifier(options)
  return async (source) => {
    const request = requestOf(source)
    requireUnverified(request)
    requireUnread(request, advice)
    const received = receivedRequest(request, source, { body: nodeBody(request), target: targetOf?.(source) })
    const verified = await verify(received)
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

/** A request of `node:http` as verifiers need it, with a body as the one at hand reads it. */
export function receivedRequest<Source, Body>(
  request: NodeRequest,
  source: Source,
  { body, target }: { readonly body: Body; readonly target?: string | undefined },
): ReceivedHead<Source> & { readonly body: Body } {
  return {
    method: request.method ?? '',
    target: requestTargetOf(request, target),
    headers: fieldLinesOf(request),
    body,
    source,
  }
}
