/** The longest line of a list that stays on one line. */
const lineWidth = 120

/**
 * JSON as the formatter of this repository writes it, so that a file of vectors changes only where a vector does:
 * an object has a line for each member, a list of texts is on one line where it fits.
 *
 * @param {unknown} value
 */
export function jsonText(value) {
  return `${write(value, '', 0)}\n`
}

/**
 * @param {unknown} value
 * @param {string} indent of the line that the value begins on
 * @param {number} used characters of that line before and after the value, without the indent
 * @returns {string}
 */
function write(value, indent, used) {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  const inner = `${indent}  `
  if (Array.isArray(value)) {
    if (isShort(value)) {
      const line = `[${value.map((entry) => write(entry, '', 0)).join(', ')}]`
      if (indent.length + used + line.length <= lineWidth) return line
    }
    return block(
      '[]',
      value.map((entry, index) => write(entry, inner, index < value.length - 1 ? 1 : 0)),
      indent,
    )
  }
  const entries = Object.entries(value).filter(([, member]) => member !== undefined)
  const lines = entries.map(([name, member], index) => {
    const start = `${JSON.stringify(name)}: `
    return start + write(member, inner, start.length + (index < entries.length - 1 ? 1 : 0))
  })
  return block('{}', lines, indent)
}

function block([open, close], lines, indent) {
  if (lines.length === 0) return open + close
  return `${open}\n${lines.map((line) => `${indent}  ${line}`).join(',\n')}\n${indent}${close}`
}

/** Whether a list may be on one line: it holds no object that takes several. */
function isShort(list) {
  return !list.some(takesLines)
}

function takesLines(value) {
  if (value === null || typeof value !== 'object') return false
  return Array.isArray(value) ? !isShort(value) : Object.keys(value).length > 0
}
