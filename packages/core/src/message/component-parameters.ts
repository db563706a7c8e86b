import { SignatureError } from '../errors.ts'
import { noParameters } from '../structured-fields/parse.ts'
import { serializeItem } from '../structured-fields/serialize.ts'
import type { BareItem, Item, Parameters } from '../structured-fields/types.ts'
import { type ComponentIdentifier, type ComponentReader, checkComponentName, plainComponent } from './component.ts'
import { derivedReader } from './derived.ts'
import { combinedField } from './fields.ts'
import type { Message } from './message.ts'
import { queryParameter } from './query-parameters.ts'
import { dictionaryMember, requireDictionary, strictField, wrappedField } from './structured-field-value.ts'

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
export function toComponentIdentifier({ value, parameters }: Item): ComponentIdentifier {
  if (value.type !== 'string') throw invalid('a component name must be a String')
  const name = value.value
  if (parameters.size === 0) return plainComponent(name)
  if (name !== '@query-param') checkComponentName(name)
  checkParameters(name, parameters)
  return Object.freeze({
    name,
    parameters,
    text: serializeItem({ value, parameters }),
    sortedText: serializeItem({ value, parameters: sorted(parameters) }),
    valueIn: readerOf(name, parameters),
  })
}

/** Beside `key`, `sf` says nothing: a member is covered once, with or without it (RFC 9421 2.1.2). */
function sorted(parameters: Parameters): Parameters {
  const entries = [...parameters].filter(([key]) => key !== 'sf' || !parameters.has('key'))
  return new Map(entries.sort(([left], [right]) => (left < right ? -1 : 1)))
}

function checkParameters(name: string, parameters: Parameters): void {
  for (const [key, value] of parameters) {
    const registered = Object.hasOwn(registeredParameters, key) ? registeredParameters[key] : undefined
    if (registered === undefined) throw invalid('unknown parameter')
    const fits =
      registered.on === 'any' || registered.on === name || (registered.on === 'field' && !name.startsWith('@'))
    if (!fits) throw invalid(`the parameter ${key} does not apply to this component`)
    if (value.type !== registered.type || value.value === false) throw invalid(`the parameter ${key} has a wrong value`)
    if (/[^ -~]/.test(String(value.value))) throw invalid(`the parameter ${key} must be printable ASCII`)
  }
  if (parameters.has('bs') && (parameters.has('sf') || parameters.has('key'))) {
    throw invalid('the parameter bs does not go with sf or key')
  }
  if (name === '@query-param' && !parameters.has('name')) throw invalid('"@query-param" needs the parameter name')
}

/** The reader of a component in the message that it is taken from: with `req`, the request that was answered (2.4). */
function readerOf(name: string, parameters: Parameters): ComponentReader {
  const read = name.startsWith('@') ? requestReader(name, parameters) : fieldReader(name, parameters)
  return parameters.has('req') ? (message, fieldTypes) => read(answeredRequest(message), fieldTypes) : read
}

function requestReader(name: string, parameters: Parameters): ComponentReader {
  const parameter = parameters.get('name')
  if (parameter === undefined) return derivedReader(name)
  return (message) => queryParameter(message, String(parameter.value))
}

function fieldReader(name: string, parameters: Parameters): ComponentReader {
  const section = parameters.has('tr') ? 'trailers' : 'headers'
  const key = parameters.get('key')
  if (parameters.has('bs')) return (message) => wrappedField(message[section], name)
  if (key !== undefined) {
    const member = String(key.value)
    return (message, fieldTypes) => {
      requireDictionary(name, fieldTypes)
      return dictionaryMember(combinedField(message[section], name), member)
    }
  }
  if (!parameters.has('sf')) return (message) => combinedField(message[section], name)
  return (message, fieldTypes) => strictField(combinedField(message[section], name), name, fieldTypes)
}

function answeredRequest(message: Message): Message {
  if (message.kind === 'request') throw invalid('req has no place in the signature of a request')
  if (message.request !== undefined) return message.request
  throw new SignatureError('missing_component', 'the request of this response is not at hand')
}

function invalid(detail: string): SignatureError {
  return new SignatureError('invalid_component', detail)
}
