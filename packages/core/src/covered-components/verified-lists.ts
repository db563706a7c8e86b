import { toComponentIdentifier } from '../message/component-parameters.ts'
import type { Item } from '../structured-fields/types.ts'
import { type CoveredComponents, coveredComponents } from './covered-components.ts'

/**
 * Clients cover the same components in each request, so a list that was read once is kept: its text is looked up
 * instead of parsed and checked.
 *
 * What is kept depends on the text alone, so a list means the same whether it is known or not. Only lists that a
 * signature verified over get in: who has no key can neither fill the table nor push anything out of it. Who has one
 * can make others as slow as they are without the table, and no slower.
 */
const verifiedLists = /* @__PURE__ */ new Map<string, CoveredComponents>()

/** How many lists are kept, and the longest in characters. Together they take well under a mebibyte. */
export const verifiedListLimits: { readonly lists: number; readonly length: number } = /* @__PURE__ */ Object.freeze({
  lists: 128,
  length: 1024,
})

/** What was found last. Often it is the next one too, and comparing takes less than looking up. */
let latest: CoveredComponents | undefined

/** The list at a place in Signature-Input, when it is known. It stands there as its `text`. */
export function knownListAt(text: string, start: number): CoveredComponents | undefined {
  // Slicing takes half the time of startsWith.
  if (latest !== undefined && text.slice(start, start + latest.text.length) === latest.text) return latest
  const known = verifiedLists.get(text.slice(start, text.indexOf(')', start) + 1))
  latest = known ?? latest
  return known
}

/**
 * The components that a received list names.
 *
 * @throws SignatureError `invalid_component` or `duplicate_component`
 */
export function receivedComponents(items: readonly Item[]): CoveredComponents {
  return coveredComponents(items.map(toComponentIdentifier))
}

/** Keeps a list that a signature verified over. When there is no room, the one that came first goes. */
export function keepVerifiedList(items: readonly Item[]): void {
  const { text } = receivedComponents(items)
  // The last: it is known, and was written otherwise than it is serialized, with two spaces for example.
  if (text.length > verifiedListLimits.length || !isFound(text) || verifiedLists.has(text)) return
  const [first] = verifiedLists.keys()
  if (first !== undefined && verifiedLists.size >= verifiedListLimits.lists) verifiedLists.delete(first)
  verifiedLists.set(text, receivedComponents(items.map(immutable)))
}

/** A parenthesis within a String would end the list too soon, so that it were never found. */
function isFound(text: string): boolean {
  return text.indexOf(')') === text.length - 1
}

/** All later messages share it. Freezing alone leaves the entries of a Map open to change. */
function immutable({ value, parameters }: Item): Item {
  const refuse = (): never => {
    throw new TypeError('these parameters are shared: make a new Map')
  }
  const own = new Map(Array.from(parameters, ([key, item]) => [key, Object.freeze(item)]))
  Object.defineProperties(own, { set: { value: refuse }, delete: { value: refuse }, clear: { value: refuse } })
  return Object.freeze({ value: Object.freeze(value), parameters: Object.freeze(own) })
}
