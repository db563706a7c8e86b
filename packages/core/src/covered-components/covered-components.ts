import { SignatureError } from '../errors.ts'
import type { ComponentIdentifier } from '../message/component.ts'

/** A list of covered components (RFC 9421 section 2), checked, and what is asked of it again and again. */
export interface CoveredComponents {
  /** In the order of the signature base. */
  readonly components: readonly ComponentIdentifier[]
  /** Serialized as an Inner List without parameters: `("@method" "content-digest";req)`. */
  readonly text: string
  /** Whether a component is among them, by its text with sorted parameters: `"content-digest";req`. */
  readonly covers: (sortedText: string) => boolean
}

/**
 * Puts a list of components together.
 *
 * @throws SignatureError `duplicate_component`: each identifier may occur once, whatever the order of its parameters
 * (RFC 9421 section 2).
 */
export function coveredComponents(components: readonly ComponentIdentifier[]): CoveredComponents {
  const seen = new Set<string>()
  for (const identifier of components) {
    if (seen.has(identifier.sortedText)) throw new SignatureError('duplicate_component', identifier.text)
    seen.add(identifier.sortedText)
  }
  const text = `(${components.map((identifier) => identifier.text).join(' ')})`
  return { components: Object.freeze([...components]), text, covers: (sortedText) => seen.has(sortedText) }
}
