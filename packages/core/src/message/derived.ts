import { SignatureError } from '../errors.ts'
import type { Parameters } from '../structured-fields/types.ts'
import type { RequestMessage, ResponseMessage } from './message.ts'
import { encodedQueryParameters } from './query-parameters.ts'

/** A derived component, by the message that it is derived from. */
export type DerivedComponent =
  | { readonly from: 'request'; readonly value: (message: RequestMessage, parameters: Parameters) => string }
  | { readonly from: 'response'; readonly value: (message: ResponseMessage) => string }

/** The HTTP Signature Derived Component Names registry (RFC 9421 section 6.4.2). */
export const derivedComponents: Readonly<Record<string, DerivedComponent>> = {
  '@method': fromRequest((message) => message.method),
  '@target-uri': fromRequest(({ scheme, authority, path, query }) => `${scheme}://${authority}${path}${query}`),
  '@authority': fromRequest((message) => message.authority),
  '@scheme': fromRequest((message) => message.scheme),
  '@request-target': fromRequest((message) => message.requestTarget),
  '@path': fromRequest((message) => message.path),
  // An absent query and an empty one are both a lone question mark (2.2.7).
  '@query': fromRequest((message) => (message.query === '' ? '?' : message.query)),
  '@query-param': fromRequest(queryParameter),
  '@status': { from: 'response', value: (message) => String(message.status) },
}

function fromRequest(value: (message: RequestMessage, parameters: Parameters) => string): DerivedComponent {
  return { from: 'request', value }
}

/** RFC 9421 2.2.8: a parameter that is missing or repeated cannot be covered. */
function queryParameter(message: RequestMessage, parameters: Parameters): string {
  const name = parameters.get('name')?.value
  const values = encodedQueryParameters(message.query.slice(1)).filter((parameter) => parameter.name === name)
  if (values.length > 1) throw new SignatureError('invalid_component', 'a repeated query parameter cannot be covered')
  const [found] = values
  if (found === undefined) throw new SignatureError('missing_component', 'the query has no parameter of this name')
  return found.value
}
