import { createMemoryReplayStore } from '@countersign/verifier'
import { it } from 'vitest'
import { alice, bob, carol, signerNamed, verifyingKeyNamed } from '../keys.ts'
import { attachSignatures, freshNonce, signatureFor, signedRequest, unsignedRequest } from '../signed-request.ts'
import { type AttackTarget, createClock } from '../target.ts'
import { expectVerdict, startFor } from '../verdict.ts'

const principal = (keyId: string): string => (keyId === 'bob' ? keyId : 'household')

/** Attack 17: the keys of one principal share their nonces. */
export function sharedNonceAttacks(target: AttackTarget): void {
  it('attack 17: signed with two keys of one principal, and split in two', async () => {
    const running = await startFor(target, { policy: { principal } })
    const request = unsignedRequest()
    const nonce = freshNonce()
    const [first, second] = [alice, carol].map((key) => signatureFor(request, running.now(), { key, nonce }))
    await expectVerdict(running, attachSignatures(request, [first!]), 'accepted')
    await expectVerdict(running, attachSignatures(request, [second!]), 'replayed')
  })

  it('attack 17: both signatures first, and then the second alone', async () => {
    const running = await startFor(target, { policy: { principal } })
    const request = unsignedRequest()
    const nonce = freshNonce()
    const first = signatureFor(request, running.now(), { key: alice, nonce, label: 'sig1' })
    const second = signatureFor(request, running.now(), { key: carol, nonce, label: 'sig2' })
    await expectVerdict(running, attachSignatures(request, [first, second]), 'accepted')
    await expectVerdict(running, attachSignatures(request, [second]), 'replayed')
    await expectVerdict(running, attachSignatures(request, [first]), 'replayed')
  })

  it('attack 17: keys of another principal are not concerned', async () => {
    const running = await startFor(target, { policy: { principal } })
    const nonce = freshNonce()
    await expectVerdict(running, signedRequest(running.now(), { key: alice, nonce }), 'accepted')
    await expectVerdict(running, signedRequest(running.now(), { key: bob, nonce }), 'accepted')
    await expectVerdict(running, signedRequest(running.now(), { key: carol, nonce }), 'replayed')
  })

  it('attack 17: the same nonce signed again, with every created', async () => {
    const running = await startFor(target)
    const nonce = freshNonce()
    await expectVerdict(running, signedRequest(running.now(), { nonce }), 'accepted')
    for (const age of [-10, -1, 1, 15, 16, 17, 30, 60]) {
      await expectVerdict(running, signedRequest(running.now(), { nonce, age }), 'replayed')
    }
    for (const age of [60, -10]) await expectVerdict(running, signedRequest(running.now(), { age }), 'accepted')
  })
}

interface Name {
  readonly principal: string
  readonly nonce: string
}

const long = 'c'.repeat(16)
const colliding: readonly (readonly [what: string, first: Name, second: Name])[] = [
  ['same nonce', { principal: 'alice', nonce: long }, { principal: 'bob', nonce: long }],
  ['("a:b", "c") and ("a", "b:c")', { principal: 'a:b', nonce: long }, { principal: 'a', nonce: `b:${long}` }],
  ['("ab", "c") and ("a", "bc")', { principal: 'ab', nonce: long }, { principal: 'a', nonce: `b${long}` }],
  ['a length within a name', { principal: 'a', nonce: long }, { principal: '1:a16:', nonce: long }],
  ['a name that ends like a length', { principal: 'a1', nonce: long }, { principal: 'a', nonce: `1${long}` }],
]

/** Attack 23: what is put together from different parts must not come out the same. */
export function collidingNameAttacks(target: AttackTarget): void {
  it.each(colliding)('attack 23: two principals, %s', async (_what, first, second) => {
    const keys = await Promise.all([first, second].map(({ principal }) => verifyingKeyNamed(principal)))
    const running = await startFor(target, { keys })
    for (const { principal, nonce } of [first, second]) {
      const request = signedRequest(running.now(), { key: signerNamed(principal), nonce })
      await expectVerdict(running, request, 'accepted')
      await expectVerdict(running, request, 'replayed')
    }
  })

  it('attack 23: scopes, ("xa", "b") and ("x", "ab") and ("y", "ab")', async () => {
    const clock = createClock()
    const store = createMemoryReplayStore({ startsFresh: true })
    const nonce = freshNonce()
    for (const [scope, principal] of [
      ['xa', 'b'],
      ['x', 'ab'],
      ['', 'xab'],
      ['y', 'ab'],
    ] as const) {
      const policy = { scope, principal: (): string => principal }
      const running = await startFor(target, { clock, store, policy })
      await expectVerdict(running, signedRequest(clock.seconds(), { nonce }), 'accepted')
      await expectVerdict(running, signedRequest(clock.seconds(), { nonce }), 'replayed')
    }
  })
}
