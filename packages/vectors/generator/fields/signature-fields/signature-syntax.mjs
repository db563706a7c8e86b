import { accepted, refused } from '../expectation.mjs'
import { get, signed, withFields } from '../signed-request.mjs'

const noBytes = refused('malformed_signature')

/** Edits of a sound Signature field that leave no Dictionary of Byte Sequences. */
const syntaxRows = [
  ['string', 'The signature is a String', (text) => text.replaceAll(':', '"')],
  ['token', 'The signature is a Token', () => 'sig1=abc'],
  ['integer', 'The signature is an Integer', () => 'sig1=1234'],
  ['inner-list', 'The signature is an Inner List', (text) => text.replace('=:', '=(:').concat(')')],
  ['label-alone', 'A label without a signature', () => 'sig1'],
  ['no-first-colon', 'The first colon is missing', (text) => text.replace('=:', '=')],
  ['no-last-colon', 'The last colon is missing', (text) => text.replace(/:$/, '')],
  ['text-behind', 'Text behind the last colon', (text) => `${text}x`],
  ['base64url', 'The alphabet of base64url', (text) => text.replace(/=:..../, '=:-_-_')],
  ['white-space', 'A space within the base64', (text) => text.replace(/=:.../, '$& ')],
  ['other-character', 'A character that is in no alphabet', (text) => text.replace(/=:./, '=:!')],
  ['one-symbol', 'A single symbol of base64', () => 'sig1=:A:'],
  ['padding-first', 'Padding within the base64', (text) => text.replace('=:', '=:=')],
  ['padding-too-long', 'Three characters of padding', (text) => text.replace(/=+:$/, '===:')],
  ['list', 'The field is a List', (text) => text.replace('sig1=', '')],
]

const syntaxTests = syntaxRows.map(([id, what, signatureField]) => ({
  id: `signature-${id}`,
  comment: `${what}.`,
  flags: ['SignatureSyntax'],
  rfc: ['RFC 9421 4.2', 'RFC 9651 4.2.7'],
  // RFC 4648 3.3 leaves it to each specification to ignore padding that is too much.
  level: id.startsWith('padding-') ? 'should' : 'must',
  message: signed(get, { signatureField }),
  keys: ['alice-1'],
  expect: noBytes,
}))

/** Other spellings of the same bytes. */
const spellingRows = [
  ['no-padding', 'Base64 without its padding', (text) => text.replace(/=+:$/, ':')],
  [
    'pad-bits',
    'Base64 whose pad bits are not zero',
    (text) => text.replace(/(.)=:$/, (_all, last) => `${next(last)}=:`),
  ],
]

/** The symbol whose bits are those of another with the last one set. */
function next(symbol) {
  const symbols = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  return symbols[symbols.indexOf(symbol) + 1]
}

const spellingTests = spellingRows.map(([id, what, signatureField]) => ({
  id: `signature-${id}`,
  comment: `${what}: the bytes are the same.`,
  flags: ['SignatureSpelling'],
  rfc: ['RFC 9651 4.2.7'],
  level: 'should',
  requires: ['lenient-base64'],
  message: signed(get, { signatureField }),
  keys: ['alice-1'],
  expect: accepted({ label: 'sig1', keyid: 'alice-1' }),
}))

const absent = []

/** Fields that are not there, or hold nothing. */
const absenceRows = [
  ['none', 'No signature fields', 'missing_signature', { inputField: () => absent, signatureField: () => absent }],
  ['both-empty', 'Both fields are empty', 'missing_signature', { inputField: () => '', signatureField: () => '' }],
  ['no-signature', 'Signature is missing', 'label_mismatch', { signatureField: () => absent }],
  ['no-input', 'Signature-Input is missing', 'label_mismatch', { inputField: () => absent }],
  ['empty-signature', 'Signature is empty', 'label_mismatch', { signatureField: () => '' }],
  ['empty-input', 'Signature-Input is empty', 'label_mismatch', { inputField: () => '' }],
]

const absenceTests = absenceRows.map(([id, what, error, edits]) => ({
  id: `fields-${id}`,
  comment: `${what}.`,
  flags: ['MissingField'],
  rfc: ['RFC 9421 3.2', 'RFC 9421 4'],
  level: 'must',
  message: signed(get, edits),
  keys: ['alice-1'],
  expect: error === 'missing_signature' ? refused(error) : refused(error, 'missing_signature'),
}))

const fieldNames = {
  id: 'fields-names-in-any-case',
  comment: 'The names of the two fields are in upper and in lower case.',
  flags: ['SignatureSpelling'],
  rfc: ['RFC 9110 5.1', 'RFC 9421 4'],
  level: 'must',
  message: { request: renamed(signed(get).request) },
  keys: ['alice-1'],
  expect: accepted({ label: 'sig1', keyid: 'alice-1' }),
}

function renamed(request) {
  const names = { 'Signature-Input': 'SIGNATURE-INPUT', Signature: 'signature' }
  return { ...request, headers: request.headers.map(([name, value]) => [names[name] ?? name, value]) }
}

/** Attack 50: what stands in a trailer is not looked at. */
const inTrailer = {
  id: 'fields-in-trailers',
  comment: 'The two fields are trailers: a verifier of the profile does not look at them.',
  flags: ['MissingField'],
  rfc: ['RFC 9421 4.1', 'RFC 9421 4.2'],
  level: 'policy',
  policy: { profile: 'countersign' },
  message: { request: asTrailers(signed(get).request) },
  keys: ['alice-1'],
  expect: refused('missing_signature'),
}

/** RFC 9110 6.5.1: a trailer is merged into the headers only where its definition says so. */
const notMerged = {
  id: 'fields-in-trailers-not-merged',
  comment: 'The two fields are headers, and trailers too, with other values: the trailers change nothing.',
  flags: ['SignatureSpelling'],
  rfc: ['RFC 9110 6.5.1'],
  level: 'must',
  message: {
    request: { ...signed(get).request, trailers: asTrailers(signed(get, { key: 'bob-1' }).request).trailers },
  },
  keys: ['alice-1'],
  expect: accepted({ label: 'sig1', keyid: 'alice-1' }),
}

function asTrailers(request) {
  return { ...withFields(get), trailers: request.headers.slice(get.headers.length) }
}

export const signatureSyntax = {
  id: 'signature-syntax',
  type: 'verify',
  comment: 'Signature fields that are none, or spelled otherwise, or absent.',
  policy: { profile: 'rfc' },
  now: 1_700_000_000,
  tests: [...syntaxTests, ...spellingTests, ...absenceTests, fieldNames, inTrailer, notMerged],
}
