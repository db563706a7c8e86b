import { SignatureError } from '../errors.ts'
import { noParameters } from '../structured-fields/parse.ts'
import type { Parameters } from '../structured-fields/types.ts'
import { derivedReader, isDerivedComponent } from './derived.ts'
import { combinedField } from './fields.ts'
import type { Message } from './message.ts'
import type { FieldTypes } from './registered-fields.ts'

/**
 * A component name with its parameters (RFC 9421 section 2), and how its value is found. So whoever covers
 * plain components only carries no code for the others.
 */
export interface ComponentIdentifier {
  /** A lower-case field name, or a derived component name that starts with `@`. */
  readonly name: string
  /** In the order in which they are written, which the signature base preserves. */
  readonly parameters: Parameters
  /** As it stands in the signature base: `"content-digest";req`. */
  readonly text: string
  /** The same with sorted parameters: equal for equal identifiers, since their order does not matter (RFC 9421 2). */
  readonly sortedText: string
  /** Finds the value in a message. What it gives is not checked yet: the signature base does that. */
  readonly valueIn: ComponentReader
}

/**
 * Finds the value of one component in a message.
 *
 * @param fieldTypes the structured types of fields, where the caller has its own.
 */
export type ComponentReader = (message: Message, fieldTypes?: FieldTypes) => string

/**
 * Names a component without parameters.
 *
 * @throws SignatureError `invalid_component`
 */
export function plainComponent(name: string): ComponentIdentifier {
  checkComponentName(name)
  const text = `"${name}"`
  const valueIn: ComponentReader = isDerivedComponent(name)
    ? derivedReader(name)
    : (message) => combinedField(message.headers, name)
  return Object.freeze({ name, parameters: noParameters, text, sortedText: text, valueIn })
}

/**
 * Checks that a name is a known derived component or a lower-case field name. `@signature-params` is
 * neither: it is never listed (RFC 9421 2.3).
 *
 * @throws SignatureError `invalid_component`
 */
export function checkComponentName(name: string): void {
  if (name.startsWith('@')) {
    if (isDerivedComponent(name)) return
    const hint = name === '@query-param' ? '"@query-param" needs the parameter name' : 'unknown derived component'
    throw new SignatureError('invalid_component', hint)
  }
  // A token without upper-case letters (RFC 9110 5.1, RFC 9421 2.1).
  if (!/^[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(name)) {
    throw new SignatureError('invalid_component', 'a component name must be a lower-case field name')
  }
}
