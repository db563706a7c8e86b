import { baseGroup } from '../base-group.mjs'

const common = { key: 'test-key-ecc-p256', rfc: ['RFC 9421 2.1.3'], flags: ['WrappedBytes'] }

/** @type {readonly (readonly [id: string, comment: string, values: readonly string[], value: string, more?: object])[]} */
const rows = [
  [
    'two-lines',
    'Two lines are two Byte Sequences.',
    ['value, with, lots', 'of, commas'],
    ':dmFsdWUsIHdpdGgsIGxvdHM=:, :b2YsIGNvbW1hcw==:',
  ],
  [
    'one-line',
    'The same text on one line is another value.',
    ['value, with, lots, of, commas'],
    ':dmFsdWUsIHdpdGgsIGxvdHMsIG9mLCBjb21tYXM=:',
  ],
  ['empty', 'An empty line is an empty Byte Sequence.', [''], '::'],
  ['empty-among-others', 'An empty line takes part.', ['a', '', 'b'], ':YQ==:, ::, :Yg==:'],
  [
    'trimmed',
    'White space around a line is not part of it.',
    [' \ta '],
    ':YQ==:',
    { flags: ['WrappedBytes', 'WhiteSpace'] },
  ],
  [
    'folded',
    'A folded line has one space where it was folded.',
    ['a\r\n   b'],
    ':YSBi:',
    { flags: ['WrappedBytes', 'WhiteSpace'], requires: ['raw-fields'] },
  ],
  [
    'latin-1',
    'A byte outside of ASCII is that byte, and not its UTF-8.',
    ['\u00e9'],
    ':6Q==:',
    { requires: ['raw-fields'] },
  ],
  [
    'utf-8',
    'UTF-8 on the wire is its bytes, and not encoded once more.',
    ['\u00c3\u00a9'],
    ':w6k=:',
    { requires: ['raw-fields'] },
  ],
  ['base64-alphabet', 'The standard alphabet, with plus sign and slash.', ['>>>???~~'], ':Pj4+Pz8/fn4=:'],
]

const wrapped = baseGroup({ ...common, id: 'bs', comment: 'Fields with `bs`: each line as a Byte Sequence.' }, [
  ...rows.map(([id, comment, values, value, more = {}]) => ({
    id: `bs-${id}`,
    comment,
    headers: values.map((line) => ['Example-Header', line]),
    lines: [`"example-header";bs: ${value}`],
    ...more,
  })),
  {
    id: 'bs-set-cookie',
    comment: 'Set-Cookie, whose lines cannot be combined.',
    response: {
      status: 200,
      headers: [
        ['Set-Cookie', 'a=1, 2'],
        ['Set-Cookie', 'b=3'],
      ],
    },
    lines: ['"set-cookie";bs: :YT0xLCAy:, :Yj0z:'],
  },
  {
    id: 'bs-beside-plain',
    comment: 'A field may be covered with `bs` and without.',
    headers: [['Example-Header', 'a']],
    lines: ['"example-header": a', '"example-header";bs: :YQ==:'],
  },
])

/** @type {readonly (readonly [id: string, comment: string, covered: string, more: object])[]} */
const refusedRows = [
  ['with-sf', '`bs` needs the raw bytes, `sf` the structure.', '"priority";bs;sf', { error: 'invalid_component' }],
  ['behind-sf', 'In the other order too.', '"priority";sf;bs', { error: 'invalid_component' }],
  [
    'absent',
    'The message has no such field.',
    '"x-name";bs',
    { error: 'missing_component', flags: ['MissingComponent'] },
  ],
  ['string', '`bs` has no value.', '"priority";bs="utf-8"', { error: 'invalid_component' }],
]

const refused = baseGroup(
  {
    ...common,
    id: 'bs-refused',
    comment: 'Fields with `bs` that have no value.',
    flags: ['UnfitParameter'],
    rfc: ['RFC 9421 2.1.3', 'RFC 9421 2.5'],
  },
  refusedRows.map(([id, comment, covered, more]) => ({
    id: `bs-${id}`,
    comment,
    headers: [['Priority', 'u=1']],
    covered: [covered],
    ...more,
  })),
)

export const groups = [wrapped, refused]
