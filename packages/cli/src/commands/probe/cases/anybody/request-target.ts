import { otherText, withTarget } from '../../signing/edits.ts'
import { encodedLetter, onPath, onQuery, otherCase, otherEnd, otherMethod } from '../../signing/target-edits.ts'
import { needs, owasp, type ProbeCase, signatureUnchecked } from '../case.ts'
import { type EditRow, routedAlterations } from '../plays.ts'

/** An alteration of the request line or of what stands for it. */
function alteration(
  row: Pick<ProbeCase, 'id' | 'title' | 'attacks' | 'needs' | 'play'> &
    Partial<Pick<ProbeCase, 'severity' | 'follows'>>,
  advice: string,
): ProbeCase {
  return { level: 'P', severity: 'high', owasp: owasp.authentication, advice, ...row }
}

const coverPath = 'Cover @path as it stands on the request line, and route by those very bytes.'
const coverQuery = 'Cover @query as it stands on the request line.'

/** Targets that no parser of URLs takes for the one that was signed, and many a server does. */
export const rewrittenTargets: readonly EditRow[] = [
  ['//other.example before the path', (request) => onPath(request, (path) => `//other.example${path}`)],
  ['/x/..; before the path', (request) => onPath(request, (path) => `/x/..;${path}`)],
  ['/x/..%2F before the path', (request) => onPath(request, (path) => `/x/..%2F${path.slice(1)}`)],
]

/** Method, path and query of a request changed. */
export const requestTargetCases: readonly ProbeCase[] = [
  alteration(
    {
      id: 'method-altered',
      follows: signatureUnchecked,
      title: 'Another method',
      attacks: [34],
      needs: [needs.signature],
      play: routedAlterations([['another method', otherMethod]]),
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
      play: routedAlterations([
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
      play: routedAlterations([
        // First what a router may take for the same: without a key, whatever comes past the signature spends the request.
        ['a slash at the end', (request) => onPath(request, otherEnd)],
        ['a letter in the other case', (request) => onPath(request, otherCase)],
        ['.json behind the path', (request) => onPath(request, (path) => `${path}.json`)],
        ['another last segment', (request) => onPath(request, otherText)],
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
      play: routedAlterations([
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
      play: routedAlterations([
        ['parameters in reverse', (request) => onQuery(request, (query) => [...query].reverse())],
      ]),
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
      play: routedAlterations([
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
      play: routedAlterations(rewrittenTargets),
    },
    coverPath,
  ),
  alteration(
    {
      id: 'path-encodings',
      severity: 'medium',
      follows: ['path-altered', ...signatureUnchecked],
      title: 'The path, encoded differently',
      attacks: [61],
      needs: [needs.signature],
      play: routedAlterations([
        ['a letter as %XX', (request) => onPath(request, (path) => encodedLetter(path, true))],
        ['a letter as %xx', (request) => onPath(request, (path) => encodedLetter(path, false))],
        ['%2F for a slash', (request) => onPath(request, (path) => `/%2F${path.slice(1)}`)],
        [';x behind the path', (request) => onPath(request, (path) => `${path};x`)],
        ['a slash doubled', (request) => onPath(request, (path) => `/${path}`)],
      ]),
    },
    `${coverPath} Whoever decodes a letter takes %2F for a slash, too.`,
  ),
  alteration(
    {
      id: 'odd-targets',
      follows: ['path-altered', ...signatureUnchecked],
      title: 'Targets that no client sends',
      attacks: [62],
      needs: [needs.signature],
      play: routedAlterations([
        ['a fragment', (request) => withTarget(request, `${request.target}#fragment`)],
        ['an asterisk', (request) => withTarget(request, '*')],
      ]),
    },
    'Refuse request targets with a fragment, and * for anything but OPTIONS (RFC 9112 3.2).',
  ),
]
