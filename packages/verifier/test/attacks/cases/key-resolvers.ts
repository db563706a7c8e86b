import type { VerifyingKey } from '@countersign/core'
import { it } from 'vitest'
import { bob, signerNamed, verifyingKeyNamed } from '../keys.ts'
import { signedRequest } from '../signed-request.ts'
import { type AttackTarget, createClock } from '../target.ts'
import { type Expected, expectVerdict, startFor } from '../verdict.ts'

type Answer = () => unknown

const key = (parts: Partial<Record<keyof VerifyingKey, unknown>>): Answer => {
  return () => ({ keyId: 'alice', algorithm: 'hmac-sha256', verify: () => false, ...parts })
}

const fail = (): never => {
  throw new Error('the directory is down')
}

/** What a resolver or a key of somebody's own may answer: nothing of it may let a request in. */
const answers: readonly (readonly [what: string, answer: Answer, expected: Expected])[] = [
  ['nothing', () => undefined, 'unknown_key'],
  ['null', () => null, 'unknown_key'],
  ['a promise of nothing', () => Promise.resolve(undefined), 'unknown_key'],
  ['an empty string', () => '', 'key_unavailable'],
  ['a secret', () => 'secret', 'key_unavailable'],
  ['an empty buffer', () => Buffer.alloc(0), 'key_unavailable'],
  ['true', () => true, 'key_unavailable'],
  ['0', () => 0, 'key_unavailable'],
  ['an empty object', () => ({}), 'key_unavailable'],
  ['an empty list', () => [], 'key_unavailable'],
  ['a key that cannot verify', key({ verify: 'yes' }), 'key_unavailable'],
  ['a key without a name', key({ keyId: '' }), 'key_unavailable'],
  ['a key of another name', key({ keyId: 'bob', verify: () => true }), 'key_unavailable'],
  ['an error', fail, 'key_unavailable'],
  ['a rejection', () => Promise.reject(new Error('the directory is down')), 'key_unavailable'],
  ['a key that fails', key({ verify: fail }), 'key_unavailable'],
  ['a key that rejects', key({ verify: () => Promise.reject(new Error('the KMS is down')) }), 'key_unavailable'],
  ['a key that says 1', key({ verify: () => 1 }), 'invalid_signature'],
  ['a key that says "ok"', key({ verify: () => 'ok' }), 'invalid_signature'],
  ['a key that says nothing', key({ verify: () => undefined }), 'invalid_signature'],
  ['a key that promises an object', key({ verify: () => Promise.resolve({}) }), 'invalid_signature'],
]

/** Attack 90: a resolver that answers nonsense. The control is another key, which the same resolver knows. */
export function resolverAttacks(target: AttackTarget): void {
  it.each(answers)('attack 90: the resolver answers %s', async (_what, answer, expected) => {
    const other = await verifyingKeyNamed('bob')
    const keys = (keyId: string): VerifyingKey | undefined =>
      keyId === 'bob' ? other : (answer() as VerifyingKey | undefined)
    const running = await startFor(target, { keys })
    await expectVerdict(running, signedRequest(running.now()), expected)
    await expectVerdict(running, signedRequest(running.now(), { key: bob }), 'accepted')
  })
}

/** Attack 91: keys come and go while the server runs. */
export function lifetimeAttacks(target: AttackTarget): void {
  it('attack 91: a key before its time, within it, and revoked', async () => {
    const clock = createClock()
    const [from, until] = [clock.seconds() + 100, clock.seconds() + 200]
    const alice = await verifyingKeyNamed('alice')
    const keys = (): VerifyingKey | undefined =>
      clock.seconds() >= from && clock.seconds() < until ? alice : undefined
    const running = await startFor(target, { clock, keys })
    await expectVerdict(running, signedRequest(clock.seconds()), 'unknown_key')
    clock.advance(100)
    await expectVerdict(running, signedRequest(clock.seconds()), 'accepted')
    // Signed while the key was good: what counts is that it is revoked now.
    clock.advance(70)
    const late = signedRequest(clock.seconds())
    clock.advance(30)
    await expectVerdict(running, late, 'unknown_key')
  })

  it('attack 91: a key that is rotated', async () => {
    const [old, next] = await Promise.all(['key-1', 'key-2'].map(verifyingKeyNamed))
    const trusted = new Map([['key-1', old]])
    const running = await startFor(target, { keys: (keyId) => trusted.get(keyId) })
    const signedBy = (keyId: string): ReturnType<typeof signedRequest> =>
      signedRequest(running.now(), { key: signerNamed(keyId) })
    await expectVerdict(running, signedBy('key-2'), 'unknown_key')
    trusted.set('key-2', next)
    await expectVerdict(running, signedBy('key-1'), 'accepted')
    await expectVerdict(running, signedBy('key-2'), 'accepted')
    trusted.delete('key-1')
    await expectVerdict(running, signedBy('key-1'), 'unknown_key')
    await expectVerdict(running, signedBy('key-2'), 'accepted')
  })
}
