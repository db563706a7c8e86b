import { baseGroup } from '../base-group.mjs'

const key = 'test-shared-secret'

/** @typedef {readonly [id: string, comment: string, url: string, value: string, more?: object]} Row */

/**
 * One component of a URL, and its value.
 *
 * @param {string} name
 * @param {readonly Row[]} rows
 */
function entriesOf(name, rows) {
  return rows.map(([id, comment, url, value, more = {}]) => {
    return { id: `${name}-${id}`, comment, url, lines: [`"@${name}": ${value}`], ...more }
  })
}

const kept = { flags: ['NoNormalization'] }
const raw = { ...kept, requires: ['raw-target'] }

/** @type {readonly Row[]} */
const pathRows = [
  ['before-query', 'The path ends before the question mark.', 'https://www.example.com/path?param=value', '/path'],
  ['empty', 'An empty path is a single slash.', 'https://bank.example', '/', { flags: ['Normalization'] }],
  ['empty-before-query', 'So it is before a query.', 'https://bank.example?a=1', '/', { flags: ['Normalization'] }],
  ['before-empty-query', 'The path has no trailing question mark.', 'https://bank.example/a?', '/a', raw],
  ['before-fragment', 'A fragment is not sent.', 'https://bank.example/a#b', '/a'],
  ['trailing-slash', 'A slash at the end stays.', 'https://bank.example/a/', '/a/', kept],
  ['percent-encoding', 'Nothing is decoded.', 'https://bank.example/a%20b%2Fc', '/a%20b%2Fc', kept],
  ['hex-case', 'The case of percent-encoding stays.', 'https://bank.example/%2f%2F%c3%BC', '/%2f%2F%c3%BC', kept],
  ['unreserved', 'Not even what needs no encoding is decoded.', 'https://bank.example/%61%2D%7E', '/%61%2D%7E', kept],
  ['dot-segments', 'Dot segments are not resolved.', 'https://bank.example/x/../y/./z', '/x/../y/./z', raw],
  ['encoded-dots', 'Nor are encoded ones.', 'https://bank.example/x/%2e%2E/y', '/x/%2e%2E/y', raw],
  ['two-slashes', 'Slashes are not merged.', 'https://bank.example//a//b', '//a//b', kept],
  ['parameters', 'Parameters of a segment are part of the path.', 'https://bank.example/a;x=1/b;y', '/a;x=1/b;y', kept],
  [
    'sub-delimiters',
    'What RFC 3986 3.3 allows in a segment stays as it is.',
    "https://bank.example/-._~!$&'()*+,;=:@",
    "/-._~!$&'()*+,;=:@",
    kept,
  ],
  [
    'backslash',
    'A backslash is no slash. RFC 3986 does not allow it; where it is on the wire, it is covered as such.',
    'https://bank.example/a\\..\\b',
    '/a\\..\\b',
    { ...raw, level: 'policy' },
  ],
  ['null-character', 'An encoded NUL is three characters.', 'https://bank.example/a%00b', '/a%00b', kept],
]

const path = baseGroup({ id: 'path', comment: '@path: not decoded, not resolved.', key, rfc: ['RFC 9421 2.2.6'] }, [
  ...entriesOf('path', pathRows),
  {
    id: 'path-non-ascii',
    comment: 'A letter outside of ASCII must be percent-encoded before it is signed or sent.',
    url: 'https://bank.example/b\u00fccher',
    flags: ['ForbiddenCharacter'],
    requires: ['raw-target'],
    covered: ['"@path"'],
    error: 'malformed_message',
    also: ['malformed_component'],
  },
  {
    id: 'path-line-break',
    comment: 'A path with a line break would forge a line.',
    url: 'https://bank.example/a\n"@method": DELETE',
    flags: ['ForgedLine'],
    requires: ['raw-target'],
    covered: ['"@path"', '"@query"'],
    error: 'malformed_message',
    also: ['malformed_component'],
  },
])

/** @type {readonly Row[]} */
const queryRows = [
  [
    'as-sent',
    'The example of the RFC: with its question mark, and not decoded.',
    'https://www.example.com/path?param=value&foo=bar&baz=bat%2Dman',
    '?param=value&foo=bar&baz=bat%2Dman',
    kept,
  ],
  ['without-pairs', 'A query need not be a form.', 'https://www.example.com/path?queryString', '?queryString'],
  ['absent', 'No query is a question mark.', 'https://bank.example/a', '?'],
  ['empty', 'So is an empty one.', 'https://bank.example/a?', '?', { requires: ['raw-target'] }],
  ['plus', 'A plus sign stays one.', 'https://bank.example/a?b=c+d%20e', '?b=c+d%20e', kept],
  ['hex-case', 'The case of percent-encoding stays.', 'https://bank.example/a?b=%c3%BC%7e~', '?b=%c3%BC%7e~', kept],
  ['question-marks', 'Only the first question mark begins the query.', 'https://bank.example/a?b=?&?', '?b=?&?'],
  ['url-in-value', 'Slashes and colons stay.', 'https://bank.example/a?to=https://b/c', '?to=https://b/c', kept],
  ['order', 'Order and duplicates stay.', 'https://bank.example/a?c=2&b=1&c=3', '?c=2&b=1&c=3', kept],
  ['empty-pairs', 'Empty pairs stay.', 'https://bank.example/a?&&b=&=c&', '?&&b=&=c&', kept],
  ['before-fragment', 'A fragment is not sent.', 'https://bank.example/a?b=1#c', '?b=1'],
  ['question-mark-in-fragment', 'A question mark in a fragment begins no query.', 'https://bank.example/a#b?c=1', '?'],
  ['apostrophe', 'An apostrophe stays as it is.', "https://bank.example/a?b='c'", "?b='c'", raw],
]

const query = baseGroup(
  { id: 'query', comment: '@query: with its question mark, not decoded.', key, rfc: ['RFC 9421 2.2.7'] },
  entriesOf('query', queryRows),
)

export const groups = [path, query]
