import { accepted, refused } from '../expectation.mjs'
import { get, now, signed } from '../signed-request.mjs'

const wrongType = refused('malformed_parameter', 'malformed_signature_input')

/** Registered parameters with a value of another type. Each is signed as it stands. */
const typeRows = [
  ['created-string', 'created is a String', `created=${now}`, `created="${now}"`],
  ['created-decimal', 'created is a Decimal', `created=${now}`, `created=${now}.0`],
  ['created-date', 'created is a Date', `created=${now}`, `created=@${now}`],
  ['created-boolean', 'created has no value', `created=${now}`, 'created'],
  ['created-token', 'created is a Token', `created=${now}`, 'created=now'],
  ['expires-string', 'expires is a String', ';nonce', `;expires="${now + 60}";nonce`],
  ['expires-date', 'expires is a Date', ';nonce', `;expires=@${now + 60};nonce`],
  ['keyid-token', 'keyid is a Token', 'keyid="alice-1"', 'keyid=alice-1'],
  ['keyid-bytes', 'keyid is a Byte Sequence', 'keyid="alice-1"', 'keyid=:YWxpY2UtMQ==:'],
  ['keyid-display-string', 'keyid is a Display String', 'keyid="alice-1"', 'keyid=%"alice-1"'],
  ['keyid-boolean', 'keyid has no value', 'keyid="alice-1"', 'keyid'],
  ['nonce-integer', 'nonce is an Integer', /nonce="[^"]*"/, 'nonce=123456789012345'],
  ['nonce-token', 'nonce is a Token', /nonce="[^"]*"/, 'nonce=b5c3a1de-vectors-0001'],
  ['alg-token', 'alg is a Token', ';keyid', ';alg=hmac-sha256;keyid'],
  ['tag-token', 'tag is a Token', /$/, ';tag=bank'],
]

const typeTests = typeRows.map(([id, what, from, to]) => ({
  id: `parameter-${id}`,
  comment: `${what}.`,
  flags: ['ParameterType'],
  rfc: ['RFC 9421 2.3'],
  level: 'must',
  message: signed(get, { input: (text) => text.replace(from, to) }),
  keys: ['alice-1'],
  expect: wrongType,
}))

export const signatureParameterTypes = {
  id: 'signature-parameter-types',
  type: 'verify',
  comment: 'Registered signature parameters of a wrong type. Each message is signed as it stands.',
  policy: { profile: 'rfc' },
  tests: typeTests,
}

/** What is written otherwise than a strict serializer does, and what the base then says. */
const spellingRows = [
  [
    'spaces-in-list',
    'Spaces around the components',
    (text) => text.replace('(', '(  ').replace('" "', '"   "').replace(')', ' )'),
  ],
  ['spaces-behind-semicolon', 'Spaces behind the semicolons', (text) => text.replaceAll(';', ';  ')],
  ['spaces-around-field', 'Spaces around the field value', (text) => `  ${text}  `],
  ['leading-zeros', 'created with leading zeros', (text) => text.replace('created=', 'created=000')],
]

const spellingTests = spellingRows.map(([id, what, inputField]) => ({
  id: `spelling-${id}`,
  comment: `${what}: the base has the strict serialization.`,
  flags: ['InputSpelling'],
  rfc: ['RFC 9421 2.3', 'RFC 9421 3.2', 'RFC 9651 4.2'],
  level: 'must',
  message: signed(get, { inputField }),
  keys: ['alice-1'],
  expect: accepted({ label: 'sig1', keyid: 'alice-1' }),
}))

/** Parameters that nobody registered: they are signed like the others. Written, and as strictly serialized. */
const unknownRows = [
  ['string', 'A String', ';x-extra="a b"', ';x-extra="a b"'],
  ['escaped', 'A String with an escaped quotation mark', ';x-extra="a\\"b\\\\c"', ';x-extra="a\\"b\\\\c"'],
  ['true', 'The Boolean true, written out', ';x-extra=?1', ';x-extra'],
  ['false', 'The Boolean false', ';x-extra=?0', ';x-extra=?0'],
  ['integer', 'An Integer with leading zeros and a sign', ';x-extra=-007', ';x-extra=-7'],
  ['minus-zero', 'An Integer of minus zero', ';x-extra=-0', ';x-extra=0'],
  ['decimal', 'A Decimal with a zero at its end', ';x-extra=1.50', ';x-extra=1.5'],
  ['token', 'A Token', ';x-extra=*a/b:c', ';x-extra=*a/b:c'],
  ['bytes', 'A Byte Sequence without padding', ';x-extra=:YQ:', ';x-extra=:YQ==:'],
  ['date', 'A Date', ';x-extra=@0', ';x-extra=@0'],
  ['display-string', 'A Display String', ';x-extra=%"f%c3%bc"', ';x-extra=%"f%c3%bc"'],
]

const unknownTests = unknownRows.map(([id, what, written, strict]) => ({
  id: `unknown-parameter-${id}`,
  comment: `${what} as a signature parameter that is not registered: the base has it, strictly serialized.`,
  flags: ['InputSpelling'],
  rfc: ['RFC 9421 2.3', 'RFC 9421 3.2', 'RFC 9651 4.1.1.2'],
  level: 'must',
  requires: ['unknown-parameters', ...(['date', 'display-string'].includes(id) ? ['rfc9651-types'] : [])],
  message: signed(get, {
    input: (text) => `${text}${strict}`,
    inputField: (text) => text.slice(0, text.length - strict.length) + written,
  }),
  keys: ['alice-1'],
  expect: accepted({ label: 'sig1', keyid: 'alice-1' }),
}))

const orders = [
  ['keyid-first', ['keyid', 'nonce', 'created'], 'keyid before created'],
  ['unknown-first', ['x-extra', 'created', 'nonce', 'keyid'], 'a parameter that is not registered before all others'],
]

const orderTests = orders.map(([id, names, what]) => ({
  id: `parameter-order-${id}`,
  comment: `Parameters in another order, ${what}: the base keeps it.`,
  flags: ['InputSpelling'],
  rfc: ['RFC 9421 2.3', 'RFC 9421 4.1'],
  level: 'must',
  ...(id === 'unknown-first' && { requires: ['unknown-parameters'] }),
  message: signed(get, { input: (text) => reordered(`${text};x-extra=1`, names) }),
  keys: ['alice-1'],
  expect: accepted({ label: 'sig1', keyid: 'alice-1' }),
}))

function reordered(text, names) {
  const [list, ...parameters] = text.split(';')
  return [list, ...names.map((name) => parameters.find((entry) => entry.startsWith(`${name}=`)))].join(';')
}

export const signatureInputSpelling = {
  id: 'signature-input-spelling',
  type: 'verify',
  comment: 'Signature-Input fields that are sound, and not strictly serialized as they stand.',
  policy: { profile: 'rfc' },
  tests: [...spellingTests, ...unknownTests, ...orderTests],
}
