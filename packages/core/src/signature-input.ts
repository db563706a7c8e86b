import { SignatureError } from './errors.ts'
import { type ComponentIdentifier, plainComponent } from './message/component.ts'
import { toComponentIdentifier } from './message/component-parameters.ts'
import { serializeInnerList } from './structured-fields/serialize.ts'
import type { InnerList, Parameters } from './structured-fields/types.ts'

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
  readonly parameters: SignatureParameters
  /** Serialized as an Inner List: the last line of the base, and the value of the label in Signature-Input. */
  readonly text: string
}

/** The HTTP Signature Metadata Parameters registry (RFC 9421 6.3.2). */
const registeredParameters: Readonly<Record<keyof SignatureParameters, 'integer' | 'string'>> = {
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
  const identifiers = Array.from(components, (entry) => (typeof entry === 'string' ? plainComponent(entry) : entry))
  refuseDuplicates(identifiers)
  const list = identifiers.map((identifier) => identifier.text).join(' ')
  return { components: identifiers, parameters: { ...parameters }, text: `(${list})${serialize(parameters)}` }
}

/**
 * Reads the input of a received signature. Unknown parameters are signed like the others, and otherwise ignored.
 *
 * @throws SignatureError `invalid_component`, `duplicate_component` or `malformed_parameter`
 */
export function readSignatureInput(innerList: InnerList): SignatureInput {
  const components = innerList.items.map(toComponentIdentifier)
  refuseDuplicates(components)
  return { components, parameters: readParameters(innerList.parameters), text: serializeInnerList(innerList) }
}

/** RFC 9421 section 2: each identifier once, whatever the order of its parameters. */
function refuseDuplicates(components: readonly ComponentIdentifier[]): void {
  const seen = new Set<string>()
  for (const identifier of components) {
    if (seen.has(identifier.sortedText)) throw new SignatureError('duplicate_component', identifier.text)
    seen.add(identifier.sortedText)
  }
}

function readParameters(parameters: Parameters): SignatureParameters {
  const read: Record<string, number | string> = {}
  for (const [name, type] of Object.entries(registeredParameters)) {
    const item = parameters.get(name)
    if (item === undefined) continue
    if (item.type !== type || (item.type === 'integer' && item.value < 0)) {
      throw new SignatureError('malformed_parameter', name)
    }
    read[name] = item.value as number | string
  }
  return read
}

/** RFC 9651 4.1.1.2. No text needs escaping: what would is refused. */
function serialize(parameters: SignatureParameters): string {
  return Object.entries(parameters)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `;${name}=${serializeValue(name, value)}`)
    .join('')
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
