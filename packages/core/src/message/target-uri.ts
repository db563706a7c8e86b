import { SignatureError } from '../errors.ts'

/** The parts of an absolute http or https URI that components are derived from. */
export interface TargetUri {
  /** `http` or `https`, lower case. */
  readonly scheme: string
  /** Host and port, lower case, without the default port (RFC 9110 4.2.3). */
  readonly authority: string
  /** At least `/`; percent-encoding and dot segments as they stand. */
  readonly path: string
  /** With its leading `?`; empty when there is none. */
  readonly query: string
}

/** Scheme and authority: what a server calls itself. */
export type Origin = Pick<TargetUri, 'scheme' | 'authority'>

/**
 * Splits an absolute URI without resolving or re-encoding anything: what is signed must be what is sent.
 *
 * @throws SignatureError `malformed_message`
 */
export function splitTargetUri(uri: string): TargetUri {
  const found = /^(https?):\/\/([^/?#\\]+)([^?#]*)(\?[^#]*)?/i.exec(uri)
  if (found === null) throw new SignatureError('malformed_message', 'the URL must be an absolute http or https URI')
  const scheme = (found[1] as string).toLowerCase()
  const authority = normalizeAuthority(scheme, found[2] as string)
  return targetOf({ scheme, authority }, found[3] as string, found[4] ?? '')
}

/**
 * Reads `https://bank.example`, the name of a server.
 *
 * @throws SignatureError `malformed_message` when there is anything behind the authority.
 */
export function parseOrigin(text: string): Origin {
  const { scheme, authority, path, query } = splitTargetUri(text)
  if (path !== '/' || query !== '' || text.includes('#')) {
    throw new SignatureError('malformed_message', 'an origin is scheme and authority alone: https://bank.example')
  }
  return { scheme, authority }
}

/**
 * Resolves the target of a received request line against the server's own origin (RFC 9110 7.1).
 * The absolute form must name that origin; the authority and asterisk forms address no resource.
 *
 * @throws SignatureError `malformed_message`
 */
export function resolveRequestTarget(origin: Origin, requestTarget: string): TargetUri {
  if (requestTarget.includes('#')) throw new SignatureError('malformed_message', 'a request target has no fragment')
  if (requestTarget.startsWith('/')) {
    const query = requestTarget.indexOf('?')
    const path = query === -1 ? requestTarget : requestTarget.slice(0, query)
    return targetOf(origin, path, query === -1 ? '' : requestTarget.slice(query))
  }
  const target = splitTargetUri(requestTarget)
  if (target.scheme === origin.scheme && target.authority === origin.authority) return target
  throw new SignatureError('malformed_message', 'the request target names another origin')
}

function normalizeAuthority(scheme: string, authority: string): string {
  const found = /^(\[[0-9a-f:.]+\]|[a-z0-9\-._~!$&'()*+,;=%]+)(?::(\d{0,5}))?$/i.exec(authority)
  if (found === null) {
    throw new SignatureError(
      'malformed_message',
      'the authority must be an ASCII host and port, without user information',
    )
  }
  const host = (found[1] as string).toLowerCase()
  const port = found[2] ?? ''
  const isDefault = port === '' || Number(port) === (scheme === 'https' ? 443 : 80)
  return isDefault ? host : `${host}:${port}`
}

function targetOf({ scheme, authority }: Origin, path: string, query: string): TargetUri {
  // Anything else cannot stand on a request line (RFC 9112 3.2).
  if (/^(\/[\x21-\x7e]*)?$/.test(path) && /^[\x21-\x7e]*$/.test(query)) {
    return { scheme, authority, path: path === '' ? '/' : path, query }
  }
  throw new SignatureError(
    'malformed_message',
    'the path must start with a slash, and hold printable ASCII like the query: percent-encode the rest',
  )
}
