import type { RawRequest } from '../../../messages/raw-message.ts'
import { withTarget } from './edits.ts'

/** Changes the path of a request target, and leaves its query alone. */
export function onPath(request: RawRequest, edit: (path: string) => string): RawRequest {
  const [path = '/', query = ''] = request.target.split(/(?=\?)/s, 2)
  const edited = edit(path)
  return edited === path ? request : withTarget(request, edited + query)
}

/** Changes the parameters of a query. */
export function onQuery(request: RawRequest, edit: (query: readonly string[]) => readonly string[]): RawRequest {
  const [path = '/', query] = request.target.split(/\?(.*)/s, 2)
  const parts = query === undefined || query === '' ? [] : query.split('&')
  const edited = edit(parts)
  if (edited.join('&') === parts.join('&')) return request
  return withTarget(request, edited.length === 0 ? path : `${path}?${edited.join('&')}`)
}

/** The same with another method that may have a body where this one has. */
export function otherMethod(request: RawRequest): RawRequest {
  const swapped: Readonly<Record<string, string>> = { POST: 'PUT', PUT: 'POST', PATCH: 'PUT', DELETE: 'POST' }
  return { ...request, method: swapped[request.method] ?? 'POST' }
}

/** The last letter of a path in the other case. */
export function otherCase(path: string): string {
  return path.replace(/[A-Za-z](?=[^A-Za-z]*$)/, (letter) =>
    letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase(),
  )
}

/** The last letter of a path, percent-encoded. */
export function encodedLetter(path: string, upperCase: boolean): string {
  return path.replace(/[j-oz](?=[^j-oz]*$)|[A-Za-z](?=[^A-Za-z]*$)/, (letter) => {
    const hex = letter.charCodeAt(0).toString(16)
    return `%${upperCase ? hex.toUpperCase() : hex.toLowerCase()}`
  })
}

/** A slash at the end of a path, or none where there is one. */
export function otherEnd(path: string): string {
  return path.endsWith('/') ? path.replace(/\/+$/, '') || '/x' : `${path}/`
}

/** The target in absolute form (RFC 9112 3.2.2), as a request to a proxy has it. */
export function inAbsoluteForm(request: RawRequest, authority?: string): RawRequest {
  const host = authority ?? request.headers.find(([name]) => name.toLowerCase() === 'host')?.[1] ?? ''
  return withTarget(request, `http://${host}${request.target}`)
}
