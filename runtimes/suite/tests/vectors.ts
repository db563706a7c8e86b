import { createKeyRing } from '../../../packages/vectors/test/runner/key-ring.ts'
import { runVector } from '../../../packages/vectors/test/runner/run-vector.ts'
import { type Vector, vectorsOf } from '../../../packages/vectors/test/runner/vector.ts'
import { disagreement } from '../../../packages/vectors/test/runner/verdict.ts'
import { missingFor } from '../algorithms.ts'
import type { Recorder } from '../recorder.ts'
import type { SuiteTask } from '../task.ts'

/** The shared vectors, one test each. */
export async function vectorTests(recorder: Recorder, { vectors, capabilities }: SuiteTask): Promise<void> {
  const keys = createKeyRing(vectors.keys)
  for (const vector of vectors.files.flatMap(vectorsOf)) {
    const name = `vector ${vector.type} ${vector.id}`
    const missing = namesOf(vector)
      .map((key) => vectors.keys[key])
      .map((key) => key && missingFor(key.algorithm, capabilities))
      .find((capability) => capability !== undefined)
    if (missing !== undefined) {
      recorder.skip(name, `no ${missing}`)
      continue
    }
    await recorder.test(name, async () => {
      const difference = disagreement(vector, await runVector(vector, keys))
      if (difference !== undefined) throw new Error(difference)
    })
  }
}

/** The keys that a vector needs. */
function namesOf({ key, keys = [] }: Vector): readonly string[] {
  return key === undefined ? keys : [key, ...keys]
}
