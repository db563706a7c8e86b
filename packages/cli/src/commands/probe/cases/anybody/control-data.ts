import type { RawRequest } from '../../../../messages/raw-message.ts'
import { addedField, otherText, withField, withoutFields, withTarget } from '../../signing/edits.ts'
import { needs, owasp, type ProbeCase, signatureUnchecked } from '../case.ts'
import { alterations, distractions } from '../plays.ts'

/** An alteration of the request line or of what stands for it. */
function alteration(
  row: Pick<ProbeCase, 'id' | 'title' | 'attacks' | 'needs' | 'play'> & Partial<Pick<ProbeCase, 'phase' | 'follows'>>,
  advice: string,
): ProbeCase {
  return { level: 'P', severity: 'high', owasp: owasp.authentication, advice, ...row }
}

const coverPath = 'Cover @path as it stands on the request line, and route by those very bytes.'
const coverQuery = 'Cover @query as it stands on the request line.'
const ignoreOverrides =
  'Act on what was signed alone: a field that replaces method, host or path must be covered, or ignored.'

/** Method, path and query of a request changed. */
export const controlDataCases: readonly ProbeCase[] = [
  alteration(
    {
      id: 'method-altered',
      follows: signatureUnchecked,
      title: 'Another method',
      attacks: [34],
      needs: [needs.signature],
      play: alterations([['another method', otherMethod]]),
    },
    'Cover @method.',
  ),
  alteration(
    {
      id: 'get-head-swapped',
      follows: signatureUnchecked,
      title: 'GET and HEAD swapped',
      attacks: [35],
      needs: [needs.signature, needs.reading],
      play: alterations([
        ['GET and HEAD swapped', (request) => ({ ...request, method: request.method === 'GET' ? 'HEAD' : 'GET' })],
      ]),
    },
    'Cover @method.',
  ),
  alteration(
    {
      id: 'path-altered',
      follows: signatureUnchecked,
      title: 'Another path',
      attacks: [36],
      needs: [needs.signature],
      play: alterations([
        ['another last segment', (request) => onPath(request, otherText)],
        ['a letter in the other case', (request) => onPath(request, otherCase)],
        [
          'a slash at the end',
          (request) => onPath(request, (path) => (path.endsWith('/') ? path.replace(/\/+$/, '') || '/x' : `${path}/`)),
        ],
      ]),
    },
    coverPath,
  ),
  alteration(
    {
      id: 'query-altered',
      follows: signatureUnchecked,
      title: 'Another query',
      attacks: [37],
      needs: [needs.signature],
      play: alterations([
        ['a parameter added', (request) => onQuery(request, (query) => [...query, 'probe=1'])],
        [
          'a value changed',
          (request) => onQuery(request, (query) => query.map((part, index) => (index === 0 ? otherText(part) : part))),
        ],
        ['the last parameter removed', (request) => onQuery(request, (query) => query.slice(0, -1))],
      ]),
    },
    coverQuery,
  ),
  alteration(
    {
      id: 'query-reordered',
      follows: ['query-altered', ...signatureUnchecked],
      title: 'The query in another order',
      attacks: [38],
      needs: [needs.signature, needs.severalParameters],
      play: alterations([['parameters in reverse', (request) => onQuery(request, (query) => [...query].reverse())]]),
    },
    coverQuery,
  ),
  alteration(
    {
      id: 'query-duplicated',
      follows: ['query-altered', ...signatureUnchecked],
      title: 'A parameter twice',
      attacks: [39],
      needs: [needs.signature, needs.query],
      play: alterations([
        ['a second value behind it', (request) => onQuery(request, (query) => [...query, otherText(query[0] ?? '')])],
        ['a second value before it', (request) => onQuery(request, (query) => [otherText(query[0] ?? ''), ...query])],
      ]),
    },
    coverQuery,
  ),
  alteration(
    {
      id: 'target-rewritten',
      follows: ['path-altered', ...signatureUnchecked],
      title: 'Other forms of the target',
      attacks: [60],
      needs: [needs.signature],
      play: alterations([
        ['//other.example before the path', (request) => onPath(request, (path) => `//other.example${path}`)],
        ['absolute form of another host', (request) => onPath(request, (path) => `http://other.example${path}`)],
        ['/x/.. before the path', (request) => onPath(request, (path) => `/x/..${path}`)],
        ['/x/%2e%2e before the path', (request) => onPath(request, (path) => `/x/%2e%2e${path}`)],
        ['/.\\ before the path', (request) => onPath(request, (path) => `/.\\${path}`)],
      ]),
    },
    coverPath,
  ),
  alteration(
    {
      id: 'path-encodings',
      follows: ['path-altered', ...signatureUnchecked],
      title: 'The path, encoded differently',
      attacks: [61],
      needs: [needs.signature],
      play: alterations([
        ['a letter as %XX', (request) => onPath(request, (path) => encodedLetter(path, true))],
        ['a letter as %xx', (request) => onPath(request, (path) => encodedLetter(path, false))],
        ['%2F for a slash', (request) => onPath(request, (path) => `/%2F${path.slice(1)}`)],
        [';x behind the path', (request) => onPath(request, (path) => `${path};x`)],
        ['a slash doubled', (request) => onPath(request, (path) => `/${path}`)],
      ]),
    },
    coverPath,
  ),
  alteration(
    {
      id: 'odd-targets',
      follows: ['path-altered', ...signatureUnchecked],
      title: 'Targets that no client sends',
      attacks: [62],
      needs: [needs.signature],
      play: alterations([
        ['a fragment', (request) => withTarget(request, `${request.target}#fragment`)],
        ['an asterisk', (request) => withTarget(request, '*')],
      ]),
    },
    'Refuse request targets with a fragment, and * for anything but OPTIONS (RFC 9112 3.2).',
  ),
  alteration(
    {
      id: 'method-override',
      follows: ['replay'],
      title: 'A field that asks for another method',
      attacks: [54],
      needs: [needs.signature],
      phase: 'replayed',
      play: distractions([
        ['X-HTTP-Method-Override: DELETE', (request) => addedField(request, 'X-HTTP-Method-Override', 'DELETE')],
        ['X-HTTP-Method: DELETE', (request) => addedField(request, 'X-HTTP-Method', 'DELETE')],
        ['X-Method-Override: DELETE', (request) => addedField(request, 'X-Method-Override', 'DELETE')],
      ]),
    },
    ignoreOverrides,
  ),
  alteration(
    {
      id: 'forwarded-spoofed',
      follows: ['replay'],
      title: 'Fields of a proxy, made up',
      attacks: [55],
      needs: [needs.signature],
      phase: 'replayed',
      play: distractions([
        ['X-Forwarded-Host: other.example', (request) => addedField(request, 'X-Forwarded-Host', 'other.example')],
        ['X-Forwarded-Proto: https', (request) => addedField(request, 'X-Forwarded-Proto', 'https')],
        [
          'Forwarded: host=other.example',
          (request) => addedField(request, 'Forwarded', 'host=other.example;proto=https'),
        ],
      ]),
    },
    ignoreOverrides,
  ),
  alteration(
    {
      id: 'original-url',
      follows: ['replay'],
      title: 'A field that asks for another path',
      attacks: [56],
      needs: [needs.signature],
      phase: 'replayed',
      play: distractions([
        ['X-Original-URL: /admin', (request) => addedField(request, 'X-Original-URL', '/countersign-probe')],
        ['X-Rewrite-URL: /admin', (request) => addedField(request, 'X-Rewrite-URL', '/countersign-probe')],
      ]),
    },
    ignoreOverrides,
  ),
  alteration(
    {
      id: 'unsigned-by-a-field',
      follows: ['unsigned'],
      title: 'A field that is said to switch checks off',
      attacks: [57],
      needs: [needs.standard],
      play: alterations([
        [
          'unsigned, with x-middleware-subrequest',
          (request) =>
            withField(
              withoutFields(request, 'Signature', 'Signature-Input'),
              'x-middleware-subrequest',
              'middleware:middleware:middleware:middleware:middleware',
            ),
        ],
      ]),
    },
    'No field that a client can send may lead around verification.',
  ),
]

function otherMethod(request: RawRequest): RawRequest {
  const swapped: Readonly<Record<string, string>> = { POST: 'PUT', PUT: 'POST', PATCH: 'PUT', DELETE: 'POST' }
  return { ...request, method: swapped[request.method] ?? 'POST' }
}

function onPath(request: RawRequest, edit: (path: string) => string): RawRequest {
  const [path = '/', query = ''] = request.target.split(/(?=\?)/s, 2)
  const edited = edit(path)
  return edited === path ? request : withTarget(request, edited + query)
}

function onQuery(request: RawRequest, edit: (query: readonly string[]) => readonly string[]): RawRequest {
  const [path = '/', query] = request.target.split(/\?(.*)/s, 2)
  const parts = query === undefined || query === '' ? [] : query.split('&')
  const edited = edit(parts)
  if (edited.join('&') === parts.join('&')) return request
  return withTarget(request, edited.length === 0 ? path : `${path}?${edited.join('&')}`)
}

/** The last letter of a path in the other case. */
function otherCase(path: string): string {
  return path.replace(/[A-Za-z](?=[^A-Za-z]*$)/, (letter) =>
    letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase(),
  )
}

/** The last letter of a path, percent-encoded. */
function encodedLetter(path: string, upperCase: boolean): string {
  return path.replace(/[j-oz](?=[^j-oz]*$)|[A-Za-z](?=[^A-Za-z]*$)/, (letter) => {
    const hex = letter.charCodeAt(0).toString(16)
    return `%${upperCase ? hex.toUpperCase() : hex.toLowerCase()}`
  })
}
