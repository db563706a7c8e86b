import { createHash } from 'node:crypto'

const json = '{"amount":"25.00","currency":"EUR","to":"NL02ABNA0123456789"}'

/** The messages that libraries sign for us: requests of the profile, and a response. */
const messages = {
  get: request('GET', '/accounts/7?include=balance&q=a%20b', [['Accept', 'application/json']]),
  post: request('POST', '/transfers', contentFields(json), json),
  retry: request(
    'PUT',
    '/transfers/42',
    [...contentFields(json), ['Authorization', 'Bearer token-of-a-test'], ['Idempotency-Key', '"5f1d"']],
    json,
  ),
  response: {
    ...request('POST', '/transfers', contentFields(json), json),
    response: { status: 201, headers: contentFields('{"id":42}'), body: base64('{"id":42}') },
  },
}

/** What of a message is covered: the profile for requests, and for the response as much of both as libraries can. */
const coverage = {
  get: ['@method', '@authority', '@path', '@query'],
  post: ['@method', '@authority', '@path', '@query', 'content-digest', 'content-type'],
  retry: [
    ...['@method', '@authority', '@path', '@query', 'content-digest', 'content-type', 'authorization'],
    'idempotency-key',
  ],
  response: ['@status', 'content-digest', 'content-type', '@method;req', '@path;req', 'content-digest;req'],
}

/**
 * The tests of the other direction: each algorithm signs each message, now. They are of the type `sign`, and what is
 * signed of the requests must pass a verifier with the default policy.
 *
 * @param {import('./vectors.mjs').Keys} keys
 * @param {number} now Unix seconds
 * @returns {import('./vectors.mjs').Test[]}
 */
export function signingSet(keys, now) {
  return [...keyOfEachAlgorithm(keys)].flatMap(([algorithm, key]) =>
    Object.entries(messages).map(([name, message]) => ({
      id: `signing.${algorithm}.${name}`,
      group: 'signing',
      type: 'sign',
      policy: { profile: name === 'response' ? 'rfc' : 'countersign' },
      message,
      key,
      label: 'sig1',
      components: coverage[name].map(componentOf),
      parameters: [
        ['created', now],
        ['nonce', `nonce-of-${name}-0123456789`],
        ['keyid', keys[key].keyid],
      ],
      expect: { result: 'accept' },
    })),
  )
}

/** Some libraries want HMAC secrets of 64 bytes. */
function keyOfEachAlgorithm(keys) {
  const found = new Map()
  for (const [name, { algorithm, secret, privateJwk }] of Object.entries(keys)) {
    const signs = privateJwk !== undefined || (secret !== undefined && Buffer.from(secret, 'base64').length >= 64)
    if (signs && !found.has(algorithm)) found.set(algorithm, name)
  }
  return found
}

function componentOf(text) {
  const [name, flag] = text.split(';')
  return flag === undefined ? { name } : { name, parameters: [[flag, true]] }
}

function request(method, target, headers, body) {
  const message = { method, url: `https://bank.example${target}`, headers: [['Host', 'bank.example'], ...headers] }
  return { request: body === undefined ? message : { ...message, body: base64(body) } }
}

function contentFields(body) {
  const digest = createHash('sha256').update(body).digest('base64')
  return [
    ['Content-Type', 'application/json'],
    ['Content-Length', String(body.length)],
    ['Content-Digest', `sha-256=:${digest}:`],
  ]
}

function base64(text) {
  return Buffer.from(text).toString('base64')
}
