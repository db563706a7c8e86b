import { SignatureError } from '../errors.ts'
import { splitTargetUri, type TargetUri } from './target-uri.ts'

/** One field line as it stands in the message: the name in any case, the value without its line break. */
export type FieldLine = readonly [name: string, value: string]

/** The field lines of one section, by lower-case name, in the order in which they stand in the message. */
export type Fields = ReadonlyMap<string, readonly string[]>

/**
 * An immutable snapshot of a request: what RFC 9421 calls the target message. Everything that is signed
 * or verified is read from here, never from a live object that could change in between.
 */
export interface RequestMessage extends TargetUri {
  readonly kind: 'request'
  /** Case-sensitive, never changed (RFC 9421 2.2.1). */
  readonly method: string
  /** The request target as on the request line (RFC 9112 section 3.2). */
  readonly requestTarget: string
  readonly headers: Fields
  readonly trailers: Fields
}

/** An immutable snapshot of a response. */
export interface ResponseMessage {
  readonly kind: 'response'
  /** 100 to 599. */
  readonly status: number
  readonly headers: Fields
  readonly trailers: Fields
  /** The request that this response answers, for components with the `req` parameter (RFC 9421 2.4). */
  readonly request: RequestMessage | undefined
}

/** A message that a signature can target. */
export type Message = RequestMessage | ResponseMessage

/** What a request is made of. */
export interface RequestParts {
  readonly method: string
  /** The absolute target URI exactly as it goes over the wire. It is not normalised beyond RFC 9110 4.2.3; a fragment is left out. */
  readonly url: string | TargetUri
  readonly headers: Iterable<FieldLine>
  readonly trailers?: Iterable<FieldLine>
  /** The request target, where it is not the origin-form of `url`. */
  readonly requestTarget?: string
}

/** What a response is made of. */
export interface ResponseParts {
  readonly status: number
  readonly headers: Iterable<FieldLine>
  readonly trailers?: Iterable<FieldLine>
  readonly request?: RequestMessage
}

/**
 * Takes the snapshot of a request.
 *
 * @throws SignatureError `malformed_message` when the method or the URL cannot stand on a request line.
 */
export function createRequestMessage(parts: RequestParts): RequestMessage {
  const target = typeof parts.url === 'string' ? splitTargetUri(parts.url) : parts.url
  return {
    kind: 'request',
    method: requireMethod(parts.method),
    scheme: target.scheme,
    authority: target.authority,
    path: target.path,
    query: target.query,
    requestTarget: parts.requestTarget ?? target.path + target.query,
    headers: collectFields(parts.headers),
    trailers: parts.trailers === undefined ? noFields : collectFields(parts.trailers),
  }
}

/**
 * Takes the snapshot of a response.
 *
 * @throws SignatureError `malformed_message` when the status has not three digits.
 */
export function createResponseMessage(parts: ResponseParts): ResponseMessage {
  const { status } = parts
  if (!Number.isInteger(status) || status < 100 || status > 999) {
    throw new SignatureError('malformed_message', 'the status must have three digits')
  }
  return {
    kind: 'response',
    status,
    headers: collectFields(parts.headers),
    trailers: parts.trailers === undefined ? noFields : collectFields(parts.trailers),
    request: parts.request,
  }
}

const noFields: Fields = /* @__PURE__ */ new Map()

function requireMethod(method: string): string {
  if (/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(method)) return method
  throw new SignatureError('malformed_message', 'the method must be a token (RFC 9110 9.1)')
}

/** Field names are case-insensitive, and lower case as component names (RFC 9421 2.1). */
function collectFields(lines: Iterable<FieldLine>): Fields {
  const fields = new Map<string, string[]>()
  for (const line of lines) {
    const key = line[0].toLowerCase()
    const values = fields.get(key)
    if (values === undefined) fields.set(key, [line[1]])
    else values.push(line[1])
  }
  return fields
}
