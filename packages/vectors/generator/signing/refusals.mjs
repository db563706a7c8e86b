import { request } from './parameters.mjs'
import { signGroup } from './sign-group.mjs'

const key = 'ed25519-2'
const created = ['created', 1618884473]
const keyid = ['keyid', key]

/** @type {readonly (readonly [id: string, comment: string, alg: string, key: string])[]} */
const algRows = [
  ['other', 'The algorithm of another kind of key.', 'ecdsa-p256-sha256', 'ed25519-2'],
  ['other-padding', 'The other padding of RSA.', 'rsa-v1_5-sha256', 'test-key-rsa-pss'],
  ['other-curve', 'The other curve.', 'ecdsa-p256-sha256', 'p384-1'],
  ['none', 'There is no algorithm "none".', 'none', 'hmac-64'],
  ['of-jose', 'A name of JOSE, which must not be written here (RFC 9421 3.3.7).', 'EdDSA', 'ed25519-2'],
  ['of-draft', 'A name of the drafts.', 'hs2019', 'ed25519-2'],
  ['upper-case', 'Names are lower case.', 'ED25519', 'ed25519-2'],
]

const alg = signGroup(
  {
    ...request,
    id: 'sign-alg',
    comment: 'An `alg` that is not the algorithm of the key.',
    flags: ['AlgorithmConfusion'],
    rfc: ['RFC 9421 2.3', 'RFC 9421 3.1', 'RFC 9421 3.3'],
  },
  algRows.map(([id, comment, value, own]) => ({
    id: `sign-alg-${id}`,
    comment,
    key: own,
    parameters: [created, ['alg', value], ['keyid', own]],
    covered: ['"@method"'],
    ...(id.startsWith('other')
      ? { error: 'algorithm_mismatch', also: ['malformed_parameter'] }
      : { error: 'malformed_parameter', also: ['algorithm_mismatch'] }),
  })),
)

/** @type {readonly (readonly [id: string, comment: string, parameters: readonly (readonly [string, string | number])[], level?: string])[]} */
const parameterRows = [
  [
    'nonce-line-break',
    'A nonce with a line break would forge a line.',
    [created, ['nonce', 'a\n"@method": DELETE'], keyid],
  ],
  ['nonce-carriage-return', 'A nonce with a carriage return.', [created, ['nonce', 'abcdefghijklmnop\r'], keyid]],
  ['keyid-non-ascii', 'A keyid with a letter outside of ASCII is no String.', [created, ['keyid', 'zo\u00eb']]],
  ['tag-null', 'A tag with a NUL.', [created, keyid, ['tag', 'a\u0000b']]],
  ['tag-delete', 'A tag with a DEL.', [created, keyid, ['tag', 'a\u007fb']]],
  ['tag-tab', 'A tag with a tab.', [created, keyid, ['tag', 'a\tb']]],
  ['created-string', 'created is an Integer.', [['created', '1618884473'], keyid]],
  ['expires-string', 'expires is an Integer.', [created, ['expires', '1618884773'], keyid]],
  ['keyid-integer', 'keyid is a String.', [created, ['keyid', 7]]],
  ['created-sixteen-digits', 'An Integer has at most 15 digits.', [['created', 1000000000000000], keyid]],
  ['created-negative', 'Nothing was signed before 1970.', [['created', -1], keyid], 'policy'],
  [
    'keyid-quotation-mark',
    'A quotation mark is written with an escape, which too many readers get wrong.',
    [created, ['keyid', 'a"b']],
    'policy',
  ],
  ['keyid-backslash', 'The same of a backslash.', [created, ['keyid', 'a\\b']], 'policy'],
  ['unknown', 'A parameter that nobody registered.', [created, ['x-extra', 'a'], keyid], 'policy'],
]

const parameters = signGroup(
  {
    ...request,
    id: 'sign-parameters-refused',
    comment: 'Parameters that cannot be written.',
    key,
    flags: ['UnwritableParameter'],
    rfc: ['RFC 9421 2.3', 'RFC 9651 3.3'],
  },
  parameterRows.map(([id, comment, own, level = 'must']) => ({
    id: `sign-parameter-${id}`,
    comment,
    level,
    parameters: own,
    covered: ['"@method"'],
    error: 'malformed_parameter',
  })),
)

/** @type {readonly (readonly [id: string, comment: string, flag: string, error: string, covered: readonly string[], more?: object])[]} */
const coveredRows = [
  ['absent', 'The message has no such field.', 'MissingComponent', 'missing_component', ['"x-absent"']],
  ['unknown', 'A derived component that is not registered.', 'UnknownComponent', 'invalid_component', ['"@body"']],
  [
    'signature-params',
    'The last line is never listed.',
    'UnknownComponent',
    'invalid_component',
    ['"@signature-params"'],
  ],
  ['upper-case', 'A field name in upper case.', 'UnknownComponent', 'invalid_component', ['"Content-Type"']],
  [
    'twice',
    'A component is covered twice.',
    'DuplicateComponent',
    'duplicate_component',
    ['"date"', '"@path"', '"date"'],
  ],
  ['status', 'A request has no status.', 'WrongKindOfMessage', 'invalid_component', ['"@status"']],
  ['req', 'A request answers no request.', 'WrongKindOfMessage', 'invalid_component', ['"@method";req']],
  [
    'bs-with-sf',
    '`bs` and `sf` exclude each other.',
    'UnfitParameter',
    'invalid_component',
    ['"content-digest";bs;sf'],
  ],
  [
    'line-break',
    'A value with a line break would forge a line.',
    'ForgedLine',
    'malformed_component',
    ['"x-name"'],
    { headers: [['X-Name', 'a\n"@method": DELETE']], requires: ['raw-fields'], also: ['malformed_message'] },
  ],
  [
    'non-ascii',
    'A value with a letter outside of ASCII.',
    'ForbiddenCharacter',
    'malformed_component',
    ['"x-name"'],
    { headers: [['X-Name', 'caf\u00e9']], requires: ['raw-fields'], also: ['malformed_message'] },
  ],
]

const covered = signGroup(
  {
    ...request,
    id: 'sign-components-refused',
    comment: 'A signer makes no signature of what a verifier would refuse.',
    key,
    rfc: ['RFC 9421 2.5', 'RFC 9421 3.1'],
  },
  coveredRows.map(([id, comment, flag, error, own, more = {}]) => {
    return { id: `sign-component-${id}`, comment, flags: [flag], error, covered: own, ...more }
  }),
)

/** @type {readonly (readonly [id: string, comment: string, label: string])[]} */
const labelRows = [
  ['upper-case', 'A label in upper case.', 'Sig1'],
  ['digit', 'A label that begins with a digit.', '1sig'],
  ['empty', 'An empty label.', ''],
  ['second-member', 'A label that would add a member.', 'a=(), sig1'],
]

const labels = signGroup(
  {
    ...request,
    id: 'sign-labels-refused',
    comment: 'Labels that are no keys of RFC 9651.',
    key,
    flags: ['UnwritableParameter'],
    rfc: ['RFC 9421 4.1', 'RFC 9651 3.2'],
  },
  labelRows.map(([id, comment, label]) => ({
    id: `sign-label-${id}`,
    comment,
    label,
    covered: ['"@method"'],
    error: 'malformed_parameter',
    also: ['malformed_signature_input'],
  })),
)

export const groups = [alg, parameters, covered, labels]
