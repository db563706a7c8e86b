import { expect, test } from 'vitest'
import { vectorFiles } from './vector-files.ts'

/** How many vectors there are at least about each subject: the groups of it, and the number. */
const subjects: Readonly<Record<string, readonly [groups: readonly string[], count: number]>> = {
  components: [
    [
      ...['method', 'scheme', 'request-target', 'target-uri', 'authority', 'path', 'query', 'query-param', 'status'],
      ...['derived-unknown', 'fields', 'field-lines', 'field-characters', 'field-names', 'sf', 'strict-refused'],
      ...['strict-registered', 'key', 'key-refused', 'bs', 'bs-refused', 'tr', 'req', 'req-refused'],
    ],
    250,
  ],
  'parameters of the base': [['parameters', 'order'], 20],
  signing: [
    [
      ...['sign-algorithms', 'sign-fields', 'sign-alg', 'sign-parameters-refused', 'sign-components-refused'],
      'sign-labels-refused',
    ],
    45,
  ],
  algorithms: [
    [
      ...['algorithm-sound', 'algorithm-padding', 'algorithm-wrong-bytes', 'algorithm-wrong-key'],
      ...['algorithm-wrong-base', 'algorithm-other-alg', 'algorithm-other-signature', 'algorithm-hmac'],
      ...['algorithm-ecdsa', 'algorithm-ed25519', 'algorithm-rsa-pss', 'algorithm-rsa-v1-5', 'algorithm-weak-keys'],
    ],
    150,
  ],
  'the examples of the RFC': [['rfc9421-examples'], 15],
  'malformed fields': [
    ['signature-input-syntax', 'signature-parameter-types', 'signature-syntax', 'signature-input-spelling'],
    50,
  ],
  'labels and several signatures': [['labels', 'several-signatures'], 25],
  digests: [['digest-fields', 'digest-preferences', 'bodies'], 40],
  'policy and time': [['coverage', 'freshness', 'names', 'limits'], 35],
  'replay sequences': [['replay-copies', 'replay-stores'], 25],
  'requested signatures': [['accept-signature'], 15],
  proxies: [['proxies'], 10],
  'structured fields': [['structured-fields'], 30],
}

const sizes = new Map(vectorFiles.flatMap(([, { groups }]) => groups.map(({ id, tests }) => [id, tests.length])))

test.each(Object.entries(subjects))('there are enough vectors about %s', (_subject, [groups, count]) => {
  expect(groups.filter((group) => !sizes.has(group))).toEqual([])
  const total = groups.reduce((sum, group) => sum + (sizes.get(group) ?? 0), 0)
  expect(total).toBeGreaterThanOrEqual(count)
})

test('each group is of a subject', () => {
  const listed = Object.values(subjects).flatMap(([groups]) => groups)
  expect([...sizes.keys()].filter((group) => !listed.includes(group))).toEqual([])
})
