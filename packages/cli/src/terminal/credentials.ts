/** Lines of a header or of a signature base whose value proves who somebody is. */
const credentialLine = /^("?(?:authorization|proxy-authorization|cookie)"?(?:;[^\n]*?)?: )(.+)$/gim

/** A header or a signature base, without what must not stand in tickets and logs: only its length is told. */
export function withoutCredentials(lines: string): string {
  return lines.replace(credentialLine, (_line, name: string, value: string) => `${name}(${hidden(value)})`)
}

/** The value of a line that may be a credential, fit to be shown. */
export function shownValue(identifier: string, value: string): string {
  return withoutCredentials(`${identifier}: ${value}`).slice(identifier.length + 2)
}

function hidden(value: string): string {
  return `${value.length} characters, not shown`
}
