import { SignatureError } from '@countersign/core'
import { type ClaimOutcome, createMemoryReplayStore, type ReplayClaim, type ReplayStore } from '@countersign/verifier'
import { expect, it, vi } from 'vitest'
import { patience } from '../../patience.ts'
import { untold } from '../../replay/claims.ts'
import { bob, carol } from '../keys.ts'
import { pipeline } from '../raw-http.ts'
import { requestBytes } from '../raw-request.ts'
import { getShape, signedRequest } from '../signed-request.ts'
import { type AttackTarget, createClock } from '../target.ts'
import { expectVerdict, startFor } from '../verdict.ts'

const futureSkew = 10
const maxAge = 60

/** Attack 93: a store that has just started cannot know what an earlier process accepted. */
export function startAttacks(target: AttackTarget): void {
  it('attack 93: created at or before start + skew is refused, and after it let in', async () => {
    const clock = createClock()
    const running = await startFor(target, {
      clock,
      store: createMemoryReplayStore({ clock: clock.milliseconds, ...untold }),
    })
    for (const age of [maxAge, 1, 0, -1, -futureSkew]) {
      await expectVerdict(running, signedRequest(clock.seconds(), { age }), 'replay_store_starting')
    }
    clock.advance(1)
    await expectVerdict(running, signedRequest(clock.seconds(), { age: 1 - futureSkew }), 'replay_store_starting')
    await expectVerdict(running, signedRequest(clock.seconds(), { age: -futureSkew }), 'accepted')
  })

  it('attack 93: a restart does not open the window again, and Retry-After says when it is over', async () => {
    const clock = createClock()
    const before = await startFor(target, { clock })
    const captured = [-futureSkew, 0, 30].map((age) => signedRequest(clock.seconds(), { age }))
    for (const request of captured) await expectVerdict(before, request, 'accepted')
    const store = createMemoryReplayStore({ clock: clock.milliseconds, ...untold })
    const after = await startFor(target, { clock, store })
    for (const request of captured) await expectVerdict(after, request, 'replay_store_starting')
    const { headers } = await expectVerdict(after, signedRequest(clock.seconds()), 'replay_store_starting')
    clock.advance(Number(headers.get('retry-after')))
    await expectVerdict(after, signedRequest(clock.seconds()), 'accepted')
    for (const request of captured) await expectVerdict(after, request, 'replay_store_starting')
  })
}

/** Attack 94: a full store refuses, and forgets nothing. */
export function capacityAttacks(target: AttackTarget): void {
  it('attack 94: a full store refuses what is new, and forgets nothing', async () => {
    const store = createMemoryReplayStore({ startsFresh: true, maxEntries: 3, maxEntriesPerPrincipal: 3 })
    const running = await startFor(target, { store })
    const captured = [0, 1, 2].map(() => signedRequest(running.now()))
    for (const request of captured) await expectVerdict(running, request, 'accepted')
    const { headers } = await expectVerdict(running, signedRequest(running.now()), 'replay_store_full')
    await expectVerdict(running, signedRequest(running.now(), { key: bob }), 'replay_store_full')
    for (const request of captured) await expectVerdict(running, request, 'replayed')
    running.advance(maxAge)
    for (const request of captured) await expectVerdict(running, request, 'replayed')
    running.advance(Number(headers.get('retry-after')) - maxAge)
    await expectVerdict(running, signedRequest(running.now()), 'accepted')
    for (const request of captured) await expectVerdict(running, request, 'stale')
  })

  it('attack 94: what was refused for want of room is let in later', async () => {
    const store = createMemoryReplayStore({ startsFresh: true, maxEntries: 1 })
    const running = await startFor(target, { store })
    await expectVerdict(running, signedRequest(running.now(), { age: maxAge }), 'accepted')
    const waiting = signedRequest(running.now(), { age: -futureSkew })
    await expectVerdict(running, waiting, 'replay_store_full')
    running.advance(20)
    await expectVerdict(running, waiting, 'accepted')
    await expectVerdict(running, waiting, 'replayed')
  })
}

/** Attack 99: each principal has its share of the room. */
export function floodAttacks(target: AttackTarget): void {
  it('attack 99: a flood by one key leaves another key unaffected', async () => {
    const store = createMemoryReplayStore({ startsFresh: true, maxEntries: 100 })
    const running = await startFor(target, { store })
    const flood = Array.from({ length: 200 }, () => requestBytes(signedRequest(running.now(), getShape)))
    const statuses = (await pipeline(running.port, flood)).map(({ status }) => status)
    // A tenth of the room is the share of one principal.
    expect([statuses.filter((status) => status === 200).length, running.runs()]).toEqual([10, 10])
    expect(statuses.filter((status) => status === 503)).toHaveLength(190)
    expect(new Set(running.refusals())).toEqual(new Set(['replay_store_full']))
    for (let count = 0; count < 10; count++) {
      await expectVerdict(running, signedRequest(running.now(), { key: bob }), 'accepted')
    }
  })

  it('attack 99: the keys of one principal share its room', async () => {
    const store = createMemoryReplayStore({ startsFresh: true, maxEntries: 100, maxEntriesPerPrincipal: 2 })
    const principal = (keyId: string): string => (keyId === 'bob' ? keyId : 'household')
    const running = await startFor(target, { store, policy: { principal } })
    await expectVerdict(running, signedRequest(running.now()), 'accepted')
    await expectVerdict(running, signedRequest(running.now(), { key: carol }), 'accepted')
    await expectVerdict(running, signedRequest(running.now(), { key: carol }), 'replay_store_full')
    await expectVerdict(running, signedRequest(running.now()), 'replay_store_full')
    await expectVerdict(running, signedRequest(running.now(), { key: bob }), 'accepted')
  })
}

type Claim = (claim: ReplayClaim) => unknown

const silent: Claim = () => new Promise(() => {})

const broken: readonly (readonly [what: string, claim: Claim])[] = [
  [
    'throws',
    () => {
      throw new Error('ECONNREFUSED')
    },
  ],
  [
    'throws nothing',
    () => {
      throw undefined
    },
  ],
  ['rejects', () => Promise.reject(new Error('ECONNRESET'))],
  ['never answers', silent],
  ['answers nothing', () => undefined],
  ['promises nothing', () => Promise.resolve(undefined)],
  ['answers true', () => true],
  ['answers 1', () => 1],
  ['answers OK', () => Promise.resolve('OK')],
  ['answers ACCEPTED', () => 'ACCEPTED'],
  ['answers an object', () => ({ outcome: 'accepted' })],
  ['answers a list', () => ['accepted']],
]

/** Attacks 95 and 96: a store that cannot tell refuses. */
export function outageAttacks(target: AttackTarget): void {
  it.each(broken)('attack 95: a store that %s', async (_what, claim) => {
    const store = switchableStore(claim)
    const running = await startFor(target, { store, policy: { replayTimeoutMilliseconds: 20 } })
    const captured = signedRequest(running.now())
    const { headers } = await expectVerdict(running, captured, 'replay_store_unavailable')
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    store.recover()
    await expectVerdict(running, captured, 'accepted')
    await expectVerdict(running, captured, 'replayed')
  })

  const reasons = ['replay_store_full', 'replay_store_starting', 'replay_store_unavailable'] as const
  it.each(reasons)('attack 95: a store that says why: %s', async (code) => {
    const store = switchableStore(() => Promise.reject(new SignatureError(code, '', { retryAfterSeconds: 7 })))
    const running = await startFor(target, { store })
    const { headers } = await expectVerdict(running, signedRequest(running.now()), code)
    expect(headers.get('retry-after')).toBe('7')
    store.recover()
    await expectVerdict(running, signedRequest(running.now()), 'accepted')
  })

  it.each(['accepted', 'failed'] as const)('attack 95: a store that answers too late: %s', async (late) => {
    let answer = (): void => {}
    const claim: Claim = () =>
      new Promise((resolve, reject) => {
        answer = () => (late === 'accepted' ? resolve(late) : reject(new Error(late)))
      })
    const store = switchableStore(claim)
    const running = await startFor(target, { store, policy: { replayTimeoutMilliseconds: 20 } })
    await expectVerdict(running, signedRequest(running.now()), 'replay_store_unavailable')
    answer()
    store.recover()
    await expectVerdict(running, signedRequest(running.now()), 'accepted')
    expect(running.runs()).toBe(1)
  })

  ambiguityAttacks(target)
}

function ambiguityAttacks(target: AttackTarget): void {
  it('attack 96: accepted, but the answer was lost: the copy does not run either', async () => {
    const memory = createMemoryReplayStore({ startsFresh: true })
    const store = switchableStore(async (claim) => {
      await memory.claim(claim)
      throw new Error('ETIMEDOUT')
    }, memory)
    const running = await startFor(target, { store })
    const captured = signedRequest(running.now())
    await expectVerdict(running, captured, 'replay_store_unavailable')
    store.recover()
    await expectVerdict(running, captured, 'replayed')
    expect(running.runs()).toBe(0)
    await expectVerdict(running, signedRequest(running.now()), 'accepted')
  })

  it('attack 96: timed out, and accepted afterwards', async () => {
    const memory = createMemoryReplayStore({ startsFresh: true })
    const delayed: ReplayClaim[] = []
    const store = switchableStore((claim) => {
      delayed.push(claim)
      return silent(claim)
    }, memory)
    const running = await startFor(target, { store, policy: { replayTimeoutMilliseconds: 20 } })
    const captured = signedRequest(running.now())
    await expectVerdict(running, captured, 'replay_store_unavailable')
    await vi.waitFor(() => expect(delayed).toHaveLength(1), patience)
    store.recover()
    await expectVerdict(running, captured, 'accepted')
    // The first claim arrives at last, when the second has been accepted: it must find it.
    expect(await memory.claim(delayed[0]!)).toBe('replayed')
    await expectVerdict(running, captured, 'replayed')
    expect(running.runs()).toBe(1)
  })
}

/** A store that is broken until it recovers. */
function switchableStore(
  claim: Claim,
  healthy: ReplayStore = createMemoryReplayStore({ startsFresh: true }),
): ReplayStore & { recover(): void } {
  let recovered = false
  return {
    claim: (asked) => (recovered ? healthy.claim(asked) : (claim(asked) as ClaimOutcome)),
    recover: () => {
      recovered = true
    },
  }
}
