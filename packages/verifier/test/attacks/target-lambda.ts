import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import {
  createVerifier,
  type LambdaEvent,
  type LambdaEventV1,
  type LambdaEventV2,
  protect,
} from '@countersign/verifier/lambda'
import { streamedBody } from './streamed-body.ts'
import { type AttackTarget, type Loss, prepareTarget } from './target.ts'

/**
 * Behind a server that makes of a request the event that API Gateway makes of it for an HTTP API, and the event of a
 * function URL. It joins the lines of a field with a comma and no space, and it hands over a body only as a whole.
 */
export const lambdaV2Target: AttackTarget = targetOf(
  'AWS Lambda, payload 2.0',
  ['field-lines', 'field-spaces', 'open-body'],
  eventV2,
)

/** The event of a REST API: the query is a table of decoded values. */
export const lambdaV1Target: AttackTarget = targetOf('AWS Lambda, payload 1.0', ['open-body', 'query-text'], eventV1)

function targetOf(
  name: string,
  losses: readonly Loss[],
  eventOf: (request: IncomingMessage, body: Uint8Array) => LambdaEvent,
): AttackTarget {
  return {
    name,
    losses: new Set(losses),
    async start(options = {}) {
      const target = await prepareTarget(options)
      const verify = createVerifier(
        target.verifierOptions<LambdaEvent>((event, name) => String(event.headers?.[name] ?? '')),
      )
      const invoke = protect(verify, async (event, _context: unknown, verified) => {
        const { status, body } = target.handle(verified, deliveredIn(event))
        return { statusCode: status, headers: { 'content-type': 'application/json' }, body }
      })
      const { maxHeaderBytes } = options
      const serverOptions = maxHeaderBytes === undefined ? {} : { maxHeaderSize: maxHeaderBytes }
      const server = createServer(serverOptions, (request, response) => {
        gateway(request, response, async (body) => invoke(eventOf(request, body), {})).catch((error) => {
          target.fail(error)
          response.writeHead(500).end()
        })
      })
      return target.listen(server)
    },
  }
}

type Answer = { readonly statusCode: number; readonly headers: { [name: string]: string }; readonly body: string }

/** A gateway reads the whole of a request before it invokes anything; a client that breaks off is none of its trouble. */
export async function gateway(
  request: IncomingMessage,
  response: ServerResponse,
  invoke: (body: Uint8Array) => Promise<Answer>,
): Promise<void> {
  const bytes = await streamedBody(request).catch(() => undefined)
  if (bytes === undefined) return
  const { statusCode, headers, body } = await invoke(bytes)
  response.writeHead(statusCode, headers).end(body)
}

function linesOf({ rawHeaders }: IncomingMessage): ReadonlyMap<string, readonly string[]> {
  const lines = new Map<string, string[]>()
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] as string).toLowerCase()
    lines.set(name, [...(lines.get(name) ?? []), rawHeaders[index + 1] as string])
  }
  return lines
}

/** The event of an HTTP API, or of a function URL. */
export function eventV2(request: IncomingMessage, body: Uint8Array): LambdaEventV2 {
  const { method = '', url = '' } = request
  const [rawPath = '', rawQueryString = ''] = url.split(/\?(.*)/s)
  const lines = [...linesOf(request)].filter(([name]) => name !== 'cookie')
  const { cookie } = request.headers
  return {
    version: '2.0',
    rawPath,
    rawQueryString,
    headers: Object.fromEntries(lines.map(([name, values]) => [name, values.join(',')])),
    ...(cookie === undefined ? {} : { cookies: cookie.split('; ') }),
    body: Buffer.from(body).toString('base64'),
    isBase64Encoded: true,
    requestContext: { http: { method } },
  }
}

/** The event of a REST API. */
export function eventV1(request: IncomingMessage, body: Uint8Array): LambdaEventV1 {
  const { method = '', url = '' } = request
  const [path = '', query = ''] = url.split(/\?(.*)/s)
  const lines = [...linesOf(request)]
  // A leading `?` would be lost in URLSearchParams.
  const table = new URLSearchParams(query.replace(/^\?/, '%3F'))
  const parameters = [...new Set(table.keys())].map((name) => [name, table.getAll(name)] as const)
  return {
    httpMethod: method,
    headers: Object.fromEntries(lines.map(([name, values]) => [name, String(values.at(-1))])),
    multiValueHeaders: Object.fromEntries(lines),
    queryStringParameters: Object.fromEntries(parameters.map(([name, values]) => [name, String(values.at(-1))])),
    multiValueQueryStringParameters: Object.fromEntries(parameters),
    body: body.length === 0 ? null : Buffer.from(body).toString('base64'),
    isBase64Encoded: body.length > 0,
    requestContext: { path },
  }
}

/** What a handler reads of an event. */
function deliveredIn(event: LambdaEvent): { method: string; target: string; body: Uint8Array } {
  const body = Buffer.from(event.body ?? '', 'base64')
  if ('rawPath' in event) {
    const { rawPath, rawQueryString, requestContext } = event
    return {
      method: requestContext.http.method,
      target: rawQueryString ? `${rawPath}?${rawQueryString}` : rawPath,
      body,
    }
  }
  const { httpMethod, multiValueQueryStringParameters, requestContext } = event
  const pairs = Object.entries(multiValueQueryStringParameters ?? {}).flatMap(([name, values]) =>
    (values ?? []).map((value) => [name, value] as [string, string]),
  )
  const query = new URLSearchParams(pairs).toString()
  return { method: httpMethod, target: query === '' ? requestContext.path : `${requestContext.path}?${query}`, body }
}
