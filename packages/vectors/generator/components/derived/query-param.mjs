import { baseGroup } from '../base-group.mjs'

/** @typedef {readonly [id: string, comment: string, query: string, line: string, more?: object]} Row */

const encoding = { flags: ['QueryParameterEncoding'] }

/** U+FFFD, as a decoder of the Encoding Standard replaces what is no UTF-8. */
const broken = '%EF%BF%BD'

/** @type {readonly Row[]} the value of one parameter */
const encodedRows = [
  ['plain', 'A value of letters.', '?param=value&foo=bar&baz=batman', 'name="baz": batman'],
  ['empty-value', 'An empty value is an empty string.', '?param=value&qux=', 'name="qux": '],
  ['no-equals-sign', 'A name without an equals sign has an empty value.', '?flag&a=1', 'name="flag": '],
  ['percent-20', 'A space is %20.', '?var=this%20is%20it', 'name="var": this%20is%20it'],
  ['plus', 'A plus sign is a space, and so %20.', '?bar=with+plus+whitespace', 'name="bar": with%20plus%20whitespace'],
  ['encoded-plus', 'An encoded plus sign is one, and stays encoded.', '?a=1%2B2', 'name="a": 1%2B2'],
  ['line-break', 'An encoded line break stays encoded.', '?var=big%0Amultiline', 'name="var": big%0Amultiline'],
  [
    'forged-line',
    'Nor can an encoded line break forge a line.',
    '?a=1%0D%0A%22%40method%22%3A%20DELETE',
    'name="a": 1%0D%0A%22%40method%22%3A%20DELETE',
    { flags: ['QueryParameterEncoding', 'ForgedLine'] },
  ],
  [
    'name',
    'The name is encoded in the same way.',
    '?fa%C3%A7ade%22%3A%20=something',
    'name="fa%C3%A7ade%22%3A%20": something',
  ],
  ['name-plus', 'A plus sign in the name is a space.', '?first+name=Ada', 'name="first%20name": Ada'],
  ['hex-upper-case', 'Percent-encoding is upper case.', '?city=m%c3%bcnchen', 'name="city": m%C3%BCnchen'],
  ['unreserved', 'What needs no encoding is decoded.', '?a=%62%63%2d%2E%5f%2a', 'name="a": bc-._*'],
  ['tilde', 'A tilde is encoded: the form set is not that of RFC 3986.', '?a=~%7E', 'name="a": %7E%7E'],
  ['sub-delimiters', 'So are the other marks.', "?a=!$'()@:/?,", 'name="a": %21%24%27%28%29%40%3A%2F%3F%2C'],
  ['equals-sign-in-value', 'The first equals sign ends the name.', '?a=b=c==', 'name="a": b%3Dc%3D%3D'],
  ['semicolon', 'A semicolon separates nothing.', '?a=1;b=2', 'name="a": 1%3Bb%3D2'],
  ['four-bytes', 'A character of four bytes in UTF-8.', '?key=%F0%9F%94%91', 'name="key": %F0%9F%94%91'],
  ['no-utf-8', 'What is no UTF-8 is U+FFFD.', '?a=x%FFy', 'name="a": x%EF%BF%BDy'],
  ['overlong', 'A slash in two bytes is none, and each byte is U+FFFD.', '?a=%C0%AFb', `name="a": ${broken}${broken}b`],
  ['surrogate', 'Half of a surrogate pair is no character.', '?a=%ED%A0%80b', `name="a": ${broken.repeat(3)}b`],
  ['too-large', 'Nothing lies beyond U+10FFFF.', '?a=%F4%90%80%80b', `name="a": ${broken.repeat(4)}b`],
  [
    'cut-sequence',
    'What begins a character and ends early is one U+FFFD.',
    '?a=%F0%9F%94b%E2%82c%F1%80',
    `name="a": ${broken}b${broken}c${broken}`,
  ],
  ['byte-order-mark', 'A byte order mark is kept.', '?a=%EF%BB%BFb', 'name="a": %EF%BB%BFb'],
  ['lone-percent', 'A percent sign that encodes nothing is itself encoded.', '?a=100%&b=%zz', 'name="a": 100%25'],
  ['no-hex', 'So is one before other letters.', '?a=100%&b=%zz%4', 'name="b": %25zz%254'],
  ['null-character', 'An encoded NUL ends nothing.', '?a=b%00c', 'name="a": b%00c'],
  ['empty-name', 'A name may be empty.', '?=x&a=1', 'name="": x'],
  [
    'of-objects',
    'A name that objects have is a name.',
    '?constructor=1',
    'name="constructor": 1',
    { flags: ['NamesOfObjects'] },
  ],
  ['prototype', 'The same of __proto__.', '?__proto__=1', 'name="__proto__": 1', { flags: ['NamesOfObjects'] }],
  ['beside-duplicate', 'Other parameters may occur twice.', '?a=1&b=2&b=3', 'name="a": 1', {}],
]

const encoded = encodedRows.map(([id, comment, query, line, more = encoding]) => ({
  id: `query-param-${id}`,
  comment,
  url: `https://www.example.com/path${query}`,
  lines: [`"@query-param";${line}`],
  ...more,
}))

const ambiguous = {
  flags: ['AmbiguousQueryParameter'],
  error: 'invalid_component',
  also: ['malformed_component', 'missing_component'],
}
const missing = { flags: ['MissingComponent'], error: 'missing_component', also: ['invalid_component'] }

/** @type {readonly (readonly [id: string, comment: string, url: string, parameters: string, more: object])[]} */
const refusedRows = [
  ['twice', 'The parameter occurs twice.', '?a=1&a=2', ';name="a"', ambiguous],
  ['twice-alike', 'Even with the same value.', '?a=1&a=1', ';name="a"', ambiguous],
  ['twice-encoded', 'Two ways to write the same name.', '?a=1&%61=2', ';name="a"', ambiguous],
  ['twice-empty', 'Once without a value.', '?a=1&a', ';name="a"', ambiguous],
  ['absent', 'The query has no such parameter.', '?b=1', ';name="a"', missing],
  ['no-query', 'There is no query.', '', ';name="a"', missing],
  ['other-case', 'Names are case-sensitive.', '?A=1', ';name="a"', missing],
  ['empty-pairs', 'Empty pairs are no parameters.', '?&&b=1&', ';name=""', missing],
  [
    'name-not-encoded',
    'The name in the identifier is encoded, so this one names no parameter.',
    '?a+b=1',
    ';name="a b"',
    missing,
  ],
  ['name-hex-lower-case', 'And encoded in upper case.', '?fa%c3%a7ade=1', ';name="fa%c3%a7ade"', missing],
  ['name-over-encoded', 'And no more than needed.', '?a=1', ';name="%61"', missing],
  [
    'absent-of-objects',
    'A name that objects have.',
    '?a=1',
    ';name="constructor"',
    { ...missing, flags: ['MissingComponent', 'NamesOfObjects'] },
  ],
  ['without-name', 'The name is required.', '?a=1', '', { flags: ['UnfitParameter'], error: 'invalid_component' }],
  [
    'name-integer',
    'The name is a String.',
    '?1=1',
    ';name=1',
    { flags: ['UnfitParameter'], error: 'invalid_component' },
  ],
  ['name-true', 'The name has a value.', '?a=1', ';name', { flags: ['UnfitParameter'], error: 'invalid_component' }],
]

const refused = refusedRows.map(([id, comment, query, parameters, more]) => ({
  id: `query-param-${id}`,
  comment,
  url: `https://www.example.com/path${query}`,
  covered: [`"@query-param"${parameters}`],
  ...more,
}))

const queryParam = baseGroup(
  {
    id: 'query-param',
    comment: '@query-param: one parameter, decoded as a form and encoded again.',
    key: 'test-shared-secret',
    rfc: ['RFC 9421 2.2.8'],
  },
  [
    ...encoded,
    {
      id: 'query-param-order',
      comment: 'Several parameters may be covered, in any order.',
      url: 'https://www.example.com/path?param=value&foo=bar&baz=batman&qux=',
      lines: ['"@query-param";name="baz": batman', '"@query-param";name="qux": ', '"@query-param";name="param": value'],
    },
    ...refused,
    {
      id: 'query-param-of-form',
      comment: 'A parameter of the form in the body is none of the query.',
      method: 'POST',
      url: 'https://www.example.com/path?b=1',
      headers: [['Content-Type', 'application/x-www-form-urlencoded']],
      content: 'a=1',
      covered: ['"@query-param";name="a"'],
      ...missing,
    },
    {
      id: 'query-param-covered-twice',
      comment: 'The same parameter is covered twice.',
      url: 'https://www.example.com/path?a=1',
      covered: ['"@query-param";name="a"', '"@query-param";name="a"'],
      rfc: ['RFC 9421 2', 'RFC 9421 2.2.8'],
      flags: ['DuplicateComponent'],
      error: 'duplicate_component',
    },
  ],
)

export const groups = [queryParam]
