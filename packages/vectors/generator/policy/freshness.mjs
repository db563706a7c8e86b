import { accepted, refused } from '../fields/expectation.mjs'
import { get, now, signed } from '../fields/signed-request.mjs'

const ok = accepted({ label: 'sig1', keyid: 'alice-1' })
const stale = refused('stale')
const early = refused('not_yet_valid')
const unfit = refused('malformed_parameter')
const absent = undefined

/** Attacks 25 to 27: [id, comment, parameters, expect, policy beside the profile]. */
const rows = [
  ['now', 'Created now', {}, ok],
  ['max-age', 'Created as long ago as is accepted: 60 s', { created: now - 60 }, ok],
  ['over-max-age', 'Created a second longer ago: 61 s', { created: now - 61 }, stale],
  ['skew', 'Created as far in the future as is accepted: 10 s', { created: now + 10 }, ok],
  ['over-skew', 'Created a second further in the future: 11 s', { created: now + 11 }, early],
  ['long-ago', 'Created in 1970', { created: 0 }, stale],
  ['milliseconds', 'Created in milliseconds', { created: now * 1000 }, early],
  ['longest-integer', 'Created at the greatest Integer', { created: 999_999_999_999_999 }, early],
  ['negative', 'Created before 1970', { created: -1 }, refused('malformed_parameter', 'stale')],
  ['no-created', 'No created', { created: absent }, refused('missing_parameter')],
  ['max-age-300', 'Created 300 s ago, which the policy accepts', { created: now - 300 }, ok, { maxAgeSeconds: 300 }],
  [
    'over-max-age-300',
    'Created 301 s ago, where the policy accepts 300',
    { created: now - 301 },
    stale,
    { maxAgeSeconds: 300 },
  ],
  ['skew-0', 'Created now, where no skew is accepted', {}, ok, { futureSkewSeconds: 0 }],
  [
    'over-skew-0',
    'Created in a second, where no skew is accepted',
    { created: now + 1 },
    early,
    { futureSkewSeconds: 0 },
  ],
  ['expires-later', 'expires is to come', { expires: now + 60 }, ok],
  ['expires-now', 'expires is this very second, which is not past', { created: now - 1, expires: now }, ok],
  [
    'expired',
    'expires was a second ago, within the accepted age',
    { created: now - 30, expires: now - 1 },
    refused('expired'),
  ],
  ['expires-as-created', 'expires is not after created', { expires: now }, unfit],
  [
    'expires-before-created',
    'expires is before created',
    { expires: now - 1 },
    refused('malformed_parameter', 'expired'),
  ],
  ['expires-a-day', 'expires is a day after created', { expires: now + 86_400 }, ok],
  ['expires-over-a-day', 'expires is a day and a second after created', { expires: now + 86_401 }, unfit],
  [
    'expires-does-not-prolong',
    'expires is to come, and created is too long ago',
    { created: now - 61, expires: now + 60 },
    stale,
  ],
  [
    'expires-far-but-created-early',
    'expires is a day and a second from now, and a day from created',
    { created: now + 1, expires: now + 86_401 },
    ok,
  ],
]

export const freshness = {
  id: 'freshness',
  type: 'verify',
  comment: 'The acceptance window: both edges belong to it.',
  policy: { profile: 'countersign' },
  now,
  tests: rows.map(([id, what, parameters, expect, more]) => ({
    id: `time-${id}`,
    comment: `${what}.`,
    flags: ['Freshness'],
    rfc: ['RFC 9421 2.3', 'RFC 9421 3.2.1'],
    level: 'policy',
    ...(more && { policy: { profile: 'countersign', ...more } }),
    message: signed(get, { parameters }),
    keys: ['alice-1'],
    expect,
  })),
}
