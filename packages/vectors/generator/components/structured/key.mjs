import { baseGroup } from '../base-group.mjs'
import { policy } from './sf.mjs'

const common = {
  key: 'test-key-ecc-p256',
  policy,
  rfc: ['RFC 9421 2.1.2'],
  requires: ['field-types'],
  flags: ['StrictSerialization'],
}

/** @typedef {readonly [id: string, comment: string, values: readonly string[], lines: readonly string[], more?: object]} Row */

/** @type {readonly Row[]} */
const rows = [
  [
    'members',
    'The example of the RFC: an Integer, a member without a value, parameters, an Inner List.',
    [' a=1, b=2;x=1;y=2, c=(a   b    c), d'],
    [';key="a": 1', ';key="d": ?1', ';key="b": 2;x=1;y=2', ';key="c": (a b c)'],
  ],
  ['false', 'A false member.', ['a=?0'], [';key="a": ?0']],
  ['true-parameters', 'A member without a value that has parameters.', ['a;x=?1;y=2'], [';key="a": ?1;x;y=2']],
  [
    'inner-list-parameters',
    'Parameters of an Inner List and of its items.',
    ['a=(  b;x  c );y=1'],
    [';key="a": (b;x c);y=1'],
  ],
  ['decimal', 'A Decimal loses its zeros.', ['a=1.50'], [';key="a": 1.5']],
  ['second-line', 'A member on the second line.', ['a=1', 'b=2'], [';key="b": 2']],
  ['duplicate', 'Of a key that occurs twice the last value counts.', ['a=1, a=2'], [';key="a": 2']],
  ['duplicate-on-two-lines', 'On two lines too.', ['a=1', 'b=2,a=3'], [';key="a": 3']],
  ['key-characters', 'A key with every kind of character.', ['*a-_.0*=1'], [';key="*a-_.0*": 1']],
  ['with-sf', '`sf` beside `key` is redundant.', ['a=1.50'], [';key="a";sf: 1.5']],
  [
    'field-beside-member',
    'A field and one of its members are two components.',
    ['a=1,b=2'],
    [': a=1,b=2', ';key="a": 1', ';sf: a=1, b=2'],
  ],
]

const members = baseGroup(
  { ...common, id: 'key', comment: 'Members of Dictionary fields.' },
  rows.map(([id, comment, values, lines, more = {}]) => ({
    id: `key-${id}`,
    comment,
    headers: values.map((value) => ['Example-Dict', value]),
    lines: lines.map((line) => `"example-dict"${line}`),
    ...more,
  })),
)

const missing = { flags: ['MissingComponent'], error: 'missing_component' }
const unfit = { flags: ['UnfitParameter'], error: 'invalid_component' }
const twice = { flags: ['DuplicateComponent'], error: 'duplicate_component' }

/** @type {readonly (readonly [id: string, comment: string, value: string, covered: readonly string[], more: object])[]} */
const refusedRows = [
  ['absent', 'The Dictionary has no such member.', 'a=1, b=2', [';key="c"'], missing],
  [
    'absent-of-objects',
    'Not even one whose name objects have.',
    'a=1',
    [';key="constructor"'],
    { ...missing, flags: ['MissingComponent', 'NamesOfObjects'] },
  ],
  ['upper-case', 'Keys are case-sensitive, and lower case.', 'a=1', [';key="A"'], missing],
  ['empty', 'No key is empty.', 'a=1', [';key=""'], missing],
  ['in-parameters', 'A parameter is no member.', 'a=1;c=2', [';key="c"'], missing],
  ['empty-dictionary', 'An empty Dictionary has no members.', '', [';key="a"'], missing],
  [
    'malformed',
    'The field is no Dictionary.',
    'a=1,,',
    [';key="a"'],
    { flags: ['MalformedField'], error: 'malformed_component' },
  ],
  [
    'malformed-elsewhere',
    'Nor where only another member is malformed.',
    'a=1, b="',
    [';key="a"'],
    { flags: ['MalformedField'], error: 'malformed_component' },
  ],
  ['twice', 'A member is covered twice.', 'a=1', [';key="a"', ';key="a"'], twice],
  [
    'twice-with-sf',
    '`sf` does not make it another one.',
    'a=1',
    [';key="a"', ';key="a";sf'],
    { ...twice, also: ['invalid_component'] },
  ],
  ['integer', 'The key is a String.', 'a=1', [';key=1'], unfit],
  ['true', 'The key has a value.', 'a=1', [';key'], unfit],
  ['with-bs', '`bs` needs the raw bytes, `key` the structure.', 'a=1', [';key="a";bs'], unfit],
]

const refused = baseGroup(
  { ...common, id: 'key-refused', comment: 'Members that cannot be had.', rfc: ['RFC 9421 2.1.2', 'RFC 9421 2.5'] },
  [
    ...refusedRows.map(([id, comment, value, covered, more]) => ({
      id: `key-${id}`,
      comment,
      headers: [['Example-Dict', value]],
      covered: covered.map((parameters) => `"example-dict"${parameters}`),
      ...more,
    })),
    {
      id: 'key-without-field',
      comment: 'The message has no such field.',
      covered: ['"example-dict";key="a"'],
      ...missing,
    },
    {
      id: 'key-of-list',
      comment: 'The field is known to be a List, though this value would do as a Dictionary.',
      headers: [['Example-List', 'a, b']],
      flags: ['UnknownType'],
      covered: ['"example-list";key="a"'],
      error: 'invalid_component',
      also: ['malformed_component'],
    },
  ],
)

export const groups = [members, refused]
