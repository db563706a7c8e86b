import { digestMember } from '../../oracle/digests.mjs'
import { baseGroup } from '../base-group.mjs'

/** What both sides know of the fields of these groups. */
export const policy = {
  profile: 'rfc',
  fieldTypes: { 'example-dict': 'dictionary', 'example-list': 'list', 'example-item': 'item' },
}

const common = { key: 'test-key-ecc-p256', policy, flags: ['StrictSerialization'], requires: ['field-types'] }

/** @typedef {readonly [id: string, comment: string, name: string, lines: string | readonly string[], value: string, more?: object]} Row */

/** @type {readonly Row[]} */
const rows = [
  [
    'dictionary',
    'The example of the RFC.',
    'Example-Dict',
    ' a=1,    b=2;x=1;y=2,   c=(a   b   c)',
    'a=1, b=2;x=1;y=2, c=(a b c)',
  ],
  ['list', 'A List has one comma and one space between its members.', 'Example-List', 'a,b ,\tc  ,  d', 'a, b, c, d'],
  [
    'inner-list',
    'An Inner List has one space between its items, and none around them.',
    'Example-List',
    '(  a   b ),( )',
    '(a b), ()',
  ],
  ['parameters', 'White space behind a semicolon goes.', 'Example-List', 'a;  b;   c=1', 'a;b;c=1'],
  ['item', 'An Item.', 'Example-Item', '  0042 ', '42'],
  ['minus-zero', 'An Integer has no sign at zero.', 'Example-Item', '-0', '0'],
  [
    'decimals',
    'A Decimal has at least one digit behind the point, and no more zeros than that.',
    'Example-List',
    '1.0, 1.50, 00.250, -0.0',
    '1.0, 1.5, 0.25, 0.0',
  ],
  ['true-member', 'A true member of a Dictionary is its key alone.', 'Example-Dict', 'a=?1, b=?0, c', 'a, b=?0, c'],
  ['true-member-parameters', 'Its parameters stay.', 'Example-Dict', 'a=?1;x=1', 'a;x=1'],
  ['true-parameter', 'So is a true parameter.', 'Example-Item', 'a;x=?1;y=?0', 'a;x;y=?0'],
  ['true-item', 'An Item that is true is written out.', 'Example-Item', '?1', '?1'],
  [
    'string',
    'Escapes of a String stay, and nothing else is escaped.',
    'Example-Item',
    '"a\\"b\\\\c\'d"',
    '"a\\"b\\\\c\'d"',
  ],
  ['token', 'A Token.', 'Example-Item', '*foo/bar:baz', '*foo/bar:baz'],
  ['byte-sequence', 'A Byte Sequence.', 'Example-Item', ':YWJj:', ':YWJj:'],
  [
    'duplicate-keys',
    'Of a key that occurs twice the last value counts, at the place of the first.',
    'Example-Dict',
    'a=1, b=2, a=3',
    'a=3, b=2',
  ],
  ['duplicate-parameters', 'The same of parameters.', 'Example-Item', 'x;a=1;b=2;a=3', 'x;a=3;b=2'],
  ['two-lines', 'Lines are combined before they are parsed.', 'Example-List', ['a,  b', ' (c  d)'], 'a, b, (c d)'],
  [
    'duplicate-keys-on-two-lines',
    'So a key on the second line takes the place of that on the first.',
    'Example-Dict',
    ['a=1, b=2', 'a=3'],
    'a=3, b=2',
  ],
  ['largest-integer', 'An Integer of 15 digits.', 'Example-Item', '-999999999999999', '-999999999999999'],
  ['date', 'A Date.', 'Example-Item', '@1659578233', '@1659578233', { requires: ['field-types', 'rfc9651-types'] }],
  [
    'display-string',
    'A Display String.',
    'Example-Item',
    '%"f%c3%bc"',
    '%"f%c3%bc"',
    { requires: ['field-types', 'rfc9651-types'] },
  ],
]

/** @type {readonly Row[]} the value is the code */
const malformedRows = [
  ['trailing-comma', 'A comma at the end.', 'Example-List', 'a, b,', 'malformed_component'],
  ['two-commas', 'Two commas.', 'Example-Dict', 'a=1,, b=2', 'malformed_component'],
  ['upper-case-key', 'A key in upper case.', 'Example-Dict', 'A=1', 'malformed_component'],
  ['item-on-two-lines', 'An Item on two lines is none.', 'Example-Item', ['1', '2'], 'malformed_component'],
  ['open-string', 'A String that is not closed.', 'Example-Item', '"a', 'malformed_component'],
  ['sixteen-digits', 'An Integer of 16 digits.', 'Example-Item', '1000000000000000', 'malformed_component'],
  ['four-decimals', 'A Decimal of four digits behind the point.', 'Example-Item', '1.0001', 'malformed_component'],
  ['empty-item', 'An Item that is empty.', 'Example-Item', '', 'malformed_component'],
  ['other-type', 'A Dictionary in the place of an Item.', 'Example-Item', 'a=1, b=2', 'malformed_component'],
]

function entry([id, comment, name, value, rest, more = {}]) {
  const headers = (Array.isArray(value) ? value : [value]).map((line) => [name, line])
  return { id: `strict-${id}`, comment, headers, rest, component: `"${name.toLowerCase()}";sf`, more }
}

const strict = baseGroup(
  {
    ...common,
    id: 'sf',
    comment: 'Fields with `sf`: parsed, and serialized strictly.',
    rfc: ['RFC 9421 2.1.1', 'RFC 9651 4.1'],
  },
  rows.map(entry).map(({ rest, component, more, ...test }) => ({ ...test, lines: [`${component}: ${rest}`], ...more })),
)

const refused = baseGroup(
  {
    ...common,
    id: 'strict-refused',
    comment: 'Fields with `sf` that cannot be serialized.',
    rfc: ['RFC 9421 2.1.1', 'RFC 9421 2.5'],
    flags: ['MalformedField'],
  },
  [
    ...malformedRows.map(entry).map(({ rest, component, more, ...test }) => {
      return { ...test, covered: [component], error: rest, ...more }
    }),
    {
      id: 'strict-unknown-type',
      comment: 'Nobody knows the type of the field.',
      headers: [['X-Unknown', 'a=1']],
      flags: ['UnknownType'],
      covered: ['"x-unknown";sf'],
      error: 'invalid_component',
      also: ['malformed_component'],
    },
    {
      id: 'strict-unknown-type-of-objects',
      comment: 'Nor of a field whose name objects have.',
      headers: [['Constructor', 'a=1']],
      flags: ['UnknownType', 'NamesOfObjects'],
      covered: ['"constructor";sf'],
      error: 'invalid_component',
      also: ['malformed_component'],
    },
    {
      id: 'strict-absent',
      comment: 'The message has no such field.',
      flags: ['MissingComponent'],
      covered: ['"example-dict";sf'],
      error: 'missing_component',
    },
    {
      id: 'strict-flag-false',
      comment: '`sf` is a flag: it is there or not. False says neither.',
      headers: [['Example-Dict', 'a=1']],
      level: 'policy',
      flags: ['UnfitParameter'],
      covered: ['"example-dict";sf=?0'],
      error: 'invalid_component',
    },
    {
      id: 'strict-flag-string',
      comment: '`sf` has no value.',
      headers: [['Example-Dict', 'a=1']],
      flags: ['UnfitParameter'],
      covered: ['"example-dict";sf="dictionary"'],
      error: 'invalid_component',
    },
  ],
)

/** Of a message without content. */
const digests = [digestMember('sha-256', ''), digestMember('sha-512', '')]

const registered = baseGroup(
  {
    id: 'strict-registered',
    comment: 'Fields whose type their own RFC says.',
    key: common.key,
    rfc: ['RFC 9421 2.1.1'],
    flags: ['StrictSerialization'],
  },
  [
    {
      id: 'strict-content-digest',
      comment: 'Content-Digest is a Dictionary (RFC 9530 2).',
      headers: [['Content-Digest', digests.join(' ,')]],
      rfc: ['RFC 9421 2.1.1', 'RFC 9530 2'],
      lines: [`"content-digest";sf: ${digests.join(', ')}`],
    },
    {
      id: 'strict-priority',
      comment: 'Priority is a Dictionary (RFC 9218 5).',
      headers: [['Priority', 'u=1,i=?1']],
      rfc: ['RFC 9421 2.1.1', 'RFC 9218 5'],
      lines: ['"priority";sf: u=1, i'],
    },
  ],
)

export const groups = [strict, refused, registered]
