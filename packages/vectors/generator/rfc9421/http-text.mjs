/**
 * Reads an HTTP message as the RFC prints it: a start line, fields, an empty line and the content.
 *
 * @param {string} text wrapped as RFC 8792 says
 * @param {object} [answered] the request, where the text is a response
 */
export function readMessage(text, answered) {
  const [head, ...rest] = unwrap(text).split(/\n\n+/)
  const [start, ...lines] = head.split('\n')
  const headers = readFields(lines.join('\n'))
  const content = rest.join('\n\n')
  const body = content === '' ? {} : { body: Buffer.from(content).toString('base64') }
  if (start.startsWith('HTTP/1.1 '))
    return { request: answered, response: { status: Number(start.slice(9, 12)), headers, ...body } }
  const [method, target] = start.split(' ')
  const host = headers.find(([name]) => name === 'Host')[1]
  return { request: { method, url: `https://${host}${target}`, headers, ...body } }
}

/** @param {string} text fields, one a line when it is unwrapped */
export function readFields(text) {
  return unwrap(text)
    .split('\n')
    .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()])
}

/** RFC 8792 7.2.2. */
function unwrap(text) {
  return text.replaceAll(/\\\n\s*/g, '')
}
