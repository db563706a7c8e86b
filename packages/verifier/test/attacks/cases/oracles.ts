import type { VerifyingKey } from '@countersign/core'
import { expect, it } from 'vitest'
import { carol, mallory, verifyingKeyNamed } from '../keys.ts'
import { exchange, type RawResponse } from '../raw-http.ts'
import { editField, type RawRequest, requestBytes } from '../raw-request.ts'
import { type Shape, signedRequest } from '../signed-request.ts'
import type { AttackTarget } from '../target.ts'
import { type Expected, expectVerdict, startFor } from '../verdict.ts'

/** What else can be wrong with a request whose signature is nobody's. */
const probes: readonly (readonly [what: string, shape: Shape])[] = [
  ['an absent component', { lines: (lines) => [...lines, { identifier: '"x-absent"', value: '' }] }],
  ['a component of a response', { lines: (lines) => [...lines, { identifier: '"@status"', value: '200' }] }],
  ['a value that is not ASCII', { headers: [['X-Note', 'caf\xe9']], cover: ['x-note'] }],
  ['a short nonce', { nonce: 'short' }],
  ['an old signature', { age: 61 }],
  ['nothing covered', { lines: () => [] }],
  ['a wrong body', { headers: [['Content-Digest', 'sha-256=:AAAA:']] }],
  ['a body in chunks', { framing: 'chunked' }],
  ['a large body', { body: 'x'.repeat(100_000) }],
  ['a digest that is none', { headers: [['Content-Digest', 'none']] }],
]

/** Attack 88: who has no key learns nothing about keys. */
export function oracleAttacks(target: AttackTarget): void {
  it('attack 88: unknown key, bad signature, wrong digest and wrong algorithm look the same', async () => {
    const running = await startFor(target)
    const valid = signedRequest(running.now())
    const wrong: readonly (readonly [request: RawRequest, expected: Expected])[] = [
      [signedRequest(running.now(), { key: mallory }), 'unknown_key'],
      [signedRequest(running.now(), { key: { ...mallory, keyId: 'alice' } }), 'invalid_signature'],
      [editField(valid, 'signature', () => 'sig1=:AAAA:'), 'invalid_signature'],
      [{ ...valid, body: Buffer.from('{"amount":11}') }, 'digest_mismatch'],
      [signedRequest(running.now(), { key: carol, parameters: { keyid: '"alice"' } }), 'algorithm_mismatch'],
    ]
    const answers = new Set<string>()
    for (const [request, expected] of wrong) answers.add(visible(await expectVerdict(running, request, expected)))
    expect(answers.size).toBe(1)
    await expectVerdict(running, valid, 'accepted')
  })

  it.each(probes)('attack 88: %s looks the same with a known and an unknown keyid', async (_what, shape) => {
    const running = await startFor(target, { keys: await slowKeys() })
    const answers: string[] = []
    for (const keyId of ['alice', 'nobody']) {
      const request = signedRequest(running.now(), { ...shape, key: { ...mallory, keyId } })
      answers.push(visible(await exchange(running.port, requestBytes(request))))
    }
    expect(answers[0]).toBe(answers[1])
    expect([running.runs(), running.claims()]).toEqual([0, 0])
    await expectVerdict(running, signedRequest(running.now()), 'accepted')
  })
}

/** A key behind a KMS takes its time, in which more of the body comes in: the answer must not depend on that either. */
async function slowKeys(): Promise<readonly VerifyingKey[]> {
  const key = await verifyingKeyNamed('alice')
  const verify: VerifyingKey['verify'] = async (base, signature) => {
    await new Promise((resolve) => setTimeout(resolve, 5))
    return key.verify(base, signature)
  }
  return [{ keyId: key.keyId, algorithm: key.algorithm, verify }]
}

/** All that a client sees, but the time of day. */
function visible({ status, headers, body }: RawResponse): string {
  return JSON.stringify([status, [...headers].filter(([name]) => name !== 'date'), body])
}
