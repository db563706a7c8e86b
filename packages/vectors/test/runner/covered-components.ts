import { type ComponentIdentifier, type ComponentParameters, component } from '@countersign/core'
import { type BareItem, type InnerList, type Parameters, parseItem } from '@countersign/core/structured-fields'
import type { Vector, VectorComponent, VectorParameter } from './vector.ts'

/** The covered components and parameters of a vector, as a receiver has them before anything of it is checked. */
export function innerListOf({ components = [], parameters = [] }: Vector): InnerList {
  return {
    items: components.map((entry) => ({
      value: { type: 'string', value: entry.name },
      parameters: parametersOf(entry.parameters),
    })),
    parameters: parametersOf(parameters),
  }
}

/** The covered components of a vector, as a signer names them. */
export function identifiersOf({ components = [] }: Vector): readonly ComponentIdentifier[] {
  return components.map(({ name, parameters = [] }: VectorComponent) => {
    return component(name, Object.fromEntries(parameters) as ComponentParameters)
  })
}

/** Reads a serialized component identifier: `"content-digest";req`. */
export function readIdentifier(text: string): ComponentIdentifier {
  const { value, parameters } = parseItem(text)
  const entries = Array.from(parameters, ([name, item]) => [name, item.value] as const)
  return component(String(value.value), Object.fromEntries(entries) as ComponentParameters)
}

function parametersOf(parameters: readonly VectorParameter[] = []): Parameters {
  return new Map(parameters.map(([name, value]) => [name, bareItemOf(value)]))
}

function bareItemOf(value: string | number | boolean): BareItem {
  switch (typeof value) {
    case 'string':
      return { type: 'string', value }
    case 'number':
      return { type: 'integer', value }
    default:
      return { type: 'boolean', value }
  }
}
