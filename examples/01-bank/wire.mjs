import { terminalColumns, wrap } from './terminal.mjs'

/**
 * Shows a request as it goes over the wire. Fields that every client adds (accept, user-agent, ...) are left out.
 *
 * @param {import('./captured-request.mjs').CapturedRequest} captured
 * @param {import('./terminal.mjs').Painter} paint
 * @returns {string[]}
 */
export function requestLines({ method, url, headers, body }, paint) {
  const { host, pathname, search } = new URL(url)
  return quote(
    [
      ...colour(`${method} ${pathname}${search} HTTP/1.1`, /^\S+/, paint),
      ...Object.entries({ host, ...headers }).flatMap(([name, value]) => fieldLines(name, value, paint)),
      '',
      ...wrap(new TextDecoder().decode(body), quotedColumns),
    ],
    paint,
  )
}

/**
 * Shows some header fields of a request.
 *
 * @param {import('./captured-request.mjs').CapturedRequest} captured
 * @param {readonly string[]} names
 * @param {import('./terminal.mjs').Painter} paint
 * @returns {string[]}
 */
export function fieldsOf({ headers }, names, paint) {
  const lines = names.flatMap((name) => fieldLines(name, headers[name] ?? '', paint))
  return quote(lines, paint)
}

/**
 * Shows a signature base (RFC 9421 2.5): one line for each covered component, and the parameters last.
 *
 * @param {string} base
 * @param {import('./terminal.mjs').Painter} paint
 * @returns {string[]}
 */
export function baseLines(base, paint) {
  const lines = base.split('\n').flatMap((line) => colour(line, /^"[^"]+"/, paint))
  return quote(lines, paint)
}

/** The room beside the bar that marks quoted text. */
const quotedColumns = terminalColumns - 2

function fieldLines(name, value, paint) {
  return colour(`${name}: ${value}`, /^[^:]+/, paint)
}

/** Wraps before it colours: escape sequences take no room. What continues a line is indented. */
function colour(line, name, paint) {
  const [first = '', ...rest] = wrap(line, quotedColumns - 2)
  return [first.replace(name, (text) => paint('cyan', text)), ...rest.map((text) => `  ${text}`)]
}

function quote(lines, paint) {
  return lines.map((line) => `${paint('dim', '│')} ${line}`.trimEnd())
}
