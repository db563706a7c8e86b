import { baseGroup } from '../base-group.mjs'

/** @typedef {readonly [id: string, comment: string, values: readonly string[], value: string, more?: object]} Row */

/** @type {readonly Row[]} the lines of Accept */
const rows = [
  ['in-order', 'The lines are in the order of the message, not of the alphabet.', ['z', 'a', 'm'], 'z, a, m'],
  [
    'trimmed',
    'Each line loses the white space around it.',
    [' a\t', '\tb '],
    'a, b',
    { flags: ['CombinedLines', 'WhiteSpace'] },
  ],
  ['alike', 'Two lines of the same value stay two.', ['a', 'a'], 'a, a'],
  ['with-empty', 'An empty line takes part.', ['a', '', 'b'], 'a, , b'],
  ['empty', 'Two empty lines are a comma and a space.', ['', ''], ', '],
  ['with-commas', 'A comma at the end of a line stays.', ['a,b,', 'c'], 'a,b,, c'],
  [
    'folded',
    'Each line is unfolded before it is combined.',
    ['a,\r\n b', 'c'],
    'a, b, c',
    { flags: ['CombinedLines', 'WhiteSpace'], requires: ['raw-fields'] },
  ],
]

const lines = baseGroup(
  {
    id: 'field-lines',
    comment: 'Fields of several lines.',
    key: 'test-key-ed25519',
    rfc: ['RFC 9421 2.1'],
    flags: ['CombinedLines'],
  },
  [
    {
      id: 'field-two-lines',
      comment: 'Two lines have a comma and a space between them.',
      headers: [
        ['Cache-Control', 'max-age=60'],
        ['Cache-Control', '   must-revalidate'],
      ],
      lines: ['"cache-control": max-age=60, must-revalidate'],
    },
    ...rows.map(([id, comment, values, value, more = {}]) => ({
      id: `field-lines-${id}`,
      comment,
      headers: values.map((line) => ['Accept', line]),
      lines: [`"accept": ${value}`],
      ...more,
    })),
    {
      id: 'field-lines-in-any-case',
      comment: 'Each line may write the name in its own way.',
      headers: [
        ['Accept', 'a'],
        ['ACCEPT', 'b'],
        ['accept', 'c'],
      ],
      lines: ['"accept": a, b, c'],
    },
    {
      id: 'field-lines-apart',
      comment: 'Other fields may stand between them.',
      headers: [
        ['Accept', 'a'],
        ['Date', 'x'],
        ['Accept', 'b'],
      ],
      lines: ['"accept": a, b'],
    },
    {
      id: 'field-lines-of-set-cookie',
      comment: 'The lines of Set-Cookie run into one another. `bs` keeps them apart.',
      response: {
        status: 200,
        headers: [
          ['Set-Cookie', 'a=1; Expires=Wed, 9 Nov 2022 07:28:00 GMT'],
          ['Set-Cookie', 'b=2'],
        ],
      },
      lines: ['"set-cookie": a=1; Expires=Wed, 9 Nov 2022 07:28:00 GMT, b=2'],
    },
  ],
)

export const groups = [lines]
