import { SignatureError } from '../errors.ts'
import type { ComponentIdentifier } from './component.ts'
import { derivedComponents } from './derived.ts'
import { fieldValue } from './fields.ts'
import type { Message } from './message.ts'
import type { FieldTypes } from './registered-fields.ts'

/**
 * The canonical value of a component in a message (RFC 9421 2.5 step 2.4).
 *
 * @throws SignatureError `invalid_component`, `missing_component` or `malformed_component`
 */
export function componentValue(message: Message, identifier: ComponentIdentifier, fieldTypes: FieldTypes): string {
  const context = contextOf(message, identifier)
  const value = identifier.name.startsWith('@')
    ? derivedValue(context, identifier)
    : fieldValue(identifier.parameters.has('tr') ? context.trailers : context.headers, identifier, fieldTypes)
  // field-content without obs-text (2.5): visible ASCII, space and tab, so no line of the base can be forged.
  if (/^[\x20-\x7e\t]*$/.test(value)) return value
  throw new SignatureError('malformed_component', `${identifier.text} has a line break, control or non-ASCII character`)
}

/** The message that a component is taken from: with `req`, the request that the response answers (2.4). */
function contextOf(message: Message, identifier: ComponentIdentifier): Message {
  if (!identifier.parameters.has('req')) return message
  if (message.kind === 'request') {
    throw new SignatureError('invalid_component', `${identifier.text}: req has no place in the signature of a request`)
  }
  if (message.request !== undefined) return message.request
  throw new SignatureError('missing_component', `${identifier.text}: the request of this response is not at hand`)
}

function derivedValue(message: Message, identifier: ComponentIdentifier): string {
  const derived = derivedComponents[identifier.name]
  const value =
    derived?.from === 'request' && message.kind === 'request'
      ? derived.value(message, identifier.parameters)
      : derived?.from === 'response' && message.kind === 'response'
        ? derived.value(message)
        : undefined
  if (value === undefined) {
    throw new SignatureError('invalid_component', `${identifier.text} cannot be derived from a ${message.kind}`)
  }
  // Derived values have no white space around them (2.2).
  if (value !== value.trim()) throw new SignatureError('malformed_component', identifier.text)
  return value
}
