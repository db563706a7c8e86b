import type { CoveredComponents } from '../covered-components/covered-components.ts'
import { componentsToSign } from '../covered-components/signed-lists.ts'
import { receivedComponents } from '../covered-components/verified-lists.ts'
import { SignatureError } from '../errors.ts'
import type { ComponentIdentifier } from '../message/component.ts'
import { serializeParameters } from '../structured-fields/serialize.ts'
import type { InnerList, Parameters } from '../structured-fields/types.ts'

/**
 * The metadata of a signature (RFC 9421 2.3), by the names that they have on the wire. When signing,
 * they are written in the order in which the object lists them.
 */
export interface SignatureParameters {
  /** Unix seconds. */
  readonly created?: number
  /** Unix seconds. */
  readonly expires?: number
  /** Makes this signature unlike any other. Printable ASCII. */
  readonly nonce?: string
  /** A name of the algorithm registry. A verifier only compares it with the algorithm of the key. */
  readonly alg?: string
  /** Names the key, opaque to everybody else. Printable ASCII. */
  readonly keyid?: string
  /** What the application uses the signature for. */
  readonly tag?: string
}

/** The covered components and parameters of one signature: the value of `@signature-params`. */
export interface SignatureInput {
  readonly components: readonly ComponentIdentifier[]
  /**
   * Whether a component is covered, by its text with sorted parameters: `"@method"`, `"content-digest";req`. Whole
   * identifiers are compared: the second does not stand in for `"content-digest"`.
   */
  readonly covers: (sortedText: string) => boolean
  readonly parameters: SignatureParameters
  /** Serialized as an Inner List: the last line of the base, and the value of the label in Signature-Input. */
  readonly text: string
}

/** The HTTP Signature Metadata Parameters registry (RFC 9421 6.3.2). */
export const registeredParameters: Readonly<Record<keyof SignatureParameters, 'integer' | 'string'>> = {
  created: 'integer',
  expires: 'integer',
  nonce: 'string',
  alg: 'string',
  keyid: 'string',
  tag: 'string',
}

/**
 * Makes the input of a new signature.
 *
 * @throws SignatureError `invalid_component` or `duplicate_component`
 * @throws TypeError for a parameter of a wrong type.
 */
export function createSignatureInput(
  components: Iterable<string | ComponentIdentifier>,
  parameters: SignatureParameters,
): SignatureInput {
  const covered = componentsToSign(components)
  return inputOf(covered, { ...parameters }, serialize(parameters))
}

/**
 * Reads the input of a received signature. Unknown parameters are signed like the others, and otherwise ignored.
 *
 * @param received as it was parsed. What was read already is given back.
 * @throws SignatureError `invalid_component`, `duplicate_component` or `malformed_parameter`
 */
export function readSignatureInput(received: InnerList | SignatureInput): SignatureInput {
  if ('components' in received) return received
  const { items, parameters } = received
  const covered = receivedComponents(items)
  return inputOf(covered, readParameters(parameters), serializeParameters(parameters))
}

function inputOf(covered: CoveredComponents, parameters: SignatureParameters, text: string): SignatureInput {
  return { components: covered.components, covers: covered.covers, parameters, text: covered.text + text }
}

function readParameters(parameters: Parameters): SignatureParameters {
  const read: Record<string, number | string> = {}
  for (const [name, { type, value }] of parameters) {
    if (!Object.hasOwn(registeredParameters, name)) continue
    if (type !== registeredParameters[name as keyof SignatureParameters] || (type === 'integer' && value < 0)) {
      throw new SignatureError('malformed_parameter', name)
    }
    read[name] = value as number | string
  }
  return read
}

/** RFC 9651 4.1.1.2. No text needs escaping: what would is refused. */
function serialize(parameters: SignatureParameters): string {
  let text = ''
  for (const name of Object.keys(parameters)) {
    const value = parameters[name as keyof SignatureParameters]
    if (value !== undefined) text += `;${name}=${serializeValue(name, value)}`
  }
  return text
}

function serializeValue(name: string, value: unknown): string {
  const type = Object.hasOwn(registeredParameters, name)
    ? registeredParameters[name as keyof SignatureParameters]
    : undefined
  // An Integer has at most 15 digits (RFC 9651 3.3.1).
  if (type === 'integer' && Number.isInteger(value) && (value as number) >= 0 && (value as number) < 1e15)
    return `${value}`
  // A quotation mark or backslash would have to be escaped, which other libraries do wrongly.
  if (type === 'string' && typeof value === 'string' && /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/.test(value))
    return `"${value}"`
  const needed =
    type === 'integer' ? 'whole Unix seconds' : 'printable ASCII text, without quotation mark and backslash'
  throw new TypeError(type === undefined ? `there is no signature parameter "${name}"` : `${name} must be ${needed}`)
}
