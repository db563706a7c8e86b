import { baseGroup } from '../base-group.mjs'

const key = 'test-key-ed25519'

/** @typedef {readonly [id: string, comment: string, headers: readonly (readonly [string, string])[], line: string, more?: object]} Row */

/** @param {readonly Row[]} rows */
function entriesOf(rows) {
  return rows.map(([id, comment, headers, line, more = {}]) => {
    return { id: `field-${id}`, comment, headers, lines: [line], ...more }
  })
}

const white = { flags: ['WhiteSpace'] }
const folded = { flags: ['WhiteSpace'], requires: ['raw-fields'] }

/** @type {readonly Row[]} */
const oneLine = [
  [
    'plain',
    'The value as it stands.',
    [['Date', 'Tue, 20 Apr 2021 02:07:56 GMT']],
    '"date": Tue, 20 Apr 2021 02:07:56 GMT',
  ],
  ['name-case', 'A field name is found in any case.', [['cOnTeNt-TyPe', 'text/plain']], '"content-type": text/plain'],
  [
    'spaces-around',
    'Spaces around the value are not part of it.',
    [['X-OWS-Header', '   Leading and trailing.   ']],
    '"x-ows-header": Leading and trailing.',
    white,
  ],
  [
    'tabs-around',
    'Nor are tabs.',
    [['X-OWS-Header', '\t Leading and trailing. \t']],
    '"x-ows-header": Leading and trailing.',
    white,
  ],
  [
    'white-space-within',
    'White space within the value stays.',
    [['X-Dict', 'a=1,    b=2;x=1\t;y=2']],
    '"x-dict": a=1,    b=2;x=1\t;y=2',
    {},
  ],
  [
    'empty',
    'An empty field is an empty string, and the line ends with a space.',
    [['X-Empty-Header', '']],
    '"x-empty-header": ',
    {},
  ],
  ['white-space-alone', 'A field of white space is empty.', [['X-Empty-Header', ' \t ']], '"x-empty-header": ', white],
  [
    'fold',
    'A folded line has one space where it was folded.',
    [['X-Obs-Fold-Header', 'Obsolete\r\n    line folding.']],
    '"x-obs-fold-header": Obsolete line folding.',
    folded,
  ],
  [
    'fold-tabs',
    'The white space on both sides of the fold goes with it.',
    [['X-Obs-Fold-Header', 'Obsolete \t\r\n\t line folding.']],
    '"x-obs-fold-header": Obsolete line folding.',
    folded,
  ],
  [
    'fold-twice',
    'A line may be folded more than once.',
    [['X-Obs-Fold-Header', 'a\r\n b\r\n\tc']],
    '"x-obs-fold-header": a b c',
    folded,
  ],
  [
    'quotation-marks',
    'Quotation marks and backslashes are not escaped.',
    [['ETag', 'W/"a\\"b"']],
    '"etag": W/"a\\"b"',
    {},
  ],
  [
    'colon',
    'A value that looks like a line of a base is a value.',
    [['X-Note', '"@method": DELETE']],
    '"x-note": "@method": DELETE',
    { flags: ['ForgedLine'] },
  ],
  ['commas', 'A comma without a space behind it stays so.', [['Accept', 'a,b,,c, d']], '"accept": a,b,,c, d', {}],
  [
    'case-of-value',
    'The case of a value stays.',
    [['Content-Type', 'Text/HTML; Charset=UTF-8']],
    '"content-type": Text/HTML; Charset=UTF-8',
    {},
  ],
  ['number', 'A number is text.', [['Content-Length', '018']], '"content-length": 018', { requires: ['raw-fields'] }],
  ['percent-encoding', 'Nothing is decoded.', [['Link', '</a%20b>; title="c+d"']], '"link": </a%20b>; title="c+d"', {}],
]

const long = 'v'.repeat(4096)
const otherValues = entriesOf([
  ['long', 'A value of 4096 characters.', [['X-Long', long]], `"x-long": ${long}`, {}],
  [
    'name-of-objects',
    'A name that objects have is a field name.',
    [['Constructor', 'a']],
    '"constructor": a',
    { flags: ['NamesOfObjects'] },
  ],
  [
    'name-characters',
    'A field name is any token (RFC 9110 5.1).',
    [["!#$%&'*+-.^_`|~9Z", 'a']],
    '"!#$%&\'*+-.^_`|~9z": a',
    { requires: ['raw-fields'] },
  ],
])

const fields = baseGroup(
  { id: 'fields', comment: 'Fields: their lines, without white space and folding.', key, rfc: ['RFC 9421 2.1'] },
  [
    ...entriesOf(oneLine),
    ...otherValues,
    {
      id: 'field-examples',
      comment: 'The example of the RFC.',
      url: 'https://www.example.com/',
      headers: [
        ['Host', 'www.example.com'],
        ['Date', 'Tue, 20 Apr 2021 02:07:56 GMT'],
        ['X-OWS-Header', '  Leading and trailing whitespace.  '],
        ['X-Obs-Fold-Header', 'Obsolete\r\n    line folding.'],
        ['Cache-Control', 'max-age=60'],
        ['Cache-Control', '   must-revalidate'],
        ['Example-Dict', ' a=1,    b=2;x=1;y=2,   c=(a   b   c)'],
      ],
      flags: ['WhiteSpace', 'CombinedLines'],
      requires: ['raw-fields'],
      lines: [
        '"host": www.example.com',
        '"date": Tue, 20 Apr 2021 02:07:56 GMT',
        '"x-ows-header": Leading and trailing whitespace.',
        '"x-obs-fold-header": Obsolete line folding.',
        '"cache-control": max-age=60, must-revalidate',
        '"example-dict": a=1,    b=2;x=1;y=2,   c=(a   b   c)',
      ],
    },
  ],
)

export const groups = [fields]
