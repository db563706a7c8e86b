import { SignatureError } from '../errors.ts'
import { noParameters } from '../structured-fields/parse.ts'
import { serializeItem } from '../structured-fields/serialize.ts'
import type { BareItem, Item, Parameters } from '../structured-fields/types.ts'
import { derivedComponents } from './derived.ts'

/** A component name with its parameters (RFC 9421 section 2). */
export interface ComponentIdentifier {
  /** A lower-case field name, or a derived component name that starts with `@`. */
  readonly name: string
  /** In the order in which they are written, which the signature base preserves. */
  readonly parameters: Parameters
  /** As it stands in the signature base: `"content-digest";req`. */
  readonly text: string
}

/** The component parameters of RFC 9421 section 6.5.2. */
export interface ComponentParameters {
  /** Strict serialization of a structured field (2.1.1). */
  readonly sf?: true
  /** One member of a Dictionary field (2.1.2). */
  readonly key?: string
  /** Each field line wrapped as a Byte Sequence (2.1.3). */
  readonly bs?: true
  /** From the trailers (2.1.4). */
  readonly tr?: true
  /** From the request that a response answers (2.4). */
  readonly req?: true
  /** Of `@query-param`: the percent-encoded name of the parameter (2.2.8). */
  readonly name?: string
}

/** Which value each registered parameter has, and what it can be attached to. */
const registeredParameters: Readonly<Record<string, { type: BareItem['type']; on: 'field' | 'any' | '@query-param' }>> =
  {
    sf: { type: 'boolean', on: 'field' },
    key: { type: 'string', on: 'field' },
    bs: { type: 'boolean', on: 'field' },
    tr: { type: 'boolean', on: 'field' },
    req: { type: 'boolean', on: 'any' },
    name: { type: 'string', on: '@query-param' },
  }

/**
 * Names a component.
 *
 *     component('@method')
 *     component('example-dict', { key: 'a' })
 *     component('@query-param', { name: 'id' })
 *
 * @param parameters serialized in the order in which the object lists them.
 * @throws SignatureError `invalid_component`
 */
export function component(name: string, parameters: ComponentParameters = {}): ComponentIdentifier {
  const entries = Object.entries(parameters).map(([key, value]): [string, BareItem] => [
    key,
    typeof value === 'string' ? { type: 'string', value } : { type: 'boolean', value },
  ])
  return toComponentIdentifier({
    value: { type: 'string', value: name },
    parameters: entries.length === 0 ? noParameters : new Map(entries),
  })
}

/**
 * Reads one item of a covered-components list and checks that its name and parameters are known and
 * fit together (RFC 9421 2.5).
 *
 * @throws SignatureError `invalid_component`
 */
export function toComponentIdentifier(item: Item): ComponentIdentifier {
  if (item.value.type !== 'string') throw invalid('a component name must be a String')
  const name = item.value.value
  checkName(name)
  if (item.parameters.size > 0) checkParameters(name, item.parameters)
  if (name === '@query-param' && !item.parameters.has('name')) throw invalid('"@query-param" needs the parameter name')
  return { name, parameters: item.parameters, text: serializeItem(item) }
}

/**
 * A text that is equal for equal component identifiers: the order of parameters does not matter (RFC 9421 2).
 */
export function equalityText(identifier: ComponentIdentifier): string {
  if (identifier.parameters.size < 2) return identifier.text
  const parameters = new Map([...identifier.parameters].sort(([left], [right]) => (left < right ? -1 : 1)))
  return serializeItem({ value: { type: 'string', value: identifier.name }, parameters })
}

function checkName(name: string): void {
  if (name.startsWith('@')) {
    // Also refuses "@signature-params", which is never listed (RFC 9421 2.3).
    if (!Object.hasOwn(derivedComponents, name)) throw invalid(`unknown derived component ${name.slice(0, 64)}`)
  } else if (!/^[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(name)) {
    throw invalid('a component name must be a lower-case field name')
  }
}

function checkParameters(name: string, parameters: Parameters): void {
  for (const [key, value] of parameters) {
    const registered = Object.hasOwn(registeredParameters, key) ? registeredParameters[key] : undefined
    if (registered === undefined) throw invalid(`unknown parameter ${key.slice(0, 64)}`)
    const fits =
      registered.on === 'any' || registered.on === name || (registered.on === 'field' && !name.startsWith('@'))
    if (!fits) throw invalid(`the parameter ${key} does not apply to ${name.slice(0, 64)}`)
    if (value.type !== registered.type || value.value === false) throw invalid(`the parameter ${key} has a wrong value`)
  }
  if (parameters.has('bs') && (parameters.has('sf') || parameters.has('key'))) {
    throw invalid('the parameter bs does not go with sf or key')
  }
}

function invalid(detail: string): SignatureError {
  return new SignatureError('invalid_component', detail)
}
