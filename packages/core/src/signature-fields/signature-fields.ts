import type { Bytes } from '../bytes.ts'
import { SignatureError, type SignatureErrorCode } from '../errors.ts'
import { combinedValue } from '../message/fields.ts'
import type { Fields, Message } from '../message/message.ts'
import { type ParseOptions, parseDictionary } from '../structured-fields/parse.ts'
import { type Dictionary, type InnerList, isInnerList, type Member } from '../structured-fields/types.ts'
import { readKnownSignatures } from './known-signatures.ts'
import { defaultLimits, type SignatureFieldLimits, type UnverifiedSignature } from './unverified-signature.ts'

/**
 * Reads the signatures of a message from its Signature-Input and Signature header fields (RFC 9421 4.1,
 * 4.2). Trailers are not looked at.
 *
 * @throws SignatureError `missing_signature`, `limit_exceeded`, `malformed_signature_input`,
 * `malformed_signature`, `duplicate_label` or `label_mismatch`
 */
export function parseSignatures(
  message: Message,
  limits: SignatureFieldLimits = defaultLimits,
): readonly UnverifiedSignature[] {
  const { headers } = message
  if (lengthOf(headers, 'signature-input') + lengthOf(headers, 'signature') > limits.maxFieldLength) {
    throw new SignatureError('limit_exceeded', `over ${limits.maxFieldLength} characters`)
  }
  const input = combinedValue(headers, 'signature-input')
  const signature = combinedValue(headers, 'signature')
  if (input !== undefined && signature !== undefined) {
    const known = readKnownSignatures(input, signature, limits)
    if (known !== undefined) return known
  }
  const inputs = parseField(input, 'malformed_signature_input')
  const signatures = parseField(signature, 'malformed_signature')
  if (inputs === undefined && signatures === undefined) throw new SignatureError('missing_signature')
  if (inputs === undefined || signatures === undefined || inputs.size !== signatures.size) {
    throw new SignatureError('label_mismatch')
  }
  if (inputs.size > limits.maxSignatures) {
    throw new SignatureError('limit_exceeded', `over ${limits.maxSignatures} signatures`)
  }
  const found: UnverifiedSignature[] = []
  for (const [label, input] of inputs) {
    found.push({ label, input: requireInnerList(input, limits), signature: requireBytes(signatures.get(label)) })
  }
  return found
}

function requireInnerList(input: Member, limits: SignatureFieldLimits): InnerList {
  if (!isInnerList(input)) throw new SignatureError('malformed_signature_input', 'each member must be an Inner List')
  if (input.items.length <= limits.maxComponents) return input
  throw new SignatureError('limit_exceeded', `over ${limits.maxComponents} components`)
}

function requireBytes(signature: Member | undefined): Bytes {
  if (signature === undefined) throw new SignatureError('label_mismatch')
  if (!isInnerList(signature) && signature.value.type === 'binary') return signature.value.value as Bytes
  throw new SignatureError('malformed_signature', 'each member must be a Byte Sequence')
}

function lengthOf(headers: Fields, name: string): number {
  let length = 0
  const lines = headers.get(name)
  if (lines !== undefined) for (const line of lines) length += line.length
  return length
}

/**
 * RFC 9651 4.2.2 lets the last duplicate win. Signature fields refuse it instead: a label must name
 * exactly one signature (RFC 9421 4.1), and a parameter must mean one thing.
 */
const uniqueLabels: ParseOptions = {
  onDuplicateKey(_key, place) {
    if (place === 'dictionary') throw new SignatureError('duplicate_label')
    throw new SignatureError('malformed_parameter', 'a parameter occurs twice')
  },
}

/** An empty field is as absent as a missing one: a Dictionary without members is never sent (RFC 9651 3.2). */
function parseField(text: string | undefined, code: SignatureErrorCode): Dictionary | undefined {
  if (text === undefined) return undefined
  const dictionary = parseLabelled(text, code)
  return dictionary.size === 0 ? undefined : dictionary
}

/**
 * Parses a Dictionary whose keys are labels: Signature-Input, Signature or Accept-Signature.
 *
 * @param code of what is no Dictionary.
 * @throws SignatureError that code, `duplicate_label` or `malformed_parameter`
 */
export function parseLabelled(text: string, code: SignatureErrorCode): Dictionary {
  try {
    return parseDictionary(text, uniqueLabels)
  } catch (cause) {
    if (cause instanceof SignatureError && cause.code !== 'malformed_structured_field') throw cause
    throw new SignatureError(code, '', { cause })
  }
}
