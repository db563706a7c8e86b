import { createMemoryReplayStore, type ReplayStore } from '@countersign/verifier'
import { it } from 'vitest'
import { untold } from '../../replay/claims.ts'
import { signedRequest } from '../signed-request.ts'
import { type AttackTarget, createClock, type ManualClock, type TargetOptions } from '../target.ts'
import { expectVerdict, startFor } from '../verdict.ts'

const futureSkew = 10

/** Attack 30: a wider window must not let in again what was accepted under the narrower one. */
export function widenedWindowAttacks(target: AttackTarget): void {
  const wide: TargetOptions['policy'] = { maxAgeSeconds: 600 }

  it('attack 30: restart with a window of 600 s, and replay of a message 100 s old', async () => {
    const clock = createClock()
    const before = await startFor(target, { clock, store: startingStore(clock) })
    clock.advance(futureSkew + 1)
    const captured = signedRequest(clock.seconds())
    await expectVerdict(before, captured, 'accepted')
    await before.close()
    clock.advance(100)
    const after = await startFor(target, { clock, store: startingStore(clock), policy: wide })
    await expectVerdict(after, captured, 'replay_store_starting')
    clock.advance(futureSkew + 1)
    await expectVerdict(after, captured, 'replay_store_starting')
    await expectVerdict(after, signedRequest(clock.seconds()), 'accepted')
  })

  it.each([
    ['after a purge', true, 'stale'],
    ['without a purge', false, 'replayed'],
  ] as const)('attack 30: a wider window over the same store, %s', async (_what, purges, expected) => {
    const clock = createClock()
    const store = createMemoryReplayStore({ startsFresh: true })
    const narrow = await startFor(target, { clock, store })
    const captured = signedRequest(clock.seconds())
    await expectVerdict(narrow, captured, 'accepted')
    clock.advance(100)
    if (purges) await expectVerdict(narrow, signedRequest(clock.seconds()), 'accepted')
    const widened = await startFor(target, { clock, store, policy: wide })
    await expectVerdict(widened, captured, expected)
    await expectVerdict(widened, signedRequest(clock.seconds(), { age: 50 }), 'accepted')
  })
}

function startingStore(clock: ManualClock): ReplayStore {
  return createMemoryReplayStore({ clock: clock.milliseconds, ...untold })
}
