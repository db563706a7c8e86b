import { SignatureError } from './errors.ts'
import { type ComponentIdentifier, component, equalityText, toComponentIdentifier } from './message/component.ts'
import { serializeInnerList } from './structured-fields/serialize.ts'
import type { BareItem, InnerList, Item, Parameters } from './structured-fields/types.ts'

/**
 * The metadata of a signature (RFC 9421 2.3), by the names that they have on the wire. When signing,
 * they are written in the order in which the object lists them.
 */
export interface SignatureParameters {
  /** Unix seconds. */
  readonly created?: number
  /** Unix seconds. */
  readonly expires?: number
  readonly nonce?: string
  readonly alg?: string
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
  const identifiers = Array.from(components, (entry) => (typeof entry === 'string' ? component(entry) : entry))
  refuseDuplicates(identifiers)
  const items = identifiers.map(
    ({ name, parameters }): Item => ({ value: { type: 'string', value: name }, parameters }),
  )
  const text = serializeInnerList({ items, parameters: toBareItems(parameters) })
  return { components: identifiers, parameters: { ...parameters }, text }
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
    const text = equalityText(identifier)
    if (seen.has(text)) throw new SignatureError('duplicate_component', identifier.text)
    seen.add(text)
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

function toBareItems(parameters: SignatureParameters): Parameters {
  const items = new Map<string, BareItem>()
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) items.set(name, toBareItem(name, value))
  }
  return items
}

function toBareItem(name: string, value: unknown): BareItem {
  const type = Object.hasOwn(registeredParameters, name)
    ? registeredParameters[name as keyof SignatureParameters]
    : undefined
  if (type === 'integer' && Number.isSafeInteger(value) && (value as number) >= 0)
    return { type, value: value as number }
  // A quotation mark or backslash would have to be escaped, which other libraries do wrongly.
  if (type === 'string' && typeof value === 'string' && /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/.test(value))
    return { type, value }
  const needed =
    type === 'integer' ? 'whole Unix seconds' : 'printable ASCII text, without quotation mark and backslash'
  throw new TypeError(type === undefined ? `there is no signature parameter "${name}"` : `${name} must be ${needed}`)
}
