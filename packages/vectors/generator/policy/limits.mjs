import { accepted, refused } from '../fields/expectation.mjs'
import { get, now, signed } from '../fields/signed-request.mjs'

const ok = accepted({ label: 'sig1', keyid: 'alice-1' })
const over = refused('limit_exceeded')

/** The greatest number of characters in Signature-Input and Signature together. */
const fieldLength = 8192

/** A signature whose two fields have so many characters, by a parameter that nobody registered. */
function ofLength(length) {
  const padded = (text, count) => `${text};x-pad="${'p'.repeat(count)}"`
  const [input, signature] = signed(get, { input: (text) => padded(text, 0) })
    .request.headers.slice(-2)
    .map(([, value]) => value)
  return signed(get, { input: (text) => padded(text, length - input.length - signature.length) })
}

/** A signature over so many components. */
function ofComponents(count) {
  const names = Array.from({ length: count - 4 }, (_none, index) => `x-field-${index + 1}`)
  const request = { ...get, headers: [...get.headers, ...names.map((name) => [name, '1'])] }
  return signed(request, { components: ['@method', '@authority', '@path', '@query', ...names] })
}

const rows = [
  [
    'fields-8192',
    'Signature-Input and Signature have 8192 characters together',
    ofLength(fieldLength),
    ok,
    ['unknown-parameters'],
  ],
  ['fields-8193', 'Signature-Input and Signature have 8193 characters together', ofLength(fieldLength + 1), over],
  ['components-32', '32 components are covered', ofComponents(32), ok],
  ['components-33', '33 components are covered', ofComponents(33), over],
  [
    'keyid-64-kib',
    'A keyid of 64 KiB (attack 89)',
    signed(get, { keyid: 'k'.repeat(65_536) }),
    refused('limit_exceeded', 'malformed_parameter', 'unknown_key'),
  ],
]

export const limits = {
  id: 'limits',
  type: 'verify',
  comment: 'How much a verifier of the profile reads (attack 75).',
  policy: { profile: 'countersign' },
  now,
  tests: rows.map(([id, what, message, expect, requires]) => ({
    id: `limit-${id}`,
    comment: `${what}.`,
    flags: ['Limit'],
    rfc: ['RFC 9421 7.2'],
    level: 'policy',
    requires,
    message,
    keys: ['alice-1'],
    expect,
  })),
}
