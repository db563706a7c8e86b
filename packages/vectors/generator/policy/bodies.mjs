import { gzipSync } from 'node:zlib'
import { accepted, refused } from '../fields/expectation.mjs'
import { get, now, post, signed, withBody, withFields } from '../fields/signed-request.mjs'
import { digestMember } from '../oracle/digests.mjs'

const content = '{"amount":10,"to":"carol"}'
const other = '{"amount":99,"to":"carol"}'
const ok = accepted({ label: 'sig1', keyid: 'alice-1' })
const mismatch = refused('digest_mismatch')
const missing = refused('missing_digest')

const headOfPost = { ...post, headers: post.headers.filter(([name]) => name !== 'Content-Digest') }
const postWith = (value, body = content) => withBody(body, headOfPost, value)
const base64 = (text) => Buffer.from(text).toString('base64')

/** The message that is received, in the place of the one that was signed. */
function received(message, change) {
  return { request: { ...message.request, ...change } }
}

const soundRows = [
  ['sound', 'A body with its digest by sha-256', signed(post)],
  ['sha-512', 'A body with its digest by sha-512', signed(postWith(digestMember('sha-512', content)))],
  [
    'both',
    'A body with two digests',
    signed(postWith(`${digestMember('sha-256', content)}, ${digestMember('sha-512', content)}`)),
  ],
  [
    'beside-md5',
    'A digest by md5 beside one by sha-256',
    signed(postWith(`md5=:AAAA:, ${digestMember('sha-256', content)}`)),
  ],
  [
    'empty-covered',
    'No body, and the covered digest of no bytes',
    signed(
      { ...get, headers: [...get.headers, ['Content-Digest', digestMember('sha-256', '')]] },
      { components: ['@method', '@authority', '@path', '@query', 'content-digest'] },
    ),
  ],
  ['none', 'No body, and no digest', signed({ ...get, method: 'POST' })],
  [
    'content-length-zero',
    'No body, and a Content-Length of 0',
    signed(withFields({ ...get, method: 'POST' }, ['Content-Length', '0'])),
  ],
  [
    'content-type-without-body',
    'No body, and a Content-Type that is not covered',
    signed(withFields(get, ['Content-Type', 'text/plain'])),
  ],
  ['no-content-type', 'A body without a Content-Type', signed(withBody(content, get))],
  [
    'on-get',
    'A body on GET, with its digest',
    signed(withBody(content, { ...get, headers: [...get.headers, ['Content-Type', 'text/plain']] })),
  ],
  [
    'encoded',
    'A body in a content coding: the digest is of the coded bytes',
    signed(encoded(digestMember('sha-256', gzipSync(content)))),
  ],
  [
    'repr-digest-beside',
    'A Repr-Digest that does not fit, beside the covered Content-Digest: the profile does not look at it',
    signed(withFields(post, ['Repr-Digest', digestMember('sha-256', other)])),
  ],
]

function encoded(value) {
  const head = { ...headOfPost, headers: [...headOfPost.headers, ['Content-Encoding', 'gzip']] }
  return withBody(gzipSync(content), head, value)
}

const refusedRows = [
  [
    'byte-changed',
    'One byte of the body was changed (attack 43)',
    received(signed(post), { body: base64(content.replace('10', '11')) }),
    mismatch,
  ],
  [
    'swapped',
    'Another body, and the digest that was signed (attack 44)',
    received(signed(post), { body: base64(other) }),
    mismatch,
  ],
  [
    'swapped-with-digest',
    'Another body, and its own digest (attack 45)',
    received(signed(post), {
      body: base64(other),
      headers: digestReplaced(signed(post).request.headers, digestMember('sha-256', other)),
    }),
    refused('invalid_signature'),
  ],
  ['emptied', 'The body was removed (attack 46)', received(signed(post), { body: '' }), mismatch],
  [
    'added-to-get',
    'A body was added to a GET that was signed without one (attack 46)',
    received(signed(get), { body: base64(other) }),
    missing,
  ],
  [
    'added-with-digest',
    'A body and its digest were added to a GET that was signed without them (attack 46)',
    {
      request: {
        ...signed(get).request,
        headers: [...signed(get).request.headers, ['Content-Digest', digestMember('sha-256', other)]],
        body: base64(other),
      },
    },
    missing,
  ],
  [
    'added-to-empty',
    'A body was added to a request that covers the digest of no bytes',
    received(soundRows.find(([id]) => id === 'empty-covered')[2], { body: base64(other) }),
    refused('digest_mismatch', 'component_not_covered'),
  ],
  ['digest-absent', 'A body without a digest', signed(postWith('')), missing],
  [
    'digest-not-covered',
    'A body with a digest that is not covered (attack 47)',
    signed(post, { components: ['@method', '@authority', '@path', '@query', 'content-type'] }),
    missing,
  ],
  [
    'repr-digest-covered',
    'Repr-Digest is covered in the place of Content-Digest',
    signed(withFields(postWith(''), ['Repr-Digest', digestMember('sha-256', content)]), {
      components: ['@method', '@authority', '@path', '@query', 'repr-digest', 'content-type'],
    }),
    missing,
  ],
  [
    'sf',
    'Only "content-digest";sf is covered',
    withIdentifier([['sf', true]], digestMember('sha-256', content)),
    missing,
  ],
  [
    'key',
    'Only a member of Content-Digest is covered',
    withIdentifier([['key', 'sha-256']], digestMember('sha-256', content).replace('sha-256=', '')),
    missing,
  ],
  [
    'bs',
    'Only "content-digest";bs is covered',
    withIdentifier([['bs', true]], `:${base64(digestMember('sha-256', content))}:`),
    missing,
  ],
  [
    'md5-alone',
    'A digest by md5 alone (attack 51)',
    signed(postWith('md5=:Sd/dVLAcvNLSq16eXua5uQ==:')),
    refused('unsupported_digest'),
  ],
  [
    'unknown-alone',
    'A digest by an unknown algorithm alone (attack 51)',
    signed(postWith('x-future=:AAAA:')),
    refused('unsupported_digest'),
  ],
  [
    'second-wrong',
    'sha-256 is right and sha-512 is wrong (attack 51)',
    signed(postWith(`${digestMember('sha-256', content)}, ${digestMember('sha-512', other)}`)),
    mismatch,
  ],
  [
    'first-wrong',
    'sha-512 is right and sha-256 is wrong (attack 51)',
    signed(postWith(`${digestMember('sha-256', other)}, ${digestMember('sha-512', content)}`)),
    mismatch,
  ],
  [
    'algorithm-twice',
    'sha-256 twice, the second time right (attack 51)',
    signed(postWith(`${digestMember('sha-256', other)}, ${digestMember('sha-256', content)}`)),
    refused('malformed_digest', 'digest_mismatch'),
  ],
  [
    'upper-case',
    'The algorithm in upper case (attack 51)',
    signed(postWith(digestMember('sha-256', content).replace('sha', 'SHA'))),
    refused('malformed_digest'),
  ],
  [
    'two-lines',
    'Content-Digest on two lines',
    signed(withFields(post, ['Content-Digest', digestMember('sha-512', content)]), { components: twoDigestLines() }),
    refused('malformed_message'),
  ],
  [
    'content-type-not-covered',
    'A body with a Content-Type that is not covered',
    signed(post, { components: ['@method', '@authority', '@path', '@query', 'content-digest'] }),
    refused('component_not_covered'),
  ],
  [
    'content-type-changed',
    'Content-Type was changed (attack 41)',
    received(signed(post), { headers: replaced(signed(post).request.headers, 'Content-Type', 'text/html') }),
    refused('invalid_signature'),
  ],
  [
    'content-encoding-added',
    'Content-Encoding was added (attack 42)',
    { request: withFields(signed(post).request, ['Content-Encoding', 'gzip']) },
    refused('component_not_covered'),
  ],
  [
    'encoded-decoded-digest',
    'A body in a content coding, with the digest of the decoded bytes',
    signed(encoded(digestMember('sha-256', content))),
    mismatch,
  ],
]

function withIdentifier(parameters, value) {
  const identifier = { name: 'content-digest', parameters, value }
  return signed(post, { components: ['@method', '@authority', '@path', '@query', identifier, 'content-type'] })
}

function twoDigestLines() {
  const value = `${digestMember('sha-256', content)}, ${digestMember('sha-512', content)}`
  return ['@method', '@authority', '@path', '@query', { name: 'content-digest', value }, 'content-type']
}

function replaced(headers, field, value) {
  return headers.map(([name, before]) => [name, name === field ? value : before])
}

function digestReplaced(headers, value) {
  return replaced(headers, 'Content-Digest', value)
}

const limitRows = [
  ['at-limit', 'A body of as many bytes as are accepted', Buffer.byteLength(content), ok],
  ['over-limit', 'A body of one byte more than is accepted', Buffer.byteLength(content) - 1, refused('body_too_large')],
]

const limitTests = limitRows.map(([id, what, maxBodyBytes, expect]) => ({
  ...describe(id, what),
  flags: ['Limit'],
  policy: { profile: 'countersign', maxBodyBytes },
  message: signed(post),
  keys: ['alice-1'],
  expect,
}))

function describe(id, what) {
  return {
    id: `body-${id}`,
    comment: `${what}.`,
    flags: ['BodyDigest'],
    rfc: ['RFC 9421 7.2.8', 'RFC 9530 2'],
    level: 'policy',
  }
}

function requiresOf(id) {
  return ['sf', 'key', 'bs'].includes(id) ? { requires: [`comp:${id}`] } : {}
}

export const bodies = {
  id: 'bodies',
  type: 'verify',
  comment: 'Bodies and the digest that covers them.',
  policy: { profile: 'countersign' },
  now,
  tests: [
    ...soundRows.map(([id, what, message]) => ({ ...describe(id, what), message, keys: ['alice-1'], expect: ok })),
    ...refusedRows.map(([id, what, message, expect]) => ({
      ...describe(id, what),
      ...requiresOf(id),
      message,
      keys: ['alice-1'],
      expect,
    })),
    ...limitTests,
  ],
}
