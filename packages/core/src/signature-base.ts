import { componentValue } from './message/component-value.ts'
import type { Message } from './message/message.ts'
import { type FieldTypes, registeredFields } from './message/registered-fields.ts'
import type { SignatureInput } from './signature-input.ts'

/**
 * The signature base: the ASCII text that is signed (RFC 9421 2.5). When two sides disagree, it is the
 * first thing to compare.
 *
 * @param fieldTypes the structured types of fields that are covered with `sf`.
 * @throws SignatureError when a component cannot be resolved; then there is no base.
 */
export function signatureBase(
  message: Message,
  input: SignatureInput,
  fieldTypes: FieldTypes = registeredFields,
): string {
  let base = ''
  for (const identifier of input.components) {
    base += `${identifier.text}: ${componentValue(message, identifier, fieldTypes)}\n`
  }
  return `${base}"@signature-params": ${input.text}`
}
