/**
 * The value of a plain component of a message that is canonical as it stands. Whatever would need a rule of
 * RFC 9421 2.1 or 2.2 beyond "take the text" is refused: a vector about such a rule states its lines itself.
 *
 * @param {{ request: object, response?: object }} message
 * @param {import('./structured-fields.mjs').Component} component
 * @returns {string}
 */
export function componentValue(message, { name, parameters = [] }) {
  const fromRequest = parameters.length === 1 && parameters[0][0] === 'req' && message.response !== undefined
  if (parameters.length > 0 && !fromRequest) throw new Error(`write the line of ${name} down: it has parameters`)
  const target = fromRequest || message.response === undefined ? message.request : message.response
  return name.startsWith('@') ? derivedValue(target, name) : fieldValue(target, name)
}

const derived = {
  '@method': ({ method }) => method,
  '@authority': (request) => parts(request).authority,
  '@scheme': (request) => parts(request).scheme,
  '@path': (request) => parts(request).path,
  '@query': (request) => parts(request).query || '?',
  '@target-uri': ({ url }) => url,
  '@status': ({ status }) => String(status),
}

function derivedValue(target, name) {
  const value = derived[name]?.(target)
  if (value === undefined) throw new Error(`write the line of ${name} down`)
  return value
}

/** The parts of a URL with nothing to normalize: lower case, no port that is the default, a path. */
function parts({ url, requestTarget }) {
  const found = /^(https?):\/\/([a-z0-9.-]+(?::\d+)?)(\/[^?#]*)(\?[^#]*)?$/.exec(url)
  if (found === null || requestTarget !== undefined) throw new Error(`write the lines of ${url} down`)
  const [, scheme, authority, path, query] = found
  return { scheme, authority, path, query }
}

function fieldValue({ headers }, name) {
  const values = headers.filter(([field]) => field.toLowerCase() === name).map(([, value]) => value)
  if (values.length === 1 && values[0] === values[0].trim()) return values[0]
  throw new Error(`write the line of ${name} down: it occurs ${values.length} times, or has white space`)
}
