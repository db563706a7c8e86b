import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { forgeTests } from '../case-tables.ts'
import { alice, bob, carol, mallory } from '../keys.ts'
import type { RawRequest } from '../raw-request.ts'
import type { RawSignature } from '../raw-signer.ts'
import { attachSignatures, type Shape, signatureFor, signedRequest, unsignedRequest } from '../signed-request.ts'
import type { AttackTarget } from '../target.ts'
import { type Expected, expectVerdict, reportOf, startFor } from '../verdict.ts'

type MakeSignature = (request: RawRequest, now: number) => RawSignature

function by(shape: Shape): MakeSignature {
  return (request, now) => signatureFor(request, now, shape)
}

/** What the victim signed, with its bytes replaced. */
function withBytes(make: MakeSignature, bytes: (good: Buffer) => Buffer): MakeSignature {
  return (request, now) => {
    const signature = make(request, now)
    return { ...signature, bytes: bytes(signature.bytes) }
  }
}

const nothing: Shape['lines'] = () => []

/** Beside a valid signature, none of these changes who signed. */
const companions: readonly (readonly [what: string, make: MakeSignature])[] = [
  ['random bytes', withBytes(by({ key: alice }), (good) => randomBytes(good.length))],
  ['no bytes', withBytes(by({ key: alice }), () => Buffer.alloc(0))],
  [
    "the attacker's own bytes",
    (request, now) => ({ ...by({ key: alice })(request, now), bytes: by({ key: bob })(request, now).bytes }),
  ],
  ['an old signature of the victim', by({ key: alice, age: 61 })],
  ['a signature of the victim that covers nothing', by({ key: alice, lines: nothing })],
  [
    'a signature of the victim over another path',
    by({
      key: alice,
      lines: (lines) => lines.map((line) => (line.identifier === '"@path"' ? { ...line, value: '/other' } : line)),
    }),
  ],
  ['an Ed25519 signature of zeros', withBytes(by({ key: carol }), (good) => Buffer.alloc(good.length))],
]

/** Attack 82: `keyId` and `principal` are those of the signature that verified, whatever stands beside it. */
export function companionAttacks(target: AttackTarget): void {
  const orders = ['before', 'after'] as const
  const cases = orders.flatMap((order) => companions.map(([what, make]) => [what, order, make] as const))
  it.each(cases)("attack 82: %s, %s the attacker's valid signature", async (_what, order, make) => {
    const principal = (keyId: string): string => `customer ${keyId}`
    const running = await startFor(target, { policy: { principal } })
    const request = unsignedRequest()
    const victim = { ...make(request, running.now()), label: 'victim' }
    const attacker = signatureFor(request, running.now(), { key: bob, label: 'attacker' })
    const signatures = order === 'before' ? [victim, attacker] : [attacker, victim]
    const report = reportOf(await expectVerdict(running, attachSignatures(request, signatures), 'accepted'))
    expect([report.keyId, report.principal]).toEqual(['bob', 'customer bob'])
    const control = reportOf(await expectVerdict(running, signedRequest(running.now(), { key: alice }), 'accepted'))
    expect(control.principal).toBe('customer alice')
  })

  it("attack 82: the attacker's bytes under the victim's label, and the other way round", async () => {
    const running = await startFor(target)
    const request = unsignedRequest()
    const good = signatureFor(request, running.now(), { key: bob, label: 'attacker' })
    const claimed = signatureFor(request, running.now(), { key: alice, label: 'victim' })
    const swapped = [
      { ...claimed, bytes: good.bytes },
      { ...good, bytes: randomBytes(32) },
    ]
    await expectVerdict(running, attachSignatures(request, swapped), 'invalid_signature')
    await expectVerdict(running, attachSignatures(request, [good]), 'accepted')
  })
}

const junk: readonly (readonly [what: string, make: MakeSignature])[] = [
  ['an unknown key', by({ key: mallory })],
  ['a signature that does not verify', withBytes(by({ key: bob }), () => Buffer.from('junk'))],
  ['nothing covered', by({ lines: nothing })],
  ['no parameters', by({ parameters: { created: undefined, nonce: undefined, alg: undefined, keyid: undefined } })],
  ['an unknown component', by({ lines: (lines) => [...lines, { identifier: '"@body"', value: '' }] })],
  ['a component that is absent', by({ lines: (lines) => [...lines, { identifier: '"x-absent"', value: '' }] })],
  ['a component twice', by({ lines: (lines) => [...lines, ...lines] })],
  ['another algorithm', by({ key: bob, parameters: { alg: '"ed25519"' } })],
  ['created in the future', by({ age: -3600 })],
  ['a short nonce', by({ nonce: 'short' })],
]

/** Attack 83: what else is signed, by whomever, does not shut a valid request out. */
export function junkAttacks(target: AttackTarget): void {
  const cases = ['before', 'after'].flatMap((order) => junk.map(([what, make]) => [what, order, make] as const))
  it.each(cases)('attack 83: %s, %s a valid signature, is let in', async (_what, order, make) => {
    const running = await startFor(target)
    const request = unsignedRequest()
    const other = { ...make(request, running.now()), label: 'junk' }
    const valid = signatureFor(request, running.now())
    const signatures = order === 'before' ? [other, valid] : [valid, other]
    const report = reportOf(await expectVerdict(running, attachSignatures(request, signatures), 'accepted'))
    expect(report.keyId).toBe('alice')
    await expectVerdict(running, attachSignatures(request, [valid]), 'replayed')
  })

  it('attack 83: three junk signatures are let in, and alone they are not', async () => {
    const running = await startFor(target)
    const request = unsignedRequest()
    const three = junk
      .slice(0, 3)
      .map(([, make], index) => ({ ...make(request, running.now()), label: `junk${index}` }))
    await expectVerdict(running, attachSignatures(request, three), 'unknown_key')
    const valid = signatureFor(request, running.now())
    await expectVerdict(running, attachSignatures(request, [...three, valid]), 'accepted')
  })
}

/** Attack 84: a signature for another application. */
export function tagAttacks(target: AttackTarget): void {
  const options = { policy: { tag: 'bank' } }
  const tagged = (text: string | undefined): Shape => ({ parameters: { tag: text } })
  const cases: readonly (readonly [what: string, text: string | undefined, expected: Expected])[] = [
    ['no tag', undefined, 'no_matching_signature'],
    ['another tag', '"shop"', 'no_matching_signature'],
    ['an empty tag', '""', 'no_matching_signature'],
    ['a tag in another case', '"Bank"', 'no_matching_signature'],
    ['a tag that begins alike', '"bank2"', 'no_matching_signature'],
    ['a token', 'bank', 'malformed_parameter'],
  ]
  forgeTests(
    target,
    cases.map(([what, text, expected]) => ({
      attack: 84,
      what,
      options,
      shape: tagged('"bank"'),
      forge: tagged(text),
      expected,
    })),
  )

  it('attack 84: one of several tags', async () => {
    const running = await startFor(target, { policy: { tag: ['bank', 'shop'] } })
    for (const tag of ['"ban"', '"bank,shop"', '"shops"', undefined]) {
      await expectVerdict(running, signedRequest(running.now(), tagged(tag)), 'no_matching_signature')
    }
    for (const tag of ['"bank"', '"shop"']) {
      await expectVerdict(running, signedRequest(running.now(), tagged(tag)), 'accepted')
    }
  })

  it('attack 84: the right tag beside a wrong one', async () => {
    const running = await startFor(target, options)
    const request = unsignedRequest()
    const wrong = signatureFor(request, running.now(), { ...tagged('"shop"'), label: 'other' })
    const right = signatureFor(request, running.now(), tagged('"bank"'))
    await expectVerdict(running, attachSignatures(request, [wrong]), 'no_matching_signature')
    await expectVerdict(running, attachSignatures(request, [wrong, right]), 'accepted')
  })
}
