const styles = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 }

/** What fits into a terminal of the usual size. */
export const terminalColumns = 80

/** @typedef {(style: keyof typeof styles, text: string) => string} Painter */

/**
 * Gives a function that colours text, or leaves it alone where nobody would see colour.
 *
 * @param {{ isTTY?: boolean }} stream where the text will be written
 * @param {Record<string, string | undefined>} environment FORCE_COLOR wins over NO_COLOR, as in Node
 * @returns {Painter}
 */
export function createPainter(stream, environment) {
  if (!wantsColour(stream, environment)) return (_style, text) => text
  return (style, text) => `\u001b[${styles[style]}m${text}\u001b[0m`
}

function wantsColour(stream, { FORCE_COLOR: force, NO_COLOR: no }) {
  if (force !== undefined) return force !== '0' && force !== 'false'
  return stream.isTTY === true && !no
}

/**
 * Breaks text into lines at spaces, after semicolons, and where there are none, anywhere.
 *
 * @param {string} text without control characters
 * @param {number} width in columns
 * @returns {string[]}
 */
export function wrap(text, width) {
  const lines = []
  let rest = text
  while (rest.length > width) {
    const space = rest.lastIndexOf(' ', width)
    const semicolon = rest.lastIndexOf(';', width - 1) + 1
    const end = Math.max(space, semicolon) > width / 3 ? Math.max(space, semicolon) : width
    lines.push(rest.slice(0, end).trimEnd())
    rest = rest.slice(end).trimStart()
  }
  return [...lines, rest]
}

/**
 * @typedef {object} Column
 * @property {string} title
 * @property {boolean} [right] aligned to the right
 * @property {(text: string) => string} [paint]
 *
 * @typedef {readonly (readonly string[])[]} Row one list of lines for each column
 */

/**
 * Draws a table whose cells may have several lines, with a rule between groups of rows.
 *
 * @param {readonly Column[]} columns
 * @param {readonly (readonly Row[])[]} groups
 * @param {Painter} paint
 * @returns {string[]}
 */
export function tableLines(columns, groups, paint) {
  const widths = columns.map(({ title }, index) => {
    return Math.max(title.length, ...groups.flat().flatMap((row) => row[index].map((line) => line.length)))
  })
  const draw = (texts, paintCell) => {
    const cells = texts.map((text, index) => {
      const padding = ' '.repeat(widths[index] - text.length)
      const painted = text === '' ? '' : paintCell(text, columns[index])
      return columns[index].right ? padding + painted : painted + padding
    })
    return cells.join('  ').trimEnd()
  }
  const rule = paint('dim', widths.map((width) => '─'.repeat(width)).join('──'))
  const rowLines = (row) => {
    const height = Math.max(...row.map((cell) => cell.length))
    return Array.from({ length: height }, (_line, index) => {
      const texts = row.map((cell) => cell[index] ?? '')
      return draw(texts, (text, column) => column.paint?.(text) ?? text)
    })
  }
  const titles = columns.map(({ title }) => title)
  return [draw(titles, (text) => paint('bold', text)), ...groups.flatMap((rows) => [rule, ...rows.flatMap(rowLines)])]
}
