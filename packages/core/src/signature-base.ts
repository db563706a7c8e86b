import { SignatureError } from './errors.ts'
import type { ComponentIdentifier } from './message/component.ts'
import type { Message } from './message/message.ts'
import type { FieldTypes } from './message/registered-fields.ts'
import type { SignatureInput } from './signature-fields/signature-input.ts'

/**
 * The signature base: the ASCII text that is signed (RFC 9421 2.5). When two sides disagree, it is the
 * first thing to compare.
 *
 * @param fieldTypes the structured types of fields that are covered with `sf`. @default the registered ones
 * @throws SignatureError when a component cannot be resolved; then there is no base.
 */
export function signatureBase(message: Message, input: SignatureInput, fieldTypes?: FieldTypes): string {
  let base = ''
  for (const identifier of input.components) {
    base = `${base}${identifier.text}: ${componentValue(message, identifier, fieldTypes)}\n`
  }
  return `${base}"@signature-params": ${input.text}`
}

/**
 * The canonical value of a component in a message (RFC 9421 2.5 step 2.4).
 *
 * @throws SignatureError `invalid_component`, `missing_component` or `malformed_component`
 */
function componentValue(message: Message, identifier: ComponentIdentifier, fieldTypes?: FieldTypes): string {
  const value = identifier.valueIn(message, fieldTypes)
  // field-content without obs-text (2.5): visible ASCII, space and tab, so no line of the base can be forged.
  if (/^[\x20-\x7e\t]*$/.test(value)) return value
  throw new SignatureError('malformed_component', `${identifier.text} has a line break, control or non-ASCII character`)
}
