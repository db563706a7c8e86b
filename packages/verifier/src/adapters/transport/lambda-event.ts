import { encodeUtf8, type FieldLine, SignatureError } from '@countersign/core'
import type { ReceivedRequest } from '../../request/received-request.ts'

type Fields<Value> = Readonly<Record<string, Value | undefined>> | null | undefined

/** Payload format 2.0: HTTP APIs of API Gateway, and function URLs. */
export interface LambdaEventV2 {
  readonly version: string
  readonly rawPath: string
  readonly rawQueryString: string
  /** The lines of a field are joined with a comma. */
  readonly headers: Fields<string>
  readonly cookies?: readonly string[] | undefined
  readonly body?: string | null | undefined
  readonly isBase64Encoded: boolean
  readonly requestContext: { readonly http: { readonly method: string } }
}

/** Payload format 1.0: REST APIs of API Gateway, and HTTP APIs that are set to it. It has lost the raw query. */
export interface LambdaEventV1 {
  readonly httpMethod: string
  readonly headers: Fields<string>
  readonly multiValueHeaders: Fields<readonly string[]>
  readonly queryStringParameters: Fields<string>
  readonly multiValueQueryStringParameters: Fields<readonly string[]>
  readonly body: string | null
  readonly isBase64Encoded: boolean
  /** Its path is the one that the client asked for: with the stage, or the base path of a custom domain. */
  readonly requestContext: { readonly path: string }
}

/** An event that holds an HTTP request. */
export type LambdaEvent = LambdaEventV1 | LambdaEventV2

/**
 * The request within an event.
 *
 * @throws TypeError for an event of another kind: it never came over HTTP, and cannot be signed.
 */
export function receivedEvent<Event extends LambdaEvent>(
  event: Event,
  requestTarget: ((event: Event) => string) | undefined,
): ReceivedRequest<Event> {
  const { targetOf, ...received } = isV2(event) ? receivedV2(event) : receivedV1(event)
  return {
    ...received,
    // Read by the verifier, so that a query that is refused is refused like all else, and told to `onEvent`.
    get target() {
      return requestTarget?.(event) ?? targetOf()
    },
    body: bodyOf(event),
    source: event,
  }
}

/** The head of a request. */
interface Head extends Pick<ReceivedRequest, 'method' | 'headers'> {
  /** @throws SignatureError `malformed_message` */
  readonly targetOf: () => string
}

function isV2(event: LambdaEvent): event is LambdaEventV2 {
  return (event as Partial<LambdaEventV2>).version === '2.0'
}

function receivedV2({ rawPath, rawQueryString, headers, cookies, requestContext }: LambdaEventV2): Head {
  const method = requestContext?.http?.method
  if (typeof rawPath !== 'string' || typeof method !== 'string') throw notHttp()
  const lines = Object.entries(headers ?? {}).flatMap(([name, value]): FieldLine[] =>
    value === undefined ? [] : [[name, value]],
  )
  if (cookies !== undefined && cookies.length > 0) lines.push(['cookie', cookies.join('; ')])
  return { method, targetOf: () => (rawQueryString ? `${rawPath}?${rawQueryString}` : rawPath), headers: lines }
}

function receivedV1(event: LambdaEventV1): Head {
  const path = event.requestContext?.path
  if (typeof event.httpMethod !== 'string' || typeof path !== 'string') throw notHttp()
  const targetOf = (): string => {
    const query = rebuiltQuery(event)
    return query === '' ? path : `${path}?${query}`
  }
  return { method: event.httpMethod, targetOf, headers: multiValueLines(event) }
}

function multiValueLines({ headers, multiValueHeaders }: LambdaEventV1): readonly FieldLine[] {
  const all: Fields<readonly string[]> =
    multiValueHeaders ??
    Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, value === undefined ? [] : [value]]))
  return Object.entries(all ?? {}).flatMap(([name, values]) => (values ?? []).map((value): FieldLine => [name, value]))
}

/** RFC 3986 2.3: what every client writes as it is. */
const unreserved = /^[\w.~-]*$/

/**
 * API Gateway hands a query out decoded and as a table. What is rebuilt of it decodes to what the handler gets, so
 * that a signature of it is one of that. Where a client could have written a character in several ways, it is refused
 * rather than guessed.
 */
function rebuiltQuery({ queryStringParameters, multiValueQueryStringParameters }: LambdaEventV1): string {
  const parameters = Object.entries(multiValueQueryStringParameters ?? {})
  if (parameters.length !== Object.keys(queryStringParameters ?? {}).length) throw ambiguousQuery()
  return parameters
    .flatMap(([name, values]) => (values ?? []).map((value) => [name, value] as const))
    .map(([name, value]) => {
      if (!unreserved.test(name) || !unreserved.test(value)) throw ambiguousQuery()
      return `${name}=${value}`
    })
    .join('&')
}

function bodyOf({ body, isBase64Encoded }: LambdaEvent): Uint8Array | null {
  if (body === null || body === undefined) return null
  return isBase64Encoded ? new Uint8Array(Buffer.from(body, 'base64')) : encodeUtf8(body)
}

function notHttp(): TypeError {
  return new TypeError('the event holds no HTTP request of API Gateway or a function URL')
}

function ambiguousQuery(): SignatureError {
  return new SignatureError(
    'malformed_message',
    'payload format 1.0 does not hold the query as it was sent: use format 2.0, or requestTarget',
  )
}
