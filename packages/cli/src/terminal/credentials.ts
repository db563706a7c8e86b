/** Fields whose value proves who somebody is, by the words in their names. */
const credentialName = /authorization|cookie|api-?key|token|secret|passw(?:or)?d/i

/** Where the value of a line begins: behind its name, and the parameters of a component. */
const lineStart = /^"?([!#$%&'*+\-.^_`|~0-9A-Za-z]+)"?(?:;.*?)?: (?=.)/

/** Whether a field is there to prove who somebody is. */
export function isCredentialField(name: string): boolean {
  return credentialName.test(name)
}

/** A header or a signature base, without what must not stand in tickets and logs: only its length is told. */
export function withoutCredentials(text: string): string {
  return text.split('\n').map(shownLine).join('\n')
}

function shownLine(line: string): string {
  const [start = '', name = ''] = lineStart.exec(line) ?? []
  return isCredentialField(name) ? start + hidden(line.slice(start.length)) : line
}

/** The value of a line that may be a credential, fit to be shown. */
export function shownValue(identifier: string, value: string): string {
  return withoutCredentials(`${identifier}: ${value}`).slice(identifier.length + 2)
}

/** Field lines, fit to be shown. */
export function shownFields<Line extends readonly [string, string]>(
  lines: readonly Line[],
): readonly [string, string][] {
  return lines.map(([name, value]) => [name, shownValue(name, value)])
}

/** Whether a text is what is shown instead of a value of this length. */
export function isShownInstead(text: string, value: string): boolean {
  return text === hidden(value)
}

function hidden(value: string): string {
  return `(${value.length} characters, not shown)`
}
