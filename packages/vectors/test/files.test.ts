import { readFileSync } from 'node:fs'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { type Vector, vectorsOf } from './runner/vector.ts'
import { readJson, vectorFiles, vectorKeys } from './vector-files.ts'

const vectors: readonly Vector[] = vectorFiles.flatMap(([, file]) => vectorsOf(file))
const groups = vectorFiles.flatMap(([, file]) => file.groups)

function compileSchema(name: string): ValidateFunction {
  const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true, strictRequired: false })
  return ajv.compile(readJson(`schema/${name}`) as object)
}

function duplicatesIn(values: readonly string[]): readonly string[] {
  return values.filter((value, index) => values.indexOf(value) !== index)
}

describe('the files fit their schemas', () => {
  const validate = compileSchema('vectors.schema.json')

  test.each(vectorFiles)('%s', (_name, file) => {
    validate(file)
    expect(validate.errors).toBeNull()
  })

  test('keys.json', () => {
    const validateKeys = compileSchema('keys.schema.json')
    validateKeys(readJson('vectors/keys.json'))
    expect(validateKeys.errors).toBeNull()
  })

  test('what does not fit is refused', () => {
    const [[, file] = ['', undefined]] = vectorFiles
    expect(validate({ ...file, suite: 'verification' })).toBe(false)
    expect(validate({ ...file, numberOfTests: '1' })).toBe(false)
    const groupsWithUnknownMember = file?.groups.map((group) => ({ ...group, policies: [] }))
    expect(validate({ ...file, groups: groupsWithUnknownMember })).toBe(false)
  })
})

describe.each(vectorFiles)('%s', (name, file) => {
  const own = vectorsOf(file)

  test('has as many vectors as it says, of the type that it is named after', () => {
    expect(file.numberOfTests).toBe(own.length)
    expect(new Set([...own.map(({ type }) => `${type}.json`), `${file.suite}.json`])).toEqual(new Set([name]))
  })

  test('has a note for each flag, and a flag for each note', () => {
    const flags = new Set(own.flatMap((vector) => vector.flags))
    expect(Object.keys(file.notes).sort()).toEqual([...flags].sort())
  })

  test('has flags, and a comment that is a sentence, for each vector', () => {
    const bare = own.filter(({ flags, comment }) => flags.length === 0 || !/^\S.*\.$/.test(comment))
    expect(bare.map(({ id }) => id)).toEqual([])
  })
})

describe('all files together', () => {
  test('no id occurs twice', () => {
    expect(duplicatesIn(vectors.map(({ id }) => id))).toEqual([])
    expect(duplicatesIn(groups.map(({ id }) => id))).toEqual([])
  })

  test('each key that a vector names is in keys.json', () => {
    const named = vectors.flatMap(({ key, keys = [] }) => (key === undefined ? keys : [key, ...keys]))
    expect(named.filter((name) => !Object.hasOwn(vectorKeys, name))).toEqual([])
  })

  test('each vector expects something that its type can give', () => {
    const wrong = vectors.filter(({ expect: expected, steps, type }) => {
      return type === 'sequence' ? steps === undefined || expected !== undefined : expected === undefined
    })
    expect(wrong.map(({ id }) => id)).toEqual([])
  })

  test('what is refused is refused with one code, and no other right one is the same', () => {
    const expectations = vectors.flatMap(({ expect: expected, steps = [] }) => [
      ...(expected === undefined ? [] : [expected]),
      ...steps.map((step) => step.expect),
    ])
    const wrong = expectations.filter(({ result, error, alsoAllowed = [] }) => {
      const codes = error === undefined ? alsoAllowed : [error, ...alsoAllowed]
      return result === 'accept' ? codes.length > 0 : error === undefined || duplicatesIn(codes).length > 0
    })
    expect(wrong).toEqual([])
  })

  test('steps use messages that are there, and each message is used', () => {
    for (const { id, messages = {}, steps = [] } of vectors.filter(({ type }) => type === 'sequence')) {
      const used = new Set(steps.map(({ use }) => use).filter((use) => use !== undefined))
      expect([...used].sort(), id).toEqual(Object.keys(messages).sort())
    }
  })
})

test('README.md describes each name of requires, and no other', () => {
  const text = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const [, table = ''] = /\n## Requires\n([\s\S]*?)\n## /.exec(text) ?? []
  const described = Array.from(table.matchAll(/^\| `([^`]+)` \|/gm), ([, name]) => name ?? '')
  const prefixes = described.filter((name) => name.endsWith('…')).map((name) => name.slice(0, -1))
  const used = new Set(vectors.flatMap(({ requires = [] }) => requires))
  const named = Array.from(used, (name) => {
    const prefix = prefixes.find((start) => name.startsWith(start))
    return prefix === undefined ? name : `${prefix}…`
  })
  expect([...new Set(named)].sort()).toEqual([...described].sort())
})
