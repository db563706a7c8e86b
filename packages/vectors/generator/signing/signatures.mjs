import { digestMember } from '../oracle/digests.mjs'
import { request } from './parameters.mjs'
import { signGroup } from './sign-group.mjs'

const date = '"date": Tue, 20 Apr 2021 02:07:55 GMT'
const method = '"@method": POST'
const authority = '"@authority": example.com'
const path = '"@path": /foo'
const contentType = '"content-type": application/json'
const contentLength = '"content-length": 18'

/** One of each algorithm, with its `alg`, and with keys of several sizes. */
const keyRows = [
  ['hmac-64', 'hmac-sha256', 'RFC 9421 3.3.3', 'A secret as long as a block of SHA-256.'],
  ['hmac-32', 'hmac-sha256', 'RFC 9421 3.3.3', 'A secret as long as the hash.'],
  ['hmac-65', 'hmac-sha256', 'RFC 9421 3.3.3', 'A secret longer than a block, which HMAC hashes first.'],
  ['ed25519-2', 'ed25519', 'RFC 9421 3.3.6', 'Ed25519, whose signatures are deterministic.'],
  ['p256-2', 'ecdsa-p256-sha256', 'RFC 9421 3.3.4', 'r and s of 32 bytes each.'],
  ['p384-1', 'ecdsa-p384-sha384', 'RFC 9421 3.3.5', 'r and s of 48 bytes each.'],
  ['rsa-pss-3072', 'rsa-pss-sha512', 'RFC 9421 3.3.1', 'A modulus of 3072 bits.'],
  ['rsa-pss-2049', 'rsa-pss-sha512', 'RFC 9421 3.3.1', 'A modulus whose bits are one more than a multiple of eight.'],
  ['rsa-v1_5-3072', 'rsa-v1_5-sha256', 'RFC 9421 3.3.2', 'PKCS #1 v1.5, whose signatures are deterministic.'],
]

const algorithms = signGroup(
  {
    ...request,
    id: 'sign-algorithms',
    comment: 'A signature of each algorithm.',
    flags: ['MakesSignature'],
    rfc: ['RFC 9421 3.1'],
  },
  [
    {
      id: 'sign-rfc9421-b.2.5',
      comment: 'The HMAC that the RFC prints.',
      rfc: ['RFC 9421 B.2.5'],
      key: 'test-shared-secret',
      label: 'sig-b25',
      lines: [date, authority, contentType],
      printed: 'pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=',
    },
    {
      id: 'sign-rfc9421-b.2.6',
      comment: 'The Ed25519 signature that the RFC prints.',
      rfc: ['RFC 9421 B.2.6'],
      key: 'test-key-ed25519',
      label: 'sig-b26',
      lines: [date, method, path, authority, contentType, contentLength],
      printed: 'wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==',
    },
    ...keyRows.map(([key, alg, section, comment]) => ({
      id: `sign-${key.replace('_', '-')}`,
      comment,
      rfc: ['RFC 9421 3.1', section],
      key,
      parameters: [
        ['created', 1618884473],
        ['alg', alg],
        ['keyid', key],
      ],
      lines: [method, path],
    })),
  ],
)

const key = 'hmac-64'
const created = ['created', 1618884473]
const keyid = ['keyid', key]
const answer = '{"message": "good dog"}'
const requestDigest = digestMember('sha-256', request.content)
const responseDigest = digestMember('sha-256', answer)

const fields = signGroup(
  {
    ...request,
    id: 'sign-fields',
    comment: 'What stands in the two fields.',
    key,
    flags: ['MakesSignature'],
    rfc: ['RFC 9421 3.1', 'RFC 9421 4.1'],
  },
  [
    {
      id: 'sign-parameter-order',
      comment: 'Parameters are written in the order in which they are given.',
      flags: ['SignatureParameters'],
      parameters: [['tag', 'a'], keyid, ['nonce', 'abcdefghijklmnop'], created],
      lines: [method],
    },
    {
      id: 'sign-component-order',
      comment: 'So are components.',
      flags: ['LineOrder'],
      lines: [contentType, path, method, date],
    },
    {
      id: 'sign-label',
      comment: 'Any label that is a key of RFC 9651 3.2.',
      label: '*a-_.9',
      rfc: ['RFC 9421 4.1', 'RFC 9651 3.2'],
      lines: [method],
    },
    { id: 'sign-nothing', comment: 'A signature may cover nothing.', lines: [] },
    {
      id: 'sign-beside-another',
      comment: 'A message that is signed already is signed once more, by another label.',
      headers: [
        ...request.headers,
        ['Signature-Input', 'sig1=("@method");created=1;keyid="somebody"'],
        ['Signature', 'sig1=:AAAA:'],
      ],
      label: 'sig2',
      rfc: ['RFC 9421 4.3'],
      requires: ['multi-signature'],
      lines: [method],
    },
    {
      id: 'sign-another',
      comment: 'The signature that is there may be covered, by `key`. The RFC advises against it.',
      headers: [
        ...request.headers,
        ['Signature-Input', 'sig1=("@method"  );created=1;keyid="somebody"'],
        ['Signature', 'sig1=:AAAA:'],
      ],
      label: 'sig2',
      rfc: ['RFC 9421 2.4', 'RFC 9421 4.3'],
      requires: ['multi-signature'],
      lines: ['"signature";key="sig1": :AAAA:', '"signature-input";key="sig1": ("@method");created=1;keyid="somebody"'],
    },
    {
      id: 'sign-response',
      comment: 'A response, with the digests of both messages.',
      headers: [['Content-Digest', requestDigest]],
      response: {
        status: 200,
        headers: [['Content-Digest', responseDigest]],
        body: Buffer.from(answer).toString('base64'),
      },
      rfc: ['RFC 9421 2.4', 'RFC 9421 3.1'],
      flags: ['RequestOfResponse'],
      lines: ['"@status": 200', `"content-digest": ${responseDigest}`, `"content-digest";req: ${requestDigest}`],
    },
  ],
)

export const groups = [algorithms, fields]
