import { accepted, refused } from '../expectation.mjs'

/** What the sender of a Want-* field prefers, and what is chosen of sha-256 and sha-512. */
const choices = [
  ['one', 'The one algorithm that is wanted', 'sha-256=1', 'sha-256'],
  ['example', 'The example of RFC 9530: sha-256 has the greater weight', 'sha-512=3, sha-256=10, unixsum=0', 'sha-256'],
  ['greater-weight', 'sha-512 has the greater weight', 'sha-256=1, sha-512=10', 'sha-512'],
  ['declined', 'A weight of 0 is not acceptable', 'sha-256=0, sha-512=1', 'sha-512'],
  ['least-preferred', 'The preferred one is deprecated: the example of C.1', 'sha-256=3, sha=10', 'sha-256'],
  ['all-declined', 'Both are declined', 'sha-256=0, sha-512=0', null],
  ['deprecated-alone', 'A deprecated one alone: it is not chosen', 'md5=10', null],
  ['unknown-alone', 'An unknown one alone', 'x-future=10', null],
  ['empty', 'Nothing is wanted', '', null],
  ['parameter', 'A parameter beside a weight changes nothing', 'sha-512=2;q=0', 'sha-512'],
]

const choiceTests = choices.map(([id, what, value, chosen]) => ({
  id: `want-${id}`,
  comment: `${what}.`,
  flags: ['DigestChoice'],
  rfc: ['RFC 9530 4', ...(id === 'least-preferred' ? ['RFC 9530 C.1'] : [])],
  level: id === 'deprecated-alone' ? 'must' : 'should',
  digest: { field: id === 'example' ? 'want-repr-digest' : 'want-content-digest', operation: 'choose', value, chosen },
  expect: accepted(),
}))

const equalWeights = {
  id: 'want-equal-weights',
  comment: 'Both are wanted alike: Countersign takes sha-256.',
  flags: ['DigestChoice'],
  rfc: ['RFC 9530 4'],
  level: 'policy',
  digest: { field: 'want-content-digest', operation: 'choose', value: 'sha-512=5, sha-256=5', chosen: 'sha-256' },
  expect: accepted(),
}

/** Weights are Integers from 0 to 10. */
const malformed = [
  ['weight-11', 'A weight of 11', 'sha-256=11'],
  ['weight-negative', 'A weight of -1', 'sha-256=-1'],
  ['weight-decimal', 'A weight of 0.5', 'sha-256=0.5'],
  ['weight-absent', 'No weight, which is the Boolean true', 'sha-256'],
  ['weight-string', 'A weight in quotation marks', 'sha-256="1"'],
  ['upper-case', 'The algorithm in upper case', 'SHA-256=1'],
  ['quality-values', 'The syntax of RFC 3230', 'SHA-256;q=0.3, MD5;q=1'],
]

const malformedTests = malformed.map(([id, what, value]) => ({
  id: `want-${id}`,
  comment: `${what}: the field is malformed.`,
  flags: ['DigestSyntax'],
  rfc: ['RFC 9530 4'],
  level: 'policy',
  digest: { field: 'want-content-digest', operation: 'choose', value, chosen: null },
  expect: refused('malformed_digest'),
}))

export const digestPreferences = {
  id: 'digest-preferences',
  type: 'digest',
  comment: 'Want-Content-Digest and Want-Repr-Digest. The field is a hint: who refuses it may go on without it.',
  tests: [...choiceTests, equalWeights, ...malformedTests],
}
