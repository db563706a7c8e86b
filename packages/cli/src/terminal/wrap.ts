/**
 * Breaks text into lines, at spaces where there are any.
 *
 * @param text without control characters; its line breaks stay.
 * @param columns of a line, the indent included.
 * @param indent goes before each line but the first.
 */
export function wrap(text: string, columns: number, indent = ''): string {
  return text
    .split('\n')
    .map((paragraph) => wrapParagraph(paragraph, Math.max(columns, indent.length + 20), indent))
    .join(`\n${indent}`)
}

function wrapParagraph(text: string, columns: number, indent: string): string {
  const width = columns - indent.length
  const lines: string[] = []
  let rest = text
  while (rest.length > width) {
    const space = rest.lastIndexOf(' ', width)
    const end = space > width / 3 ? space : width
    lines.push(rest.slice(0, end).trimEnd())
    rest = rest.slice(end).trimStart()
  }
  return [...lines, rest].join(`\n${indent}`)
}

/** How wide text is that is read line by line: longer lines are not easier to read. */
export function readingColumns({ columns }: { readonly columns: number }): number {
  return Math.min(columns, 100)
}
