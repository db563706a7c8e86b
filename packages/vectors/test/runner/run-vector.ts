import type { KeyRing } from './key-ring.ts'
import { memoryStores, type SequenceStores } from './sequence-stores.ts'
import { runAcceptSignature } from './types/accept-signature.ts'
import { runBase } from './types/base.ts'
import { runDigest } from './types/digest.ts'
import { runSequence } from './types/sequence.ts'
import { runSign } from './types/sign.ts'
import { runStructuredField } from './types/structured-field.ts'
import { runVerify } from './types/verify.ts'
import type { Vector } from './vector.ts'
import { type Outcome, verdictOf } from './verdict.ts'

/** What the vectors are run with. */
export interface RunOptions {
  /** The replay stores that sequences use. @default those in memory */
  readonly stores?: SequenceStores
}

/** Does what the README of the vectors says of one, whatever the vector expects. */
export async function runVector(vector: Vector, keys: KeyRing, options: RunOptions = {}): Promise<Outcome> {
  if (vector.type !== 'sequence') return verdictOf(() => runSingle(vector, keys))
  const steps = await runSequence(vector, keys, options.stores ?? memoryStores())
  const { result, reason } = steps.at(-1) ?? { result: 'reject' as const, reason: 'a sequence has steps' }
  return { result, ...(reason !== undefined && { reason }), steps }
}

/** One function a type. They throw a refusal, and return how something accepted is not as the vector says. */
async function runSingle(vector: Vector, keys: KeyRing): Promise<string | undefined> {
  switch (vector.type) {
    case 'base':
      return runBase(vector, keys)
    case 'sign':
      return runSign(vector, keys)
    case 'verify':
      return runVerify(vector, keys)
    case 'digest':
      return runDigest(vector)
    case 'structured-field':
      return runStructuredField(vector)
    case 'accept-signature':
      return runAcceptSignature(vector, keys)
    case 'sequence':
      throw new Error('a sequence has steps')
  }
}
