import { expect, test } from 'vitest'
import { createKeyRing } from './runner/key-ring.ts'
import { runVector } from './runner/run-vector.ts'
import { type Vector, type VectorType, vectorsOf } from './runner/vector.ts'
import { disagreement } from './runner/verdict.ts'
import { vectorFiles, vectorKeys } from './vector-files.ts'

const keys = createKeyRing(vectorKeys)
const vectors = vectorFiles.flatMap(([, file]) => vectorsOf(file))

/** Changes the first character that `pattern` finds. */
function flipped(text: string | undefined, pattern: RegExp): string {
  return (text ?? '').replace(pattern, (found) => (found === '1' ? '2' : '1'))
}

const anySymbol = /[A-Za-z0-9]/

/** One change of each thing that a vector says, by type. Only vectors that say it are tried. */
const changes: readonly (readonly [type: VectorType, what: string, change: (vector: Vector) => Vector | undefined])[] =
  [
    ['base', 'signatureBase', (vector) => changed(vector, 'signatureBase', flipped(vector.signatureBase, /.$/))],
    ['base', 'signatureInput', (vector) => changed(vector, 'signatureInput', `${vector.signatureInput};x`)],
    ['base', 'signature', (vector) => changed(vector, 'signature', flipped(vector.signature, anySymbol))],
    [
      'accept-signature',
      'signatureBase',
      (vector) => changed(vector, 'signatureBase', flipped(vector.signatureBase, /.$/)),
    ],
    ['accept-signature', 'signatureInput', (vector) => changed(vector, 'signatureInput', `${vector.signatureInput};x`)],
    [
      'structured-field',
      'canonical',
      (vector) => inMember(vector, 'structuredField', 'canonical', (text) => `${text} `),
    ],
    [
      'digest',
      'value',
      (vector) => {
        const isCreated = vector.digest?.operation === 'create'
        return isCreated
          ? inMember(vector, 'digest', 'value', (text) => flipped(text, /[A-Za-z0-9](?==*:$)/))
          : undefined
      },
    ],
    [
      'digest',
      'chosen',
      (vector) => inMember(vector, 'digest', 'chosen', (name) => (name === 'sha-256' ? 'sha-512' : 'sha-256')),
    ],
    ['verify', 'label', (vector) => inMember(vector, 'expect', 'label', (text) => `${text}x`)],
    ['verify', 'keyid', (vector) => inMember(vector, 'expect', 'keyid', (text) => `${text}x`)],
  ]

/** Undefined where a vector does not say it. */
function changed<Name extends keyof Vector>(vector: Vector, name: Name, value: Vector[Name]): Vector | undefined {
  return vector[name] === undefined ? undefined : { ...vector, [name]: value }
}

function inMember(
  vector: Vector,
  name: 'structuredField' | 'digest' | 'expect',
  member: string,
  change: (text: string) => string,
): Vector | undefined {
  const parts: Readonly<Record<string, unknown>> = { ...vector[name] }
  const value = parts[member]
  return typeof value === 'string' ? { ...vector, [name]: { ...parts, [member]: change(value) } } : undefined
}

async function isFound(vector: Vector): Promise<boolean> {
  return disagreement(vector, await runVector(vector, keys)) !== undefined
}

test.each(changes)('%s: a vector with another %s is found', async (type, _what, change) => {
  const accepted = vectors.filter((vector) => vector.type === type && vector.expect?.result === 'accept')
  const wrong = accepted.map(change).filter((vector) => vector !== undefined)
  expect(wrong.length).toBeGreaterThan(0)
  for (const vector of wrong.slice(0, 20)) expect(await isFound(vector), vector.id).toBe(true)
})

const other = { accept: { result: 'reject', error: 'expired' }, reject: { result: 'accept' } } as const

test('a vector of any type that expects the contrary is found', async () => {
  for (const vector of vectors) {
    if (vector.expect === undefined) continue
    expect(await isFound({ ...vector, expect: other[vector.expect.result] }), vector.id).toBe(true)
  }
})

test('a vector that expects another code is found', async () => {
  for (const vector of vectors.filter((entry) => entry.expect?.result === 'reject')) {
    const error = vector.expect?.error === 'body_unreadable' ? 'expired' : 'body_unreadable'
    expect(await isFound({ ...vector, expect: { result: 'reject', error } }), vector.id).toBe(true)
  }
})

test('a sequence of which any step expects the contrary is found', async () => {
  for (const vector of vectors.filter(({ type }) => type === 'sequence')) {
    const steps = vector.steps ?? []
    for (const [index, step] of steps.entries()) {
      const contrary = { ...step, expect: other[step.expect.result] }
      const wrong = steps.map((same, at) => (at === index ? contrary : same))
      expect(await isFound({ ...vector, steps: wrong }), `${vector.id}, step ${index + 1}`).toBe(true)
    }
  }
})
