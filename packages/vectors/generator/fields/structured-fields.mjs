import { accepted, refused } from './expectation.mjs'

const anInput = '("@method" "@path");created=1618884473;keyid="test-key"'

/** What is written, and its strict serialization: [id, comment, type, lines, canonical]. */
const values = [
  [
    'input-spaces',
    'Spaces within an Inner List and its parameters',
    'dictionary',
    ['sig1=( "@method"  "@path" ); created=1; keyid="k"'],
    'sig1=("@method" "@path");created=1;keyid="k"',
  ],
  ['input-empty-list', 'An Inner List without items', 'dictionary', ['sig1=( );created=1'], 'sig1=();created=1'],
  [
    'input-item-parameters',
    'Parameters of the items of an Inner List',
    'dictionary',
    ['sig1=("a";sf "b"; key="x" "@query-param";name="q")'],
    'sig1=("a";sf "b";key="x" "@query-param";name="q")',
  ],
  [
    'input-true-written',
    'A parameter of true that is written out',
    'dictionary',
    ['sig1=("a";sf=?1);x=?1'],
    'sig1=("a";sf);x',
  ],
  ['input-false', 'A parameter of false stays', 'dictionary', ['sig1=("a";sf=?0)'], 'sig1=("a";sf=?0)'],
  [
    'input-two-lines',
    'A Dictionary on two lines',
    'dictionary',
    [`sig1=${anInput}`, 'sig2=()'],
    `sig1=${anInput}, sig2=()`,
  ],
  ['list-two-lines', 'A List on two lines, with spaces around them', 'list', [' a ', 'b'], 'a, b'],
  ['input-tab-around-comma', 'Tabs around the comma', 'dictionary', ['a=1\t,\tb=2'], 'a=1, b=2'],
  [
    'input-parameter-twice',
    'A parameter twice: the last value, in the place of the first',
    'item',
    ['"a";x=1;y=2;x=3'],
    '"a";x=3;y=2',
  ],
  [
    'dictionary-key-twice',
    'A key twice: the last value, in the place of the first',
    'dictionary',
    ['a=1, b=2, a=3'],
    'a=3, b=2',
  ],
  [
    'dictionary-key-twice-on-lines',
    'A key on two lines: the last value, in the place of the first',
    'dictionary',
    ['a=1, b=2', 'a=3'],
    'a=3, b=2',
  ],
  [
    'dictionary-key-characters',
    'Every kind of character that a key may have',
    'dictionary',
    ['*a0_-.*=1'],
    '*a0_-.*=1',
  ],
  ['dictionary-true', 'A member of true, written out, with a parameter', 'dictionary', ['a=?1;x=1, b'], 'a;x=1, b'],
  ['dictionary-empty', 'An empty Dictionary', 'dictionary', [''], ''],
  ['bytes-empty', 'A Byte Sequence without bytes', 'dictionary', ['sig1=::'], 'sig1=::'],
  ['bytes-two-paddings', 'A Byte Sequence with both paddings', 'item', [':YQ==:'], ':YQ==:'],
  ['string-escapes', 'An escaped quotation mark and backslash', 'item', ['"a\\"b\\\\c"'], '"a\\"b\\\\c"'],
  [
    'string-comma',
    'A comma, a semicolon and a parenthesis in a String',
    'dictionary',
    ['a="x, y;z)", b=1'],
    'a="x, y;z)", b=1',
  ],
  [
    'string-over-lines',
    'A String that spans two lines is joined by a comma and a space',
    'item',
    ['"a', 'b"'],
    '"a, b"',
    { level: 'should', requires: ['joined-strings'] },
  ],
  ['integer-longest', 'The longest Integer', 'item', ['999999999999999'], '999999999999999'],
  ['integer-leading-zeros', 'Leading zeros of an Integer', 'item', ['-0042'], '-42'],
  ['integer-minus-zero', 'An Integer of minus zero', 'item', ['-0'], '0'],
  ['decimal-trailing-zeros', 'Zeros at the end of a Decimal', 'item', ['1.500'], '1.5'],
  ['decimal-whole', 'A Decimal of a whole number keeps its point', 'item', ['1.0'], '1.0'],
  [
    'token-characters',
    'Every kind of character that a Token may have',
    'item',
    ["A!#$%&'*+-.^_`|~:/z9"],
    "A!#$%&'*+-.^_`|~:/z9",
  ],
  ['date', 'A Date', 'item', ['@1618884473'], '@1618884473', { requires: ['rfc9651-types'] }],
  [
    'display-string',
    'A Display String',
    'item',
    ['%"f%c3%bcr %25"'],
    '%"f%c3%bcr %25"',
    { requires: ['rfc9651-types'] },
  ],
]

const valueTests = values.map(([id, what, type, raw, canonical, more = {}]) => ({
  id: `sf-${id}`,
  comment: `${what}.`,
  flags: ['StructuredField'],
  rfc: ['RFC 9651 4.1', 'RFC 9651 4.2'],
  level: 'must',
  ...more,
  structuredField: { type, raw, canonical },
  expect: accepted(),
}))

/** One member of a Dictionary, as `key` of RFC 9421 takes it. */
const members = [
  ['inner-list', 'an Inner List with parameters', ['a=1, b=(1  2);x=?1'], 'b', '(1 2);x'],
  ['true', 'true, written out where the Dictionary leaves it out', ['a, b=1'], 'a', '?1'],
  ['true-with-parameter', 'true with a parameter', ['a;x=1, b=1'], 'a', '?1;x=1'],
  ['last', 'the last of two values', ['a=1, a=2'], 'a', '2'],
  ['bytes', 'a Byte Sequence', ['sha-256=:AAAA:, sha-512=:BBBB:'], 'sha-512', ':BBBB:'],
].map(([id, what, raw, member, canonical]) => ({
  id: `sf-member-${id}`,
  comment: `The member is ${what}.`,
  flags: ['StructuredField'],
  rfc: ['RFC 9421 2.1.2', 'RFC 9651 4.1.2'],
  level: 'must',
  structuredField: { type: 'dictionary', raw, member, canonical },
  expect: accepted(),
}))

const spelled = [
  ['no-padding', 'A Byte Sequence without its padding is written with it', ':YQ:', ':YQ==:'],
  ['pad-bits', 'A Byte Sequence whose pad bits are not zero is written with zeros', ':YR==:', ':YQ==:'],
].map(([id, what, text, canonical]) => ({
  id: `sf-bytes-${id}`,
  comment: `${what}.`,
  flags: ['StructuredField'],
  rfc: ['RFC 9651 4.1.8', 'RFC 9651 4.2.7'],
  level: 'should',
  requires: ['lenient-base64'],
  structuredField: { type: 'item', raw: [text], canonical },
  expect: accepted(),
}))

/** What is no field of its type: [id, comment, type, text]. */
const refusals = [
  ['comma-at-line-end', 'A comma at the end of a line, before another line', 'dictionary', ['a=1,', 'b=2']],
  ['comma-alone', 'A comma alone', 'list', [',']],
  ['two-items', 'Two Items where there is one', 'item', ['1', '2']],
  ['item-empty', 'An empty Item', 'item', ['']],
  ['tab-before', 'A tab before an Item', 'item', ['\t1']],
  ['tab-in-inner-list', 'A tab within an Inner List', 'list', ['(1\t2)']],
  ['inner-list-in-inner-list', 'An Inner List within an Inner List', 'list', ['((1))']],
  ['inner-list-parameter', 'A parameter whose value is an Inner List', 'item', ['1;x=(2)']],
  ['key-upper-case', 'A key in upper case', 'dictionary', ['A=1']],
  ['key-digit', 'A key that begins with a digit', 'dictionary', ['1a=1']],
  ['string-apostrophes', 'Apostrophes around a String', 'item', ["'a'"]],
  ['string-non-ascii', 'A letter outside of ASCII in a String', 'item', ['"\xfc"']],
  ['string-line-break', 'A line break in a String', 'item', ['"a\nb"']],
  ['bytes-space', 'A space in a Byte Sequence', 'item', [':YQ ==:']],
  ['bytes-line-feed', 'A line feed in a Byte Sequence', 'item', [':YQ\n==:']],
  ['bytes-base64url', 'The alphabet of base64url', 'item', [':-_-_:']],
  ['integer-sixteen-digits', 'An Integer of 16 digits', 'item', ['1000000000000000']],
  ['integer-plus', 'A plus sign before an Integer', 'item', ['+1']],
  ['decimal-four-places', 'A Decimal with four places', 'item', ['1.0001']],
  ['decimal-no-places', 'A Decimal without places', 'item', ['1.']],
  ['boolean-word', 'A Boolean by its word', 'item', ['?true']],
  ['date-decimal', 'A Date that is a Decimal', 'item', ['@1.5']],
  ['display-string-upper-case', 'A Display String with upper-case hexadecimal digits', 'item', ['%"%C3%BC"']],
  ['display-string-no-utf-8', 'A Display String whose octets are no UTF-8', 'item', ['%"%c3"']],
].map(([id, what, type, raw]) => ({
  id: `sf-refused-${id}`,
  comment: `${what}.`,
  flags: ['StructuredFieldSyntax'],
  rfc: ['RFC 9651 4.2'],
  level: 'must',
  structuredField: { type, raw },
  expect: refused('malformed_structured_field'),
}))

export const structuredFields = {
  id: 'structured-fields',
  type: 'structured-field',
  comment: 'What signature fields need of RFC 9651. The corpus of the HTTP working group has far more: run that too.',
  tests: [...valueTests, ...members, ...spelled, ...refusals],
}
