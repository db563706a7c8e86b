import { SignatureError } from '../errors.ts'
import type { Message, RequestMessage, ResponseMessage } from './message.ts'

/** How a component is derived, by the kind of message that has it. */
interface DerivedComponent {
  readonly request?: (message: RequestMessage) => string
  readonly response?: (message: ResponseMessage) => string
}

/**
 * The HTTP Signature Derived Component Names registry (RFC 9421 section 6.4.2), but for `@query-param`,
 * which is none without its parameter.
 */
const derivedComponents: Readonly<Record<string, DerivedComponent>> = {
  '@method': { request: (message) => message.method },
  '@target-uri': { request: ({ scheme, authority, path, query }) => `${scheme}://${authority}${path}${query}` },
  '@authority': { request: (message) => message.authority },
  '@scheme': { request: (message) => message.scheme },
  '@request-target': { request: (message) => message.requestTarget },
  '@path': { request: (message) => message.path },
  // An absent query and an empty one are both a lone question mark (2.2.7).
  '@query': { request: (message) => (message.query === '' ? '?' : message.query) },
  '@status': { response: (message) => String(message.status) },
}

const isSpace = (code: number): boolean => code === 0x20

/** Whether the name is that of a derived component which needs no parameter. */
export function isDerivedComponent(name: string): boolean {
  return Object.hasOwn(derivedComponents, name)
}

/** Whether a derived component can be had of a kind of message. */
export function isDerivedFrom(kind: Message['kind'], name: string): boolean {
  return name === '@query-param' ? kind === 'request' : derivedComponents[name]?.[kind] !== undefined
}

/**
 * What derives the value of a component from a message (RFC 9421 2.2).
 *
 * The reader throws a SignatureError: `invalid_component` for a component of the other kind of message,
 * `malformed_component`
 */
export function derivedReader(name: string): (message: Message) => string {
  const { request, response } = derivedComponents[name] ?? {}
  return (message) => {
    const value = message.kind === 'request' ? request?.(message) : response?.(message)
    if (value === undefined) throw new SignatureError('invalid_component', `${name} is not part of a ${message.kind}`)
    // Unlike a field, it has no white space around it, and no tab. The rest is checked of all lines of a base.
    if (isSpace(value.charCodeAt(0)) || isSpace(value.charCodeAt(value.length - 1)) || value.includes('\t')) {
      throw new SignatureError('malformed_component', name)
    }
    return value
  }
}
