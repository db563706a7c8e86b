import { accepted, refused } from '../fields/expectation.mjs'
import { get, now, signed } from '../fields/signed-request.mjs'

const ok = accepted({ label: 'sig1', keyid: 'alice-1' })
const unfit = refused('malformed_parameter')
const missing = refused('missing_parameter')
const invalid = refused('invalid_signature')
const absent = undefined

/** Attack 20: [id, comment, nonce, expect]. */
const nonces = [
  ['16', 'A nonce of 16 characters', 'n'.repeat(16), ok],
  ['15', 'A nonce of 15 characters', 'n'.repeat(15), unfit],
  ['128', 'A nonce of 128 characters', 'n'.repeat(128), ok],
  ['129', 'A nonce of 129 characters', 'n'.repeat(129), unfit],
  ['empty', 'An empty nonce', '', unfit],
  ['absent', 'No nonce', absent, missing],
  [
    'escapes',
    'A nonce of 16 characters, all of which are escaped: it counts as it is read',
    '"'.repeat(8) + '\\'.repeat(8),
    ok,
  ],
].map(([id, what, nonce, expect]) => ({ id: `nonce-${id}`, what, shape: { parameters: { nonce } }, expect }))

const longest = 'k'.repeat(256)

/** Attack 89 among them: a keyid is looked up, and nothing else. */
const keyids = [
  [
    '256',
    'A keyid of 256 characters',
    { key: 'long-keyid-256', keyid: longest },
    accepted({ label: 'sig1', keyid: longest }),
    ['long-keyid-256'],
  ],
  ['257', 'A keyid of 257 characters', { keyid: `${longest}k` }, refused('malformed_parameter', 'unknown_key')],
  ['absent', 'No keyid', { parameters: { keyid: absent } }, missing],
  ['empty', 'An empty keyid', { keyid: '' }, refused('malformed_parameter', 'unknown_key')],
  ...[
    ['unknown', 'A keyid that nobody knows', 'nobody'],
    ['other-case', 'The keyid in another case', 'Alice-1'],
    ['begins-alike', 'A keyid that begins like a known one', 'alice-10'],
    ['space', 'The keyid with a space at its end', 'alice-1 '],
    ['url', 'A URL: nothing is fetched', 'https://attacker.example/key.pem'],
    ['path', 'A path: nothing is opened', '../../../../dev/null'],
    ['prototype', 'A property of every object', '__proto__'],
    ['constructor', 'Another property of every object', 'constructor'],
    ['sql', 'A piece of SQL', "' OR '1'='1"],
  ].map(([id, what, keyid]) => [id, what, { keyid }, refused('unknown_key')]),
].map(([id, what, shape, expect, keys]) => ({ id: `keyid-${id}`, what, shape, expect, keys }))

const algorithms = [
  ['right', 'alg is the algorithm of the key', 'hmac-sha256', ok],
  ['other', 'alg is another algorithm than that of the key', 'ed25519', refused('algorithm_mismatch')],
  ['none', 'alg is none', 'none', refused('algorithm_mismatch')],
  ['empty', 'alg is empty', '', refused('algorithm_mismatch')],
  ['other-case', 'alg is the algorithm of the key in upper case', 'HMAC-SHA256', refused('algorithm_mismatch')],
].map(([id, what, alg, expect]) => ({ id: `policy-alg-${id}`, what, shape: { parameters: { alg } }, expect }))

/** Attacks 18 and 19: the parameters are signed. */
const tampered = [
  ['nonce-removed', 'The nonce was removed', (text) => text.replace(/;nonce="[^"]*"/, ''), missing],
  ['nonce-changed', 'The nonce was changed', (text) => text.replace('-0001"', '-0002"'), invalid],
  ['created-changed', 'created was changed', (text) => text.replace(`${now}`, `${now - 1}`), invalid],
  [
    'keyid-changed',
    'keyid was changed to that of another principal',
    (text) => text.replace('alice-1', 'bob-1'),
    invalid,
  ],
  [
    'keyid-of-same-principal',
    'keyid was changed to another key of the same principal',
    (text) => text.replace('alice-1', 'alice-2'),
    invalid,
  ],
  ['expires-added', 'expires was added', (text) => text.replace(';nonce', `;expires=${now + 60};nonce`), invalid],
  ['alg-added', 'alg was added, the right one', (text) => text.replace(';keyid', ';alg="hmac-sha256";keyid'), invalid],
  [
    'order-changed',
    'The parameters were put in another order',
    (text) => text.replace(/(;created=\d+)(.*)$/, '$2$1'),
    invalid,
  ],
  ['component-removed', 'A component that nobody requires was removed', (text) => text.replace(' "host"', ''), invalid],
].map(([id, what, inputField, expect]) => ({
  id: `parameters-${id}`,
  what,
  shape: {
    inputField,
    ...(id === 'component-removed' && { components: ['@method', '@authority', '@path', '@query', 'host'] }),
  },
  expect,
  flags: ['TamperedParameter'],
}))

const sound = { keyid: 'keyid="alice-1"', nonce: 'nonce="b5c3a1de-vectors-0001"', created: `created=${now}` }

/** Two readers of one field must not see two values. */
const twice = ['keyid="bob-1"', 'nonce="b5c3a1de-vectors-0002"', `created=${now - 1}`].map((parameter) => {
  const [name] = parameter.split('=')
  return {
    id: `parameters-${name}-twice`,
    what: `${name} occurs twice, soundly signed by the value that RFC 9651 lets win`,
    // The strict serialization has the last value in the place of the first.
    shape: {
      input: (text) => text.replace(new RegExp(`${name}=("[^"]*"|\\d+)`), parameter),
      inputField: (text) => text.replace(`;${parameter}`, `;${sound[name]}`).concat(`;${parameter}`),
      ...(name === 'keyid' && { key: 'bob-1' }),
    },
    expect: refused('malformed_parameter', 'malformed_signature_input'),
    flags: ['AmbiguousParameter'],
  }
})

export const names = {
  id: 'names',
  type: 'verify',
  comment: 'nonce, keyid and alg: what they may be, and that nobody can change them.',
  policy: { profile: 'countersign' },
  now,
  tests: [...nonces, ...keyids, ...algorithms, ...tampered, ...twice].map(
    ({ id, what, shape, expect, flags = ['SignatureParameter'], keys = ['alice-1', 'alice-2', 'bob-1'] }) => ({
      id,
      comment: `${what}.`,
      flags,
      rfc: ['RFC 9421 2.3', 'RFC 9421 3.2'],
      level: ['algorithm_mismatch', 'invalid_signature', 'unknown_key'].includes(expect.error) ? 'must' : 'policy',
      message: signed(get, shape),
      keys,
      expect,
    }),
  ),
}
