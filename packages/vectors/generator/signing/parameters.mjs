import { baseGroup } from '../components/base-group.mjs'

const digest = 'sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:'

/** The request of RFC 9421 2.5. */
export const request = {
  method: 'POST',
  url: 'https://example.com/foo?param=Value&Pet=dog',
  headers: [
    ['Host', 'example.com'],
    ['Date', 'Tue, 20 Apr 2021 02:07:55 GMT'],
    ['Content-Type', 'application/json'],
    ['Content-Digest', digest],
    ['Content-Length', '18'],
  ],
  content: '{"hello": "world"}',
}

const keyid = ['keyid', 'rsa-v1_5-3072']
const created = ['created', 1618884473]
const expires = ['expires', 4102444800]
const nonce = ['nonce', 'b3k2pp5k7z-50gnwp.yemd']
const alg = ['alg', 'rsa-v1_5-sha256']
const tag = ['tag', 'app-123']

/** @typedef {readonly [id: string, comment: string, parameters: readonly (readonly [string, string | number])[], more?: object]} Row */

/** @type {readonly Row[]} */
const parameterRows = [
  ['all', 'All six parameters.', [created, expires, nonce, alg, keyid, tag]],
  ['other-order', 'The same in another order: none is right or wrong.', [tag, keyid, alg, nonce, expires, created]],
  ['keyid-first', 'Neither sorted by name nor by time.', [keyid, alg, created, expires]],
  ['none', 'No parameters.', []],
  ['created-alone', 'The creation time alone.', [created]],
  ['keyid-alone', 'The name of the key alone.', [keyid]],
  ['expires-without-created', 'An expiration time without a creation time.', [expires, keyid]],
  ['created-0', 'A time of zero is a time.', [['created', 0], keyid]],
  ['created-after-2038', 'A time of more than 32 bits.', [['created', 4294967296], keyid]],
  ['created-largest', 'The largest Integer.', [['created', 999999999999999], keyid]],
  ['nonce-base64', 'A nonce in base64.', [created, ['nonce', 'q83vEjRWeJA/+w=='], keyid]],
  ['nonce-digits', 'A nonce of digits is a String.', [created, ['nonce', '0012345678901234'], keyid]],
  ['keyid-url', 'A keyid that is a URL.', [created, ['keyid', 'https://bank.example/keys?id=1#a']]],
  [
    'tag-delimiters',
    'A tag with the delimiters of an Inner List and of a Dictionary.',
    [created, keyid, ['tag', 'a,b;c=(d) e:f']],
  ],
  ['tag-like-parameters', 'A tag that looks like parameters.', [created, keyid, ['tag', ';created=1;alg=none']]],
  ['nonce-spaces', 'Spaces within a String stay.', [created, ['nonce', '  two  spaces  '], keyid]],
]

const parameters = baseGroup(
  {
    id: 'parameters',
    comment: 'The last line of the base: the covered components, and the parameters in the order of the signer.',
    key: 'rsa-v1_5-3072',
    rfc: ['RFC 9421 2.3'],
    flags: ['SignatureParameters'],
    url: 'https://bank.example/a',
  },
  parameterRows.map(([id, comment, own]) => ({
    id: `parameters-${id}`,
    comment,
    parameters: own,
    lines: ['"@method": GET'],
  })),
)

const every = {
  '@method': 'POST',
  '@authority': 'example.com',
  '@path': '/foo',
  '@query': '?param=Value&Pet=dog',
  'content-digest': digest,
  'content-length': '18',
  'content-type': 'application/json',
}

const linesOf = (names) => names.map((name) => `"${name}": ${every[name]}`)
const numbered = Array.from({ length: 32 }, (_none, index) => [`X-Field-${index}`, `value ${index}`])

const order = baseGroup(
  {
    id: 'order',
    comment: 'The lines of the base: in the order of the signer.',
    key: 'rsa-v1_5-3072',
    rfc: ['RFC 9421 2.5'],
    flags: ['LineOrder'],
  },
  [
    {
      ...request,
      id: 'order-example',
      comment: 'The example of the RFC.',
      lines: linesOf(['@method', '@authority', '@path', 'content-digest', 'content-length', 'content-type']),
    },
    {
      ...request,
      id: 'order-other',
      comment: 'The same components in another order are another base: fields before and between derived components.',
      lines: linesOf(['content-type', '@path', 'content-length', '@method', 'content-digest', '@authority']),
    },
    {
      ...request,
      id: 'order-not-of-message',
      comment: 'Fields need not be in the order of the message, nor in that of the alphabet.',
      lines: linesOf(['content-length', 'content-digest', 'content-type']),
    },
    {
      ...request,
      id: 'order-nothing',
      comment: 'Nothing is covered: the base is its last line.',
      rfc: ['RFC 9421 2.5', 'RFC 9421 B.2.1'],
      lines: [],
    },
    {
      ...request,
      id: 'order-nothing-at-all',
      comment: 'Not even a parameter is there.',
      parameters: [],
      lines: [],
    },
    {
      ...request,
      id: 'order-other-label',
      comment: 'The label is no part of the base.',
      label: 'sig-b21.x_*',
      rfc: ['RFC 9421 2.5', 'RFC 9421 3.2'],
      lines: linesOf(['@method']),
    },
    {
      id: 'order-many',
      comment: 'As many components as the profile takes: 32.',
      headers: numbered,
      lines: numbered.map(([name, value]) => `"${name.toLowerCase()}": ${value}`),
    },
  ],
)

export const groups = [parameters, order]
