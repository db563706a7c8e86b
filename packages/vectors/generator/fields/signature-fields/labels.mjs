import { accepted, refused } from '../expectation.mjs'
import { attach, get, now, sign, signed } from '../signed-request.mjs'

const again = (text) => `${text}, ${text}`
const twoLines = (text) => [text, text]

/** One label, one signature. */
const duplicateRows = [
  ['in-input', 'twice in Signature-Input', { inputField: again }],
  ['in-signature', 'twice in Signature', { signatureField: again }],
  ['in-both', 'twice in both fields', { inputField: again, signatureField: again }],
  ['on-two-input-lines', 'on two lines of Signature-Input', { inputField: twoLines }],
  ['on-two-signature-lines', 'on two lines of Signature', { signatureField: twoLines }],
  [
    'second-signature-wrong',
    'twice in Signature, the second time with wrong bytes',
    { signatureField: (text) => `${text}, sig1=:AAAA:` },
  ],
  [
    'first-signature-wrong',
    'twice in Signature, the first time with wrong bytes',
    { signatureField: (text) => `sig1=:AAAA:, ${text}` },
  ],
  [
    'first-input-empty',
    'twice in Signature-Input, the first time covering nothing',
    { inputField: (text) => `sig1=();keyid="alice-1", ${text}` },
  ],
]

const duplicates = duplicateRows.map(([id, what, edits]) => ({
  id: `labels-duplicate-${id}`,
  comment: `A label occurs ${what}.`,
  flags: ['DuplicateLabel'],
  rfc: ['RFC 9421 4', 'RFC 9421 4.1', 'RFC 9421 4.2'],
  level: 'must',
  message: signed(get, edits),
  keys: ['alice-1'],
  expect: refused('duplicate_label', 'malformed_signature_input', 'malformed_signature', 'label_mismatch'),
}))

/** Each label in both fields. */
const unpairedRows = [
  [
    'renamed-in-signature',
    'Signature has another label than Signature-Input',
    { signatureField: (text) => text.replace('sig1', 'sig2') },
  ],
  [
    'renamed-in-input',
    'Signature-Input has another label than Signature',
    { inputField: (text) => text.replace('sig1', 'sig2') },
  ],
  ['more-in-signature', 'Signature has one label more', { signatureField: (text) => `${text}, sig2=:AAAA:` }],
  [
    'more-in-input',
    'Signature-Input has one label more',
    { inputField: (text) => `${text}, sig2=("@method");keyid="alice-1"` },
  ],
  ['case', 'The labels differ in a hyphen', { signatureField: (text) => text.replace('sig1', 'sig-1') }],
]

const unpaired = unpairedRows.map(([id, what, edits]) => ({
  id: `labels-unpaired-${id}`,
  comment: `${what}.`,
  flags: ['UnpairedLabel'],
  rfc: ['RFC 9421 4', 'RFC 9421 3.2'],
  level: 'must',
  message: signed(get, edits),
  keys: ['alice-1'],
  expect: refused('label_mismatch'),
}))

/** Attack 15: a label says nothing, and nobody signs it. */
const names = [
  ['renamed', 'Another label than the signer chose', 'renamed'],
  ['characters', 'A label with every character that a key may have', '*a0_-.z*'],
  ['one-letter', 'A label of one letter', 's'],
  ['like-a-member-of-objects', 'A label that names a property of every object', 'constructor'],
]

const freeNames = names.map(([id, what, label]) => ({
  id: `labels-${id}`,
  comment: `${what}: the signature is the same.`,
  flags: ['LabelIsNoRole'],
  rfc: ['RFC 9421 4', 'RFC 9421 7.2.5'],
  level: 'must',
  message: signed(get, { label }),
  keys: ['alice-1'],
  expect: accepted({ label, keyid: 'alice-1' }),
}))

const alice = sign(get, { key: 'alice-1', label: 'alice' })
const bob = sign(get, { key: 'bob-1', label: 'bob', parameters: { nonce: 'b5c3a1de-vectors-0002' } })
const reversed = (text) => text.split(', ').reverse().join(', ')

/** Two signatures, however the fields are laid out. */
const layouts = [
  ['one-line', 'Two signatures on one line of each field', {}],
  [
    'two-lines',
    'Two signatures on two lines of each field',
    { inputField: (text) => text.split(', '), signatureField: (text) => text.split(', ') },
  ],
  [
    'lines-and-list',
    'Two signatures, on two lines of one field and on one line of the other',
    { inputField: (text) => text.split(', ') },
  ],
  [
    'other-order',
    'Two signatures, in another order in Signature than in Signature-Input',
    { signatureField: reversed },
  ],
  [
    'white-space',
    'Two signatures with white space around the comma, a tab among it',
    { inputField: (text) => text.replace('", bob', '" \t,\t bob'), signatureField: (text) => text.replace(', ', ',') },
  ],
]

const laidOut = layouts.map(([id, what, edits]) => ({
  id: `labels-layout-${id}`,
  comment: `${what}. The application has chosen the second.`,
  flags: ['SeveralSignatures'],
  rfc: ['RFC 9421 4.3', 'RFC 9651 3.2'],
  level: 'must',
  requires: ['multi-signature'],
  policy: { profile: 'rfc', label: 'bob' },
  message: attach(get, [alice, bob], edits),
  keys: ['alice-1', 'bob-1'],
  expect: accepted({ label: 'bob', keyid: 'bob-1' }),
}))

const forged = { ...bob, bytes: alice.bytes }

/** The signature that the application chose is the one that counts. */
const chosen = [
  {
    id: 'labels-chosen-is-wrong',
    comment: 'The chosen signature does not verify; the other one does.',
    message: attach(get, [alice, forged]),
    expect: refused('invalid_signature'),
  },
  {
    id: 'labels-chosen-is-right',
    comment: 'The chosen signature verifies; the other one does not.',
    message: attach(get, [{ ...alice, bytes: bob.bytes }, bob]),
    expect: accepted({ label: 'bob', keyid: 'bob-1' }),
  },
  {
    id: 'labels-chosen-is-absent',
    comment: 'There is no signature with the chosen label.',
    message: attach(get, [alice]),
    expect: refused('no_matching_signature', 'missing_signature'),
  },
].map((test) => ({
  ...test,
  flags: ['SeveralSignatures'],
  rfc: ['RFC 9421 3.2', 'RFC 9421 4.3'],
  level: 'must',
  requires: ['multi-signature'],
  policy: { profile: 'rfc', label: 'bob' },
  keys: ['alice-1', 'bob-1'],
}))

export const labels = {
  id: 'labels',
  type: 'verify',
  comment: 'Labels: unique, in both fields, and without a meaning.',
  policy: { profile: 'rfc' },
  now,
  tests: [...duplicates, ...unpaired, ...freeNames, ...laidOut, ...chosen],
}
