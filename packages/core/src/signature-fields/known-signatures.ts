import type { Bytes } from '../bytes.ts'
import { knownListAt } from '../covered-components/verified-lists.ts'
import { isSignatureError } from '../errors.ts'
import { readBareItem } from '../structured-fields/bare-item.ts'
import { semicolon, zero } from '../structured-fields/characters.ts'
import type { Cursor } from '../structured-fields/cursor.ts'
import { openCursor, readKey, skipEquals, skipSeparator } from '../structured-fields/parse.ts'
import type { SignatureInput, SignatureParameters } from './signature-input.ts'
import type { SignatureFieldLimits, UnverifiedSignature } from './unverified-signature.ts'

/** More signatures than these are left to the parser, whatever the limits say. */
const usualSignatures = 4

/**
 * Reads Signature-Input and Signature side by side, where each list of covered components is known and the rest is
 * written as nearly every sender writes it: the same labels in the same order, registered parameters, and nothing that
 * would be serialized otherwise. Then what is read goes straight to where it is needed. Keys and values are read by the
 * functions of the parser, so that no rule stands twice.
 *
 * @returns undefined for all other fields. What is wrong with them, if anything, is for the parser to say.
 */
export function readKnownSignatures(
  inputs: string,
  signatures: string,
  limits: SignatureFieldLimits,
): readonly UnverifiedSignature[] | undefined {
  try {
    return readTogether(openCursor(inputs), openCursor(signatures), limits)
  } catch (error) {
    if (isSignatureError(error)) return undefined
    throw error
  }
}

function readTogether(
  inputs: Cursor,
  signatures: Cursor,
  { maxSignatures, maxComponents }: SignatureFieldLimits,
): readonly UnverifiedSignature[] | undefined {
  const found: UnverifiedSignature[] = []
  while (inputs.index < inputs.text.length) {
    const label = readKey(inputs)
    const input = skipEquals(inputs) ? readInput(inputs) : undefined
    const signature = readSignature(signatures, label)
    if (input === undefined || signature === undefined || input.components.length > maxComponents) return undefined
    if (found.some((other) => other.label === label)) return undefined
    if (found.push({ label, input, signature }) > Math.min(usualSignatures, maxSignatures)) return undefined
    skipSeparator(inputs)
    skipSeparator(signatures)
  }
  return found.length > 0 && signatures.index === signatures.text.length ? found : undefined
}

function readSignature(cursor: Cursor, label: string): Bytes | undefined {
  if (readKey(cursor) !== label || !skipEquals(cursor)) return undefined
  const { type, value } = readBareItem(cursor)
  return type === 'binary' ? (value as Bytes) : undefined
}

function readInput(cursor: Cursor): SignatureInput | undefined {
  const { text, index: start } = cursor
  const known = knownListAt(text, start)
  if (known === undefined) return undefined
  const { components, covers } = known
  cursor.index += known.text.length
  const parameters: Writable<SignatureParameters> = {}
  while (text.charCodeAt(cursor.index) === semicolon) {
    cursor.index++
    if (!readParameter(cursor, parameters)) return undefined
  }
  return { components, covers, parameters, text: text.slice(start, cursor.index) }
}

type Writable<T> = { -readonly [Name in keyof T]: T[Name] }

/** Reads a parameter into its place. @returns false for one that is unusual, or occurs twice. */
function readParameter(cursor: Cursor, parameters: Writable<SignatureParameters>): boolean {
  const name = readKey(cursor)
  if (!skipEquals(cursor)) return false
  const start = cursor.index
  const { type, value } = readBareItem(cursor)
  // A String is serialized as it was written. An Integer is, without sign and leading zeros.
  if (type === 'string') return setText(parameters, name, value)
  const isPlain = cursor.text.charCodeAt(start) > zero || cursor.index === start + 1
  return type === 'integer' && isPlain && setInteger(parameters, name, value)
}

// Each by its name: V8 takes longer to set a property whose name comes from the text.
function setInteger(parameters: Writable<SignatureParameters>, name: string, value: number): boolean {
  if (name === 'created' && parameters.created === undefined) parameters.created = value
  else if (name === 'expires' && parameters.expires === undefined) parameters.expires = value
  else return false
  return true
}

function setText(parameters: Writable<SignatureParameters>, name: string, value: string): boolean {
  if (name === 'nonce' && parameters.nonce === undefined) parameters.nonce = value
  else if (name === 'alg' && parameters.alg === undefined) parameters.alg = value
  else if (name === 'keyid' && parameters.keyid === undefined) parameters.keyid = value
  else if (name === 'tag' && parameters.tag === undefined) parameters.tag = value
  else return false
  return true
}
