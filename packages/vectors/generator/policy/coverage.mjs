import { accepted, refused } from '../fields/expectation.mjs'
import { coverageOf, get, now, post, signed, withFields } from '../fields/signed-request.mjs'

const ok = accepted({ label: 'sig1', keyid: 'alice-1' })
const uncovered = refused('component_not_covered')
const without = (request, name) => coverageOf(request).filter((entry) => entry !== name)
const controlData = ['@method', '@authority', '@path', '@query']

const full = withFields(post, ['Authorization', 'Bearer abc'], ['Idempotency-Key', '"8e03978e"'])

/** Attack 32: each required component missing in turn. */
const missing = [
  ...controlData.map((name) => [name.slice(1), `${name} is not covered`, get, without(get, name)]),
  [
    'content-digest',
    'content-digest is not covered',
    full,
    without(full, 'content-digest'),
    refused('missing_digest', 'component_not_covered'),
  ],
  ['content-type', 'content-type is not covered', full, without(full, 'content-type')],
  ['authorization', 'authorization is there and not covered', full, without(full, 'authorization')],
  ['idempotency-key', 'idempotency-key is there and not covered', full, without(full, 'idempotency-key')],
  [
    'idempotency-key-empty',
    'idempotency-key is there, empty, and not covered (attack 59)',
    withFields(get, ['Idempotency-Key', '']),
    controlData,
  ],
  [
    'authorization-any-case',
    'AUTHORIZATION in upper case is there and not covered',
    withFields(get, ['AUTHORIZATION', 'Basic abc']),
    controlData,
  ],
  ['everything', 'Nothing is covered (attack 31)', get, []],
  ['target-uri-instead', '@target-uri stands in the place of its parts', get, ['@method', '@target-uri']],
  [
    'request-target-instead',
    '@request-target stands in the place of path and query',
    get,
    ['@method', '@authority', { name: '@request-target', value: '/accounts/7?full=1' }],
  ],
  ['host-instead', 'host stands in the place of @authority', get, ['@method', 'host', '@path', '@query']],
  [
    'query-param-instead',
    'All parameters of the query stand in the place of @query',
    get,
    ['@method', '@authority', '@path', { name: '@query-param', parameters: [['name', 'full']], value: '1' }],
  ],
]

const missingTests = missing.map(([id, what, request, components, expect = uncovered]) => ({
  id: `coverage-without-${id}`,
  comment: `${what}.`,
  flags: ['InsufficientCoverage'],
  rfc: ['RFC 9421 3.2.1', 'RFC 9421 7.2.1'],
  level: 'policy',
  ...(id === 'query-param-instead' && { requires: ['comp:query-param'] }),
  message: signed(request, { components }),
  keys: ['alice-1'],
  expect,
}))

/** Attack 33: a requirement is met by the whole identifier alone. */
const nearlyRows = [
  ['bs', 'Only "authorization";bs is covered', [['bs', true]], ':QmVhcmVyIGFiYw==:'],
  ['sf', 'Only "priority";sf is covered', [['sf', true]], 'u=1'],
  ['key', 'Only a member of priority is covered', [['key', 'u']], '1'],
]

const nearly = nearlyRows.map(([id, what, parameters, value]) => {
  const name = id === 'bs' ? 'authorization' : 'priority'
  const line = id === 'bs' ? ['Authorization', 'Bearer abc'] : ['Priority', 'u=1']
  return {
    id: `coverage-only-${id}`,
    comment: `${what}, and the field is required.`,
    flags: ['InsufficientCoverage'],
    rfc: ['RFC 9421 2', 'RFC 9421 3.2.1'],
    level: 'policy',
    requires: [`comp:${id}`],
    policy: { profile: 'countersign', ...(id !== 'bs' && { requiredComponents: ['"priority"'] }) },
    message: signed(withFields(get, line), { components: [...controlData, { name, parameters, value }] }),
    keys: ['alice-1'],
    expect: uncovered,
  }
})

const inTrailer = {
  id: 'coverage-only-tr',
  comment: 'Only "content-digest";tr is covered: it is not the digest of the header.',
  flags: ['InsufficientCoverage'],
  rfc: ['RFC 9421 2.1.4', 'RFC 9421 3.2.1'],
  level: 'policy',
  requires: ['comp:tr'],
  message: trailerMessage(),
  keys: ['alice-1'],
  expect: refused('missing_component', 'missing_digest', 'component_not_covered'),
}

function trailerMessage() {
  const digest = post.headers.find(([name]) => name === 'Content-Digest')
  const request = { ...post, headers: post.headers.filter((line) => line !== digest), trailers: [digest] }
  const components = [
    ...controlData,
    { name: 'content-digest', parameters: [['tr', true]], value: digest[1] },
    'content-type',
  ]
  return signed(request, { components })
}

const onlyReq = {
  id: 'coverage-only-req',
  comment: 'Only "@method";req is covered, which no request has.',
  flags: ['InsufficientCoverage'],
  rfc: ['RFC 9421 2.4', 'RFC 9421 3.2.1'],
  level: 'must',
  message: signed(get, {
    components: without(get, '@method'),
    input: (text) => text.replace('(', '("@method";req '),
    lines: ['"@method";req: GET'],
  }),
  keys: ['alice-1'],
  expect: refused('component_not_covered', 'invalid_component'),
}

const tenant = withFields(get, ['X-Tenant', 'north'])

/** What an application requires beside the profile. */
const requiredRows = [
  ['scheme-covered', '@scheme is required and covered', ['"@scheme"'], get, [...controlData, '@scheme'], ok],
  ['scheme', '@scheme is required and not covered', ['"@scheme"'], get, controlData, uncovered],
  ['field-covered', 'A field is required and covered', ['"x-tenant"'], tenant, [...controlData, 'x-tenant'], ok],
  ['field', 'A field is required, and there, and not covered', ['"x-tenant"'], tenant, controlData, uncovered],
  ['absent-field', 'A field is required, and not there, and not covered', ['"x-tenant"'], get, controlData, uncovered],
]

const required = requiredRows.map(([id, what, requiredComponents, request, components, expect]) => ({
  id: `coverage-required-${id}`,
  comment: `${what}.`,
  flags: ['InsufficientCoverage'],
  rfc: ['RFC 9421 3.2.1'],
  level: 'policy',
  policy: { profile: 'countersign', requiredComponents },
  message: signed(request, { components }),
  keys: ['alice-1'],
  expect,
}))

const soundRows = [
  ['full', 'Everything that the profile covers', full, coverageOf(full)],
  ['other-order', 'The required components in another order', get, [...controlData].reverse()],
  ['more', 'More components than are required', tenant, ['host', ...controlData, 'x-tenant']],
  [
    'empty-field',
    'A covered field that is empty (attack 59)',
    withFields(get, ['Idempotency-Key', '']),
    [...controlData, 'idempotency-key'],
  ],
  ['not-covered-field', 'A field that nobody requires was added and is not covered', tenant, controlData],
  ['no-query', 'No query: @query is a question mark', { ...get, url: 'https://bank.example/a' }, controlData],
]

const sound = soundRows.map(([id, what, request, components]) => ({
  id: `coverage-${id}`,
  comment: `${what}.`,
  flags: ['Coverage'],
  rfc: ['RFC 9421 2', 'RFC 9421 3.2.1'],
  level: 'policy',
  message: signed(request, { components }),
  keys: ['alice-1'],
  expect: ok,
}))

/** Whoever takes the first line sees another message than whoever takes the last. */
const singletons = [
  ['host', ['Host', 'bank.example'], get, ''],
  ['content-type', ['Content-Type', 'text/html'], post, 'application/json, text/html'],
  ['authorization', ['Authorization', 'Bearer other'], full, 'Bearer abc, Bearer other'],
  ['idempotency-key', ['Idempotency-Key', '"other"'], full, '"8e03978e", "other"'],
  ['content-length', ['Content-Length', '26'], withFields(post, ['Content-Length', '26']), ''],
].map(([id, line, request, value]) => ({
  id: `coverage-two-lines-of-${id}`,
  comment: `${line[0]} occurs twice, soundly signed as it stands.`,
  flags: ['AmbiguousMessage'],
  rfc: ['RFC 9421 7.5.6', 'RFC 9110 5.3'],
  level: 'policy',
  message: signed(withFields(request, line), {
    components: coverageOf(request).map((name) => (name === id ? { name, value } : name)),
  }),
  keys: ['alice-1'],
  expect: refused('malformed_message'),
}))

export const coverage = {
  id: 'coverage',
  type: 'verify',
  comment: 'What has to be covered.',
  policy: { profile: 'countersign' },
  now,
  tests: [...sound, ...missingTests, ...nearly, inTrailer, onlyReq, ...required, ...singletons],
}
