import { componentValue } from './component-values.mjs'
import { serializeIdentifier, serializeInput } from './structured-fields.mjs'

/**
 * Puts a base together of lines that the author of a vector wrote down (RFC 9421 2.5). Nothing is canonicalized here:
 * the lines are the fact that the vector states. That each begins with its identifier is checked.
 *
 * @param {readonly string[]} lines without the line of `@signature-params`
 * @param {{ components: readonly import('./structured-fields.mjs').Component[], parameters: readonly import('./structured-fields.mjs').Parameter[] }} covered
 */
export function assembleBase(lines, { components, parameters }) {
  if (lines.length !== components.length) throw new Error(`${components.length} components, ${lines.length} lines`)
  for (const [index, component] of components.entries()) {
    const start = `${serializeIdentifier(component)}: `
    if (!lines[index].startsWith(start)) throw new Error(`the line ${lines[index]} does not begin with ${start}`)
  }
  const input = serializeInput(components, parameters)
  return { input, base: [...lines, `"@signature-params": ${input}`].join('\n') }
}

/**
 * The base of a message that is about something else than the value of a component. It knows plain components only, in
 * messages that need no canonicalization, and throws for all others.
 *
 * @param {{ request: object, response?: object }} message
 * @param {{ components: readonly import('./structured-fields.mjs').Component[], parameters: readonly import('./structured-fields.mjs').Parameter[] }} covered
 */
export function signatureBase(message, covered) {
  const lines = covered.components.map((component) => {
    return `${serializeIdentifier(component)}: ${componentValue(message, component)}`
  })
  return assembleBase(lines, covered)
}
