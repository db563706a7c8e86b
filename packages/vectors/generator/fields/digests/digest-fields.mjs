import { digestMember } from '../../oracle/digests.mjs'
import { accepted, refused } from '../expectation.mjs'

const hello = '{"hello": "world"}'
const helloLine = `${hello}\n`

/** The values that RFC 9530 prints: Appendix D, and the examples of Appendix B. */
const printed = {
  sha256: 'sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:',
  sha512: 'sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:',
  sha256OfLine: 'sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:',
  sha512OfLine: 'sha-512=:YMAam51Jz/jOATT6/zvHrLVgOYTGFy1d6GJiOHTohq4yP+pgk4vf2aCsyRZOtw8MjkM7iw7yZ/WkppmM44T3qg==:',
  sha256OfNothing: 'sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:',
  sha256OfPart: 'sha-256=:jjcgBDWNAtbYUXI37CVG3gRuGOAjaaDRGpIUFsdyepQ=:',
  sha256OfTitle: 'sha-256=:mEkdbO7Srd9LIOegftO0aBX+VPTVz7/CSHes2Z27gc4=:',
  md5: 'md5=:Sd/dVLAcvNLSq16eXua5uQ==:',
  sha: 'sha=:07CavjDP4u3/TungoUHJO/Wzr4c=:',
  unixsum: 'unixsum=:GQU=:',
}

const base64 = (text) => Buffer.from(text, 'latin1').toString('base64')

function createTest(id, what, { algorithms, body, value, field = 'content-digest', rfc = 'RFC 9530 2' }) {
  return {
    id: `digest-create-${id}`,
    comment: `${what}.`,
    flags: ['DigestValue'],
    rfc: [rfc],
    level: 'must',
    digest: { field, operation: 'create', algorithms, body: base64(body), value },
    expect: accepted(),
  }
}

const creations = [
  createTest('sha-256', 'The sample of RFC 9530, by sha-256', {
    algorithms: ['sha-256'],
    body: hello,
    value: printed.sha256,
    rfc: 'RFC 9530 D',
  }),
  createTest('sha-512', 'The sample of RFC 9530, by sha-512', {
    algorithms: ['sha-512'],
    body: hello,
    value: printed.sha512,
    rfc: 'RFC 9530 D',
  }),
  createTest('both', 'Both algorithms, in the order asked for', {
    algorithms: ['sha-512', 'sha-256'],
    body: helloLine,
    value: `${printed.sha512OfLine}, ${printed.sha256OfLine}`,
  }),
  createTest('empty', 'An empty body: the digest of no bytes', {
    algorithms: ['sha-256'],
    body: '',
    value: printed.sha256OfNothing,
    rfc: 'RFC 9530 B.2',
  }),
  createTest('part', 'The content of a partial response', {
    algorithms: ['sha-256'],
    body: '"world"}\n',
    value: printed.sha256OfPart,
    rfc: 'RFC 9530 B.3',
  }),
  createTest('repr', 'Repr-Digest of a whole representation', {
    field: 'repr-digest',
    algorithms: ['sha-256'],
    body: '{"title": "New Title"}\n',
    value: printed.sha256OfTitle,
    rfc: 'RFC 9530 B.7',
  }),
  createTest('binary', 'Every octet once, none of them taken for text', {
    algorithms: ['sha-256'],
    body: allOctets(),
    value: digestMember('sha-256', Buffer.from(allOctets(), 'latin1')),
  }),
]

function allOctets() {
  return String.fromCharCode(...Array.from({ length: 256 }, (_none, index) => index))
}

const mismatch = refused('digest_mismatch')
const unsupported = refused('unsupported_digest')
const malformed = refused('malformed_digest')
const wrong256 = digestMember('sha-256', 'another body')
const wrong512 = digestMember('sha-512', 'another body')

/** RFC 9530 leaves it to the recipient. */
const byPolicy = { level: 'policy' }

/** Of the body `{"hello": "world"}`, unless a row has its own. */
const checks = [
  ['sha-256', 'The right digest, by sha-256', printed.sha256, accepted()],
  ['sha-512', 'The right digest, by sha-512', printed.sha512, accepted()],
  ['both', 'Two right digests', `${printed.sha256}, ${printed.sha512}`, accepted()],
  ['empty-body', 'The right digest of an empty body', printed.sha256OfNothing, accepted(), { body: '' }],
  [
    'white-space',
    'White space around the comma between two digests',
    `${printed.sha256} \t,\t ${printed.sha512}`,
    accepted(),
  ],
  ['parameter', 'A parameter beside the digest', `${printed.sha256};note=1`, accepted()],
  ['beside-md5', 'A right digest beside one by md5', `${printed.md5}, ${printed.sha256}`, accepted()],
  [
    'beside-unknown',
    'A right digest beside one by an algorithm that nobody knows',
    `x-future=:AAAA:, ${printed.sha256}`,
    accepted(),
  ],
  [
    'beside-unknown-type',
    'A right digest beside a member of another type',
    `x-future=?1, ${printed.sha256}`,
    accepted(),
    byPolicy,
  ],
  ['other-byte', 'One byte of the body is another', printed.sha256, mismatch, { body: hello.replace('w', 'W') }],
  ['byte-more', 'The body has a line feed more', printed.sha256, mismatch, { body: helloLine }],
  ['body-removed', 'The body was emptied', printed.sha256, mismatch, { body: '' }],
  ['truncated', 'Half of the right digest', truncated(printed.sha256, 16), mismatch],
  ['extended', 'The right digest and a byte more', extended(printed.sha256), mismatch],
  ['no-bytes', 'A digest without bytes', 'sha-256=::', mismatch],
  [
    'other-algorithm',
    'The right digest by sha-512, as sha-256',
    printed.sha512.replace('sha-512', 'sha-256'),
    mismatch,
  ],
  [
    'hexadecimal',
    'The hexadecimal digits of the right digest, as bytes',
    `sha-256=:${base64(hexadecimal(printed.sha256))}:`,
    mismatch,
  ],
  ['md5-alone', 'A digest by md5 alone', printed.md5, unsupported],
  ['sha-alone', 'A digest by sha alone, which is SHA-1', printed.sha, unsupported],
  ['unixsum-alone', 'A checksum alone', printed.unixsum, unsupported],
  ['unknown-alone', 'An algorithm that nobody knows', 'x-future=:AAAA:', unsupported, byPolicy],
  ['empty-field', 'An empty field', '', unsupported, byPolicy],
  ['string', 'The digest is a String', 'sha-256="X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE="', malformed],
  ['token', 'The digest is a Token', 'sha-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE', malformed],
  ['inner-list', 'The digest is an Inner List', printed.sha256.replace('=:', '=(:').concat(')'), malformed],
  ['algorithm-alone', 'An algorithm without a digest', 'sha-256', malformed],
  [
    'upper-case',
    'The algorithm in upper case, which is no key of a Dictionary',
    printed.sha256.replace('sha', 'SHA'),
    malformed,
  ],
  ['base64url', 'The alphabet of base64url', printed.sha256OfLine.replace('/', '_'), malformed, { body: helloLine }],
  [
    'old-syntax',
    'The syntax of the Digest field of RFC 3230',
    'SHA-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=',
    malformed,
  ],
  ['comma-last', 'A comma behind the digest', `${printed.sha256},`, malformed],
]

const checkTests = checks.map(([id, what, value, expect, { body = hello, ...more } = {}]) => ({
  id: `digest-verify-${id}`,
  comment: `${what}.`,
  flags: [expect.result === 'accept' ? 'DigestValue' : flagOf(expect.error)],
  rfc: ['RFC 9530 2', 'RFC 9530 5'],
  level: 'must',
  digest: { field: 'content-digest', operation: 'verify', value, body: base64(body) },
  expect,
  ...more,
}))

/** RFC 9530 lets a recipient ignore digests. The profile does not. */
const strictChecks = [
  ['second-wrong', 'sha-256 is right and sha-512 is wrong', `${printed.sha256}, ${wrong512}`, mismatch],
  ['first-wrong', 'sha-256 is wrong and sha-512 is right', `${wrong256}, ${printed.sha512}`, mismatch],
  ['twice-second-right', 'sha-256 twice, the second time right', `${wrong256}, ${printed.sha256}`, malformed],
  ['twice-first-right', 'sha-256 twice, the first time right', `${printed.sha256}, ${wrong256}`, malformed],
]

const strictTests = strictChecks.map(([id, what, value, expect]) => ({
  id: `digest-verify-${id}`,
  comment: `${what}: a receiver that looks at one of them alone takes another message for the signed one.`,
  flags: ['SeveralDigests'],
  rfc: ['RFC 9530 2', 'RFC 9530 6.6'],
  level: 'policy',
  digest: { field: 'content-digest', operation: 'verify', value, body: base64(hello) },
  expect: expect === malformed ? refused('malformed_digest', 'digest_mismatch') : expect,
}))

const spellings = [
  ['no-padding', 'Base64 without its padding', printed.sha256.replace(/=:$/, ':')],
  ['pad-bits', 'Base64 whose pad bits are not zero', printed.sha256.replace('E=:', 'F=:')],
]

const spellingTests = spellings.map(([id, what, value]) => ({
  id: `digest-verify-${id}`,
  comment: `${what}: the bytes are the same.`,
  flags: ['DigestValue'],
  rfc: ['RFC 9651 4.2.7'],
  level: 'should',
  requires: ['lenient-base64'],
  digest: { field: 'content-digest', operation: 'verify', value, body: base64(hello) },
  expect: accepted(),
}))

const reprTests = [
  [
    'head',
    'Repr-Digest is of the representation that an answer to HEAD does not carry',
    printed.sha256OfLine,
    helloLine,
    accepted(),
  ],
  [
    'part',
    'Repr-Digest is not of the part that a partial response carries',
    printed.sha256OfLine,
    '"world"}\n',
    mismatch,
  ],
].map(([id, what, value, body, expect]) => ({
  id: `digest-repr-${id}`,
  comment: `${what}.`,
  flags: [expect.result === 'accept' ? 'DigestValue' : 'DigestMismatch'],
  rfc: ['RFC 9530 3', id === 'head' ? 'RFC 9530 B.2' : 'RFC 9530 B.3'],
  level: 'must',
  digest: { field: 'repr-digest', operation: 'verify', value, body: base64(body) },
  expect,
}))

function truncated(member, length) {
  return edited(member, (bytes) => bytes.subarray(0, length))
}

function extended(member) {
  return edited(member, (bytes) => Buffer.concat([bytes, Buffer.from([0])]))
}

function hexadecimal(member) {
  return bytesOf(member).toString('hex')
}

function edited(member, edit) {
  const [algorithm] = member.split('=:')
  return `${algorithm}=:${edit(bytesOf(member)).toString('base64')}:`
}

function bytesOf(member) {
  return Buffer.from(member.split(':')[1], 'base64')
}

function flagOf(error) {
  return { digest_mismatch: 'DigestMismatch', unsupported_digest: 'WeakDigest', malformed_digest: 'DigestSyntax' }[
    error
  ]
}

export const digestFields = {
  id: 'digest-fields',
  type: 'digest',
  comment: 'Content-Digest and Repr-Digest: values of RFC 9530 as it prints them, and what is not one.',
  tests: [...creations, ...checkTests, ...strictTests, ...spellingTests, ...reprTests],
}
