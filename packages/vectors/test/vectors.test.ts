import { describe, expect, test } from 'vitest'
import { createKeyRing } from './runner/key-ring.ts'
import { runVector } from './runner/run-vector.ts'
import { vectorsOf } from './runner/vector.ts'
import { disagreement } from './runner/verdict.ts'
import { vectorFiles, vectorKeys } from './vector-files.ts'

const keys = createKeyRing(vectorKeys)

describe.each(vectorFiles)('%s', (_name, file) => {
  test.each(vectorsOf(file).map((vector) => [vector.id, vector] as const))('%s', async (_id, vector) => {
    expect(disagreement(vector, await runVector(vector, keys)), vector.comment).toBeUndefined()
  })
})
