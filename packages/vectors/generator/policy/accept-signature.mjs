import { accepted, refused } from '../fields/expectation.mjs'
import { get, now, post } from '../fields/signed-request.mjs'
import { componentValue } from '../oracle/component-values.mjs'
import { assembleBase } from '../oracle/signature-base.mjs'
import { serializeIdentifier } from '../oracle/structured-fields.mjs'

const answer = {
  request: get,
  response: { status: 200, headers: [['Content-Type', 'application/json']] },
}

/**
 * What is asked for, and what is signed: [id, comment, Accept-Signature, components, parameters, rest]. A component is
 * a name, or `{ name, parameters, value }`.
 */
const fulfilled = [
  ['components', 'Components alone', 'sig1=("@method" "@path")', ['@method', '@path'], []],
  ['nothing-covered', 'No components', 'sig1=();created', [], [['created', now]]],
  [
    'created',
    'created is asked for: it is the time of signing',
    'sig1=("@method");created',
    ['@method'],
    [['created', now]],
  ],
  [
    'expires',
    'created and expires are asked for',
    'sig1=("@method");expires;created',
    ['@method'],
    [
      ['created', now],
      ['expires', now + 60],
    ],
  ],
  [
    'true-written',
    'created is asked for with the Boolean true, written out',
    'sig1=("@method");created=?1',
    ['@method'],
    [['created', now]],
  ],
  [
    'nonce',
    'A nonce is dictated',
    'sig1=("@method");nonce="server-nonce-0001"',
    ['@method'],
    [['nonce', 'server-nonce-0001']],
  ],
  [
    'keyid',
    'The keyid of the key is dictated',
    'sig1=("@method");keyid="alice-1"',
    ['@method'],
    [['keyid', 'alice-1']],
  ],
  [
    'alg',
    'The algorithm of the key is dictated',
    'sig1=("@method");alg="hmac-sha256"',
    ['@method'],
    [['alg', 'hmac-sha256']],
  ],
  ['tag', 'A tag is dictated', 'sig1=("@method");tag="app-123"', ['@method'], [['tag', 'app-123']]],
  [
    'all',
    'All parameters, in another order than they are written in',
    'sig1=("@method" "@authority");tag="app-123";keyid="alice-1";alg="hmac-sha256";nonce="server-nonce-0001";expires;created',
    ['@method', '@authority'],
    [
      ['created', now],
      ['expires', now + 60],
      ['nonce', 'server-nonce-0001'],
      ['alg', 'hmac-sha256'],
      ['keyid', 'alice-1'],
      ['tag', 'app-123'],
    ],
  ],
  [
    'order-of-components',
    'The components in the order asked for',
    'sig1=("@path" "content-digest" "@method")',
    ['@path', 'content-digest', '@method'],
    [],
    { message: { request: post } },
  ],
  [
    'second-label',
    'The second of two requested signatures',
    'sig1=("@path"), sig2=("@method");created',
    ['@method'],
    [['created', now]],
    { label: 'sig2' },
  ],
  ['other-label', 'The label is dictated', '*a-1=("@method")', ['@method'], [], { label: '*a-1' }],
  [
    'query-param',
    'A parameter of a component is kept',
    'sig1=("@query-param";name="full")',
    [{ name: '@query-param', parameters: [['name', 'full']], value: '1' }],
    [],
    { requires: ['comp:query-param'] },
  ],
  [
    'response',
    'A response is asked for its status and a field',
    'sig1=("@status" "content-type");created',
    ['@status', 'content-type'],
    [['created', now]],
    { message: answer },
  ],
  [
    'response-to-request',
    'A response is asked for what it answers',
    'sig1=("@status" "@method";req "@path";req);created',
    ['@status', { name: '@method', parameters: [['req', true]] }, { name: '@path', parameters: [['req', true]] }],
    [['created', now]],
    { message: answer, requires: ['comp:req'] },
  ],
]

const fulfilledTests = fulfilled.map(([id, what, field, names, parameters, rest = {}]) => {
  const message = rest.message ?? { request: get }
  const components = names.map((entry) => (typeof entry === 'string' ? { name: entry } : entry))
  const lines = components.map(
    (entry) => `${serializeIdentifier(entry)}: ${entry.value ?? componentValue(message, entry)}`,
  )
  const { input, base } = assembleBase(lines, { components, parameters })
  return {
    id: `accept-signature-${id}`,
    comment: `${what}.`,
    flags: ['RequestedSignature'],
    rfc: ['RFC 9421 5.1', 'RFC 9421 5.2'],
    level: 'must',
    label: 'sig1',
    ...rest,
    message,
    key: 'alice-1',
    acceptSignature: field,
    signatureInput: input,
    signatureBase: base,
    expect: accepted(),
  }
})

const malformed = refused('malformed_accept_signature')
const unfit = refused('malformed_parameter')
const noPlace = refused('invalid_component')

/** What cannot be fulfilled: [id, comment, Accept-Signature, expect, rest]. */
const refusals = [
  ['string', 'The member is a String', 'sig1="@method"', malformed],
  ['label-alone', 'The member is a label alone', 'sig1', malformed],
  ['parenthesis-open', 'The parenthesis is not closed', 'sig1=("@method";created', malformed],
  ['label-twice', 'A label twice', 'sig1=("@method"), sig1=("@path")', refused('duplicate_label'), { level: 'must' }],
  ['component-token', 'A component is a Token', 'sig1=(method)', noPlace],
  ['component-twice', 'A component twice', 'sig1=("@method" "@method")', refused('duplicate_component')],
  ['component-unknown', 'A component that is not registered', 'sig1=("@body")', noPlace],
  ['signature-params', '"@signature-params" is listed', 'sig1=("@signature-params")', noPlace],
  ['status-of-request', 'A request is asked for its status', 'sig1=("@status")', noPlace],
  ['req-of-request', 'A request is asked for what it answers', 'sig1=("@method";req)', noPlace],
  [
    'method-of-response',
    'A response is asked for a method of its own',
    'sig1=("@method")',
    noPlace,
    { message: answer },
  ],
  ['absent-field', 'A field that is not in the message', 'sig1=("x-absent")', refused('missing_component')],
  [
    'created-integer',
    'created with a value: the signer chooses the time',
    'sig1=("@method");created=1700000000',
    unfit,
  ],
  ['expires-false', 'expires with the Boolean false', 'sig1=("@method");expires=?0', unfit],
  ['nonce-without-value', 'nonce without a value', 'sig1=("@method");nonce', unfit],
  ['keyid-token', 'keyid is a Token', 'sig1=("@method");keyid=alice-1', unfit],
  [
    'other-keyid',
    'Another keyid than that of the key',
    'sig1=("@method");keyid="bob-1"',
    refused('unknown_key', 'unfulfillable_request'),
  ],
  [
    'other-alg',
    'Another algorithm than that of the key',
    'sig1=("@method");alg="ed25519"',
    refused('algorithm_mismatch', 'unfulfillable_request'),
  ],
  [
    'unknown-alg',
    'An algorithm that is not registered',
    'sig1=("@method");alg="none"',
    refused('algorithm_mismatch', 'unfulfillable_request'),
  ],
  [
    'unknown-parameter',
    'A parameter that is not registered: all of them must be processed',
    'sig1=("@method");x-extra',
    refused('unfulfillable_request'),
  ],
].map(([id, what, field, expect, rest = {}]) => ({
  id: `accept-signature-refused-${id}`,
  comment: `${what}.`,
  flags: [expect.error === 'malformed_accept_signature' ? 'RequestSyntax' : 'UnfulfillableRequest'],
  rfc: ['RFC 9421 5.1', 'RFC 9421 5.2'],
  level: 'must',
  message: { request: get },
  label: 'sig1',
  key: 'alice-1',
  acceptSignature: field,
  expect,
  ...rest,
}))

export const acceptSignature = {
  id: 'accept-signature',
  type: 'accept-signature',
  comment: 'What the sender of an Accept-Signature field asks for.',
  now,
  tests: [...fulfilledTests, ...refusals],
}
