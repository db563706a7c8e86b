import {
  createMessageVerifier,
  type MessageVerifier,
  type ReplayStore,
  type VerifierOptions,
} from '@countersign/verifier'
import type { KeyRing } from '../key-ring.ts'
import { originOf, receivedRequestOf } from '../message.ts'
import type { SequenceStores } from '../sequence-stores.ts'
import { requireMember, type Vector, type VectorMessage, type VectorStep } from '../vector.ts'
import { type StepVerdict, verdictOf } from '../verdict.ts'
import { profileOptions } from './verify.ts'

/** One verifier process after the other, on one clock. */
interface Stage {
  readonly messages: Readonly<Record<string, VectorMessage>>
  readonly options: Omit<VerifierOptions<undefined>, 'replayStore'>
  readonly stores: SequenceStores
  /** Unix seconds. */
  readonly clock: { now: number }
  maxAgeSeconds: number | undefined
  store: ReplayStore
}

/** Plays the steps of a sequence in order. Each has its time, and leaves behind what the next one finds. */
export async function runSequence(
  vector: Vector,
  keys: KeyRing,
  stores: SequenceStores,
): Promise<readonly StepVerdict[]> {
  const messages = requireMember(vector, 'messages')
  const steps = requireMember(vector, 'steps')
  const [first] = Object.values(messages)
  if (first === undefined) throw new Error(`${vector.id}: a sequence has messages`)
  const origin = vector.policy?.origin ?? originOf(first)
  const clock = { now: steps[0]?.at ?? 0 }
  const milliseconds = (): number => clock.now * 1000
  const stage: Stage = {
    messages,
    options: { ...(await profileOptions(vector, keys)), origin, clock: milliseconds },
    stores,
    clock,
    maxAgeSeconds: vector.policy?.maxAgeSeconds,
    store: stores.open(milliseconds, 'fresh'),
  }
  const verdicts: StepVerdict[] = []
  for (const step of steps) verdicts.push(await playStep(stage, step))
  return verdicts
}

async function playStep(stage: Stage, step: VectorStep): Promise<StepVerdict> {
  stage.clock.now = step.at
  stage.maxAgeSeconds = step.maxAgeSeconds ?? stage.maxAgeSeconds
  if (step.restart !== undefined) {
    stage.store = stage.stores.open(() => stage.clock.now * 1000, step.restart === 'durable' ? 'kept' : 'lost')
  }
  if (step.use === undefined) return { result: 'accept' }
  const message = stage.messages[step.use]
  if (message === undefined) throw new Error(`there is no message "${step.use}"`)
  const verify = verifierOf(stage, step)
  const verdicts = await Promise.all(
    Array.from({ length: step.copies ?? 1 }, () =>
      verdictOf(async () => {
        const { signature } = await verify(receivedRequestOf(message))
        const { label, keyid } = step.expect
        if (label !== undefined && signature.label !== label) return `it was accepted by ${signature.label}`
        return keyid === undefined || signature.keyId === keyid ? undefined : `it was accepted by ${signature.keyId}`
      }),
    ),
  )
  return step.copies === undefined ? (verdicts[0] as StepVerdict) : verdictOfCopies(verdicts)
}

function verifierOf(stage: Stage, { store }: VectorStep): MessageVerifier<undefined> {
  const { options, maxAgeSeconds } = stage
  return createMessageVerifier({
    ...options,
    ...(maxAgeSeconds !== undefined && { maxAgeSeconds }),
    replayStore: store === 'unavailable' ? unavailableStore : stage.store,
  })
}

const unavailableStore: ReplayStore = {
  claim: () => {
    throw new Error('the store is unavailable')
  },
}

/** One was let in; whoever was not was refused as a copy of it. */
function verdictOfCopies(verdicts: readonly StepVerdict[]): StepVerdict {
  const accepted = verdicts.filter(({ result }) => result === 'accept').length
  const other = verdicts.find(({ result, error }) => result === 'reject' && error !== 'replayed')
  return { ...(other ?? { result: accepted > 0 ? 'accept' : 'reject' }), accepted }
}
