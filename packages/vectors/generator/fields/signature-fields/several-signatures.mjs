import { accepted, refused } from '../expectation.mjs'
import { attach, get, now, sign } from '../signed-request.mjs'

const keys = ['alice-1', 'bob-1']
const good = (shape = {}) => sign(get, { key: 'bob-1', label: 'good', ...shape })
const zeros = (bytes) => Buffer.alloc(bytes.length)

/** What may stand beside a valid signature, and lends nobody a name. */
const companions = [
  ['wrong-bytes', 'a signature of another principal with wrong bytes', { bytes: zeros }],
  ['no-bytes', 'a signature of another principal without bytes', { bytes: () => Buffer.alloc(0) }],
  [
    'other-bytes',
    'the keyid of another principal over the bytes of the valid signature',
    { bytes: () => good().bytes },
  ],
  ['stale', 'an old signature of another principal', { parameters: { created: now - 61 } }],
  ['covers-nothing', 'a signature of another principal that covers nothing', { components: [] }],
  [
    'other-path',
    'a signature of another principal over another path',
    { as: { ...get, url: 'https://bank.example/other' } },
  ],
  ['unknown-key', 'a signature of an unknown key', { keyid: 'nobody' }],
  [
    'no-parameters',
    'a signature without any parameters',
    { parameters: { created: undefined, nonce: undefined, keyid: undefined } },
  ],
  [
    'unknown-component',
    'a signature over a component that is not registered',
    { input: (text) => text.replace(')', ' "@body")'), lines: ['"@body": '] },
  ],
  [
    'absent-component',
    'a signature over a field that is not there',
    { input: (text) => text.replace(')', ' "x-absent")'), lines: ['"x-absent": '] },
  ],
  ['short-nonce', 'a signature with a short nonce', { parameters: { nonce: 'short' } }],
  ['other-algorithm', 'a signature with the algorithm of no key', { parameters: { alg: 'ed25519' } }],
]

/** Attacks 82 and 83. */
const besides = companions.flatMap(([id, what, shape]) => {
  const other = sign(get, { key: 'alice-1', label: 'other', ...shape })
  return ['before', 'after'].map((order) => ({
    id: `several-${id}-${order}`,
    comment: `Beside a valid signature, ${order === 'before' ? 'before' : 'behind'} it, stands ${what}.`,
    flags: ['JunkSignature'],
    rfc: ['RFC 9421 3.2', 'RFC 9421 7.2.6'],
    level: 'policy',
    message: attach(get, order === 'before' ? [other, good()] : [good(), other]),
    keys,
    expect: accepted({ label: 'good', keyid: 'bob-1' }),
  }))
})

const swapped = {
  id: 'several-bytes-swapped',
  comment: 'Two signatures, each with the bytes of the other.',
  flags: ['JunkSignature'],
  rfc: ['RFC 9421 4'],
  level: 'must',
  message: attach(get, [
    { ...sign(get, { label: 'one' }), bytes: good().bytes },
    { ...good({ label: 'two' }), bytes: sign(get).bytes },
  ]),
  keys,
  expect: refused('invalid_signature'),
}

const four = ['one', 'two', 'three', 'four'].map((label, index) => {
  return sign(get, { label, ...(index < 3 && { bytes: zeros }) })
})

/** Attack 75: how many signatures are looked at. */
const counts = [
  {
    id: 'several-four',
    comment: 'Four signatures, of which the last is valid.',
    message: attach(get, four),
    expect: accepted({ label: 'four', keyid: 'alice-1' }),
  },
  {
    id: 'several-five',
    comment: 'Five signatures, of which the first is valid: more than are accepted.',
    message: attach(get, [sign(get, { label: 'zero' }), ...four]),
    expect: refused('limit_exceeded'),
  },
].map((test) => ({ ...test, flags: ['Limit'], rfc: ['RFC 9421 7.2'], level: 'policy', keys }))

const tagged = (label, tag, shape = {}) => sign(get, { label, parameters: { tag }, ...shape })
const noMatch = refused('no_matching_signature')

/** Attack 84: the role of a signature is its tag. */
const tagRows = [
  [
    'right',
    'The tag that the verifier was given',
    [tagged('sig1', 'bank')],
    accepted({ label: 'sig1', keyid: 'alice-1' }),
  ],
  ['absent', 'No tag', [tagged('sig1', undefined)], noMatch],
  ['other', 'The tag of another application', [tagged('sig1', 'shop')], noMatch],
  ['empty', 'An empty tag', [tagged('sig1', '')], noMatch],
  ['other-case', 'The tag in another case', [tagged('sig1', 'Bank')], noMatch],
  ['begins-alike', 'A tag that begins like the right one', [tagged('sig1', 'bank-2')], noMatch],
  ['as-label', 'The label says what the tag should', [tagged('bank', 'shop')], noMatch],
  [
    'second',
    'The right tag on the second of two signatures',
    [tagged('one', 'shop'), tagged('two', 'bank')],
    accepted({ label: 'two', keyid: 'alice-1' }),
  ],
  [
    'wrong-bytes',
    'The right tag on wrong bytes, and another tag on a valid signature',
    [tagged('one', 'shop'), tagged('two', 'bank', { bytes: zeros })],
    refused('invalid_signature'),
  ],
]

const tags = tagRows.map(([id, what, signatures, expect]) => ({
  id: `tag-${id}`,
  comment: `${what}.`,
  flags: ['Tag'],
  rfc: ['RFC 9421 3.2', 'RFC 9421 7.2.7'],
  level: 'policy',
  policy: { profile: 'countersign', tag: 'bank' },
  message: attach(get, signatures),
  keys,
  expect,
}))

/** Whether a message has several signatures. */
function requirementOf({ message }) {
  const field = message.request.headers.find(([name]) => name === 'Signature')
  return field[1].includes(', ') ? { requires: ['multi-signature'] } : {}
}

export const severalSignatures = {
  id: 'several-signatures',
  type: 'verify',
  comment: 'Several signatures on one message: one that meets the policy is enough, and it alone says who signed.',
  policy: { profile: 'countersign' },
  now,
  tests: [...besides, swapped, ...counts, ...tags].map((test) => ({ ...test, ...requirementOf(test) })),
}
