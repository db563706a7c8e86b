import type { Bytes } from './bytes.ts'
import { knownListAt } from './covered-components/verified-lists.ts'
import { SignatureError, type SignatureErrorCode } from './errors.ts'
import { combinedValue } from './message/fields.ts'
import type { Fields, Message } from './message/message.ts'
import { type ReadOptions, readDictionary } from './structured-fields/parse.ts'
import { type Dictionary, type InnerList, isInnerList, type Member } from './structured-fields/types.ts'

/** A signature as a message claims to have it. Nothing of it may be believed yet. */
export interface UnverifiedSignature {
  /** Names the signature within its message, and says nothing about its role (RFC 9421 7.2.5). */
  readonly label: string
  /** The covered components and parameters, as they were received. */
  readonly innerList: InnerList
  readonly signature: Bytes
}

/** Bounds on what is parsed, checked before anything is. */
export interface SignatureFieldLimits {
  /** Characters of the Signature-Input and Signature fields together. @default 8192 */
  readonly maxFieldLength: number
  /** Signatures in one message. @default 4 */
  readonly maxSignatures: number
  /** Covered components of one signature. @default 32 */
  readonly maxComponents: number
}

/** Generous for honest messages: one signature with eight components takes about 500 characters. */
export const defaultLimits: SignatureFieldLimits = /* @__PURE__ */ Object.freeze({
  maxFieldLength: 8192,
  maxSignatures: 4,
  maxComponents: 32,
})

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
  const inputs = parseField(headers, 'signature-input', 'malformed_signature_input')
  const signatures = parseField(headers, 'signature', 'malformed_signature')
  if (inputs === undefined && signatures === undefined) throw new SignatureError('missing_signature')
  if (inputs === undefined || signatures === undefined || inputs.size !== signatures.size) {
    throw new SignatureError('label_mismatch')
  }
  if (inputs.size > limits.maxSignatures) {
    throw new SignatureError('limit_exceeded', `over ${limits.maxSignatures} signatures`)
  }
  const found: UnverifiedSignature[] = []
  for (const [label, input] of inputs) {
    const innerList = requireInnerList(input, limits)
    found.push({ label, innerList, signature: requireBytes(signatures.get(label)) })
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
const uniqueLabels: ReadOptions = {
  knownItemsAt: knownListAt,
  onDuplicateKey(_key, place) {
    if (place === 'dictionary') throw new SignatureError('duplicate_label')
    throw new SignatureError('malformed_parameter', 'a parameter occurs twice')
  },
}

/** An empty field is as absent as a missing one: a Dictionary without members is never sent (RFC 9651 3.2). */
function parseField(headers: Fields, name: string, code: SignatureErrorCode): Dictionary | undefined {
  const text = combinedValue(headers, name)
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
    return readDictionary(text, uniqueLabels)
  } catch (cause) {
    if (cause instanceof SignatureError && cause.code !== 'malformed_structured_field') throw cause
    throw new SignatureError(code, '', { cause })
  }
}
