import { refused } from '../../fields/expectation.mjs'
import { attach, get, post, sign, withFields } from '../../fields/signed-request.mjs'
import { message, ok, replayed, replayedOrStale, sequence, stale, step } from './messages.mjs'

const twoKeys = { keys: ['alice-1', 'alice-2'] }
const sameLength = { keys: ['alice-1', 'carol-ed25519'] }
const twoPrincipals = { keys: ['alice-1', 'bob-1'] }
const first = message('a')

/** The same, once more: what stands beside the signature changes nothing. */
const again = [
  ['same-bytes', 'The same bytes twice (attack 4)', first],
  ['label-renamed', 'The same signature with another label (attack 15)', message('a', 0, { label: 'sig2' })],
  [
    'respelled',
    'The same signature without the padding of its base64 (attack 14)',
    message('a', 0, { signatureField: (text) => text.replace(/=+:$/, ':') }),
  ],
  [
    'field-added',
    'The same signature with an unsigned field (attack 16)',
    { request: withFields(first.request, ['X-Attempt', '2']) },
  ],
  [
    'fields-reordered',
    'The same signature with the fields in another order (attack 16)',
    { request: { ...first.request, headers: [...first.request.headers].reverse() } },
  ],
  [
    'other-path',
    'The same nonce, signed for another path',
    message('a', 0, {}, { ...get, url: 'https://bank.example/accounts/8' }),
  ],
  ['later-created', 'The same nonce, signed again with a later created', message('a', 5)],
  ['earlier-created', 'The same nonce, signed again with an earlier created', message('a', -30)],
  [
    'more-covered',
    'The same nonce, signed again with more covered',
    message('a', 0, { components: ['@method', '@authority', '@path', '@query', 'host'] }),
  ],
].map(([id, what, second]) =>
  sequence(id, what, {
    messages: { first, second },
    steps: [step(0, 'first', ok), step(1, 'second', replayed)],
  }),
)

const principals = [
  sequence(
    'two-keys-of-one-principal',
    'The same nonce by two keys of one principal: keys of one principal share their nonces (attack 17)',
    {
      ...twoKeys,
      messages: { first, second: message('a', 0, { key: 'alice-2' }) },
      steps: [step(0, 'first', ok), step(0, 'second', replayed)],
    },
  ),
  sequence(
    'one-message-split',
    'A message with two signatures of one principal and one nonce, split into two messages (attack 17)',
    {
      ...twoKeys,
      messages: splitMessage(),
      steps: [step(0, 'both', ok), step(1, 'one', replayed), step(1, 'two', replayed)],
    },
  ),
  sequence('two-principals', 'The same nonce by two principals: each has nonces of its own (attack 23)', {
    ...twoPrincipals,
    messages: { first, second: message('a', 0, { key: 'bob-1' }) },
    steps: [step(0, 'first', ok), step(0, 'second', ok), step(1, 'first', replayed), step(1, 'second', replayed)],
  }),
  sequence(
    'two-principals-of-one-length',
    'The same nonce by two principals whose names have the same length (attack 23)',
    {
      ...sameLength,
      messages: { first, second: message('a', 0, { key: 'carol-ed25519', keyid: 'carol' }) },
      steps: [step(0, 'first', ok), step(0, 'second', ok), step(1, 'second', replayed)],
    },
  ),
]

function splitMessage() {
  const one = sign(get, { key: 'alice-1', label: 'one' })
  const two = sign(get, { key: 'alice-2', label: 'two' })
  return { both: attach(get, [one, two]), one: attach(get, [one]), two: attach(get, [two]) }
}

const fresh = [
  sequence('other-nonces', 'Two requests that differ in the nonce alone', {
    messages: { first, second: message('b') },
    steps: [step(0, 'first', ok), step(0, 'second', ok)],
  }),
  sequence('nonce-case', 'Two nonces that differ in upper and lower case', {
    messages: { first, second: message('A') },
    steps: [step(0, 'first', ok), step(0, 'second', ok)],
  }),
  sequence('out-of-order', 'Requests that arrive in another order than they were created in', {
    messages: { new: message('new', 10), old: message('old', -60), middle: message('mid', -30) },
    steps: [
      ...['new', 'old', 'middle'].map((name) => step(0, name, ok)),
      ...['middle', 'new', 'old'].map((name) => step(0, name, replayed)),
    ],
  }),
]

const races = [
  sequence('fifty-copies', '50 copies at once: exactly one is accepted (attack 5)', {
    messages: { first },
    steps: [step(0, 'first', ok, { copies: 50 }), step(0, 'first', replayed)],
  }),
  sequence('fifty-copies-with-body', '50 copies of a request with a body', {
    messages: { first: message('a', 0, {}, post) },
    steps: [step(0, 'first', ok, { copies: 50 }), step(60, 'first', replayed)],
  }),
]

const edges = [
  sequence('last-second', 'A replay in the last second of the window, and in the next (attack 10)', {
    messages: { first },
    steps: [step(0, 'first', ok), step(59, 'first', replayed), step(60, 'first', replayed), step(61, 'first', stale)],
  }),
  sequence('created-in-future', 'Created as far in the future as is accepted: the window is 70 s long (attack 11)', {
    messages: { first: message('a', 10) },
    steps: [step(0, 'first', ok), step(61, 'first', replayed), step(70, 'first', replayed), step(71, 'first', stale)],
  }),
  sequence('oldest', 'Created as long ago as is accepted', {
    messages: { first: message('a', -60) },
    steps: [step(0, 'first', ok), step(0, 'first', replayed), step(1, 'first', stale)],
  }),
  sequence('many-in-a-row', 'A request each 20 s, and a replay of each in its last second', {
    messages: Object.fromEntries([0, 20, 40, 60, 80, 100].map((at) => [`at-${at}`, message(`${at}`, at)])),
    steps: [0, 20, 40, 60, 80, 100].flatMap((at) => [
      step(at, `at-${at}`, ok),
      ...(at >= 60 ? [step(at, `at-${at - 60}`, replayedOrStale)] : []),
    ]),
  }),
]

const wrongBytes = (bytes) => Buffer.alloc(bytes.length)
const invalid = refused('invalid_signature')

/** Nothing is claimed before everything else is checked. */
const unclaimed = [
  sequence('forged-first', 'Three forgeries with a nonce, then the right signature (attack 21)', {
    messages: { forged: message('a', 0, { bytes: wrongBytes }), first },
    steps: [
      step(0, 'forged', invalid),
      step(0, 'forged', invalid),
      step(1, 'forged', invalid),
      step(2, 'first', ok),
      step(3, 'first', replayed),
    ],
  }),
  sequence('altered-body-first', 'A copy with another body arrives first (attack 22)', {
    messages: alteredBody(),
    steps: [
      step(0, 'altered', refused('digest_mismatch')),
      step(0, 'first', ok),
      step(1, 'altered', refused('digest_mismatch', 'replayed')),
    ],
  }),
  sequence('altered-path-first', 'A copy with another path arrives first', {
    messages: { altered: { request: { ...first.request, url: 'https://bank.example/accounts/8' } }, first },
    steps: [step(0, 'altered', invalid), step(0, 'first', ok)],
  }),
  sequence('not-covered-first', 'The same nonce on a signature that covers too little', {
    messages: { weak: message('a', 0, { components: ['@method'] }), first },
    steps: [step(0, 'weak', refused('component_not_covered')), step(0, 'first', ok)],
  }),
  sequence('unknown-key-first', 'The same nonce by an unknown key', {
    messages: { unknown: message('a', 0, { key: 'bob-1' }), first },
    steps: [step(0, 'unknown', refused('unknown_key')), step(0, 'first', ok)],
  }),
  sequence('too-early-first', 'A request that comes a second too early, and once more', {
    messages: { first: message('a', 11) },
    steps: [step(0, 'first', refused('not_yet_valid')), step(1, 'first', ok), step(2, 'first', replayed)],
  }),
].map((test) => ({ ...test, flags: ['ClaimedTooEarly'] }))

function alteredBody() {
  const sound = message('a', 0, {}, post)
  const body = Buffer.from('{"amount":99,"to":"carol"}').toString('base64')
  return { altered: { request: { ...sound.request, body } }, first: sound }
}

export const copies = [...again, ...principals, ...fresh, ...races, ...edges, ...unclaimed]
