/**
 * The serialization of RFC 9651 section 4.1, as far as a signature input needs it: Strings, Integers and Booleans
 * in an Inner List with parameters.
 *
 * @typedef {readonly [name: string, value: string | number | boolean]} Parameter
 * @typedef {{ readonly name: string, readonly parameters?: readonly Parameter[] }} Component
 */

/**
 * The value of Signature-Input for one label, and of `@signature-params` (RFC 9421 2.3).
 *
 * @param {readonly Component[]} components
 * @param {readonly Parameter[]} parameters
 */
export function serializeInput(components, parameters) {
  return `(${components.map(serializeIdentifier).join(' ')})${serializeParameters(parameters)}`
}

/**
 * A component identifier as it begins a line of the base (RFC 9421 2.5).
 *
 * @param {Component} component
 */
export function serializeIdentifier({ name, parameters = [] }) {
  return serializeString(name) + serializeParameters(parameters)
}

/** @param {readonly Parameter[]} parameters */
function serializeParameters(parameters) {
  return parameters
    .map(([name, value]) => (value === true ? `;${name}` : `;${name}=${serializeBareItem(value)}`))
    .join('')
}

/** @param {string | number | boolean} value */
function serializeBareItem(value) {
  if (typeof value === 'string') return serializeString(value)
  if (value === false) return '?0'
  if (Number.isSafeInteger(value)) return String(value)
  throw new Error(`no bare item of the vectors: ${value}`)
}

/** RFC 9651 4.1.6. */
function serializeString(text) {
  if (/[^ -~]/.test(text)) throw new Error(`no String of RFC 9651: ${JSON.stringify(text)}`)
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`
}

/**
 * Reads a component identifier that an author wrote down, so that a line of a base names its component by itself.
 *
 * @param {string} text `"content-digest";req;key="sha-256"`, which anything may follow
 * @returns {Component}
 */
export function readIdentifier(text) {
  const name = /^"((?:[^"\\]|\\.)*)"/.exec(text)
  if (name === null) throw new Error(`no component identifier: ${text}`)
  const found = text
    .slice(name[0].length)
    .matchAll(/;([a-z*][a-z0-9_.*-]*)(?:=("(?:[^"\\]|\\.)*"|\?[01]|-?\d+))?|(.)/gs)
  const parameters = []
  for (const [, key, value, other] of found) {
    if (other !== undefined) break
    parameters.push([key, readBareItem(value)])
  }
  return { name: unescaped(name[1]), ...(parameters.length > 0 && { parameters }) }
}

/** @param {string | undefined} text */
function readBareItem(text) {
  if (text === undefined || text === '?1') return true
  if (text === '?0') return false
  return text.startsWith('"') ? unescaped(text.slice(1, -1)) : Number(text)
}

function unescaped(text) {
  return text.replaceAll(/\\(.)/g, '$1')
}
