import { baseGroup } from '../base-group.mjs'

const key = 'test-key-ed25519'
const forbidden = { flags: ['ForbiddenCharacter'], error: 'malformed_component', also: ['malformed_message'] }
const forged = { ...forbidden, flags: ['ForgedLine'] }

/** @type {readonly (readonly [id: string, comment: string, value: string, more: object])[]} */
const valueRows = [
  ['latin-1', 'A letter outside of ASCII, as ISO 8859-1.', 'caf\u00e9', forbidden],
  ['utf-8', 'The same letter as UTF-8.', 'caf\u00c3\u00a9', forbidden],
  ['no-break-space', 'A no-break space is no white space of HTTP.', '\u00a0a\u00a0', forbidden],
  ['null', 'A NUL.', 'a\u0000b', forbidden],
  ['control-character', 'A control character.', 'a\u0001b', forbidden],
  ['delete', 'A DEL.', 'a\u007fb', forbidden],
  ['vertical-tab', 'A vertical tab at the end is no white space of HTTP.', 'a\u000b', forbidden],
  ['line-feed', 'A line feed.', 'a\nb', forged],
  ['carriage-return', 'A carriage return.', 'a\rb', forged],
  ['carriage-return-at-end', 'A carriage return at the end.', 'a\r', forged],
  ['line-break', 'A line break that folds nothing.', 'a\r\nb', forged],
  ['forged-line', 'A line break and a line of a base.', 'a\n"@method": DELETE', forged],
]

const values = baseGroup(
  {
    id: 'field-characters',
    comment: 'Values with characters that the base cannot hold.',
    key,
    rfc: ['RFC 9421 2.1', 'RFC 9421 2.5'],
    requires: ['raw-fields'],
  },
  [
    ...valueRows.map(([id, comment, value, more]) => ({
      id: `field-with-${id}`,
      comment,
      headers: [['X-Name', value]],
      covered: ['"x-name"'],
      ...more,
    })),
    {
      id: 'field-with-latin-1-on-second-line',
      comment: 'On the second of two lines.',
      headers: [
        ['X-Name', 'a'],
        ['X-Name', '\u00e9'],
      ],
      covered: ['"x-name"'],
      ...forbidden,
    },
    {
      id: 'field-with-latin-1-not-covered',
      comment: 'A field that is not covered may hold anything.',
      headers: [['X-Name', 'caf\u00e9']],
      flags: ['ForbiddenCharacter'],
      lines: ['"host": bank.example'],
    },
  ],
)

/** @type {readonly (readonly [id: string, comment: string, headers: readonly (readonly [string, string])[], name: string, flags?: readonly string[]])[]} */
const absentRows = [
  ['absent', 'The message has no such field.', [], 'x-name'],
  ['begins-alike', 'A field whose name begins like it.', [['X-Name-2', 'a']], 'x-name'],
  ['underscore', 'An underscore is no hyphen.', [['X_Name', 'a']], 'x-name'],
  ['of-objects', 'A name that objects have.', [], 'constructor', ['MissingComponent', 'NamesOfObjects']],
  ['prototype', 'The same of __proto__.', [], '__proto__', ['MissingComponent', 'NamesOfObjects']],
  ['content-length', 'A body has a length, and the message no such field.', [], 'content-length'],
]

const absent = absentRows.map(([id, comment, headers, name, flags = ['MissingComponent']]) => ({
  id: `field-absent-${id}`,
  comment,
  method: 'POST',
  content: 'a=1',
  headers,
  flags,
  covered: [`"${name}"`],
  error: 'missing_component',
}))

/** @type {readonly (readonly [id: string, comment: string, name: string])[]} */
const nameRows = [
  ['upper-case', 'A name is lower case.', 'Content-Type'],
  ['mixed-case', 'All of it.', 'content-Type'],
  ['empty', 'An empty name.', ''],
  ['space', 'A space at its end.', 'content-type '],
  ['colon', 'A colon.', 'content-type:'],
  ['quotation-mark', 'A quotation mark, which would end the name in the base.', 'content-type": a'],
  ['line-break', 'A line break, which would forge a line.', 'content-type\n"@method'],
  ['non-ascii', 'A letter outside of ASCII.', 'caf\u00e9'],
]

const names = baseGroup(
  {
    id: 'field-names',
    comment: 'Fields that are not there, and names that are none.',
    key,
    rfc: ['RFC 9421 2.1', 'RFC 9421 2.5'],
  },
  [
    ...absent,
    ...nameRows.map(([id, comment, name]) => ({
      id: `field-name-${id}`,
      comment,
      headers: [['Content-Type', 'text/plain']],
      flags: ['UnknownComponent'],
      components: [{ name }],
      error: 'invalid_component',
      also: ['missing_component', 'malformed_signature_input'],
    })),
    {
      id: 'field-unfit-parameter',
      comment: 'The parameter is not registered.',
      headers: [['Content-Type', 'text/plain']],
      flags: ['UnfitParameter'],
      covered: ['"content-type";foo'],
      error: 'invalid_component',
    },
    {
      id: 'field-unfit-name-parameter',
      comment: '`name` is for @query-param.',
      headers: [['Content-Type', 'text/plain']],
      flags: ['UnfitParameter'],
      covered: ['"content-type";name="a"'],
      error: 'invalid_component',
    },
    {
      id: 'field-covered-twice',
      comment: 'A field is covered twice.',
      rfc: ['RFC 9421 2', 'RFC 9421 2.5'],
      headers: [['Content-Type', 'text/plain']],
      flags: ['DuplicateComponent'],
      covered: ['"content-type"', '"content-type"'],
      error: 'duplicate_component',
    },
    {
      id: 'field-in-trailers-alone',
      comment: 'A trailer is no header: without `tr` the field is absent.',
      trailers: [['X-Name', 'a']],
      rfc: ['RFC 9421 2.1', 'RFC 9421 2.1.4'],
      flags: ['MissingComponent', 'Trailers'],
      covered: ['"x-name"'],
      error: 'missing_component',
    },
  ],
)

export const groups = [values, names]
