import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { type ForgeCase, forgeTests, type TamperRow, tamperCases, tamperTests } from '../case-tables.ts'
import { pipeline } from '../raw-http.ts'
import { editField, requestBytes } from '../raw-request.ts'
import { freshNonce, getShape, signedRequest } from '../signed-request.ts'
import type { AttackTarget } from '../target.ts'
import { expectVerdict, kindOf, startFor } from '../verdict.ts'
import { type Edit, editInput } from './edits.ts'

const nonce = /;nonce="[^"]*"/
const anotherNonce = editInput((text) => text.replace(nonce, `;nonce="${freshNonce()}"`))
const anotherCreated = editInput((text) => text.replace(/created=\d+/, (created) => created.replace(/\d$/, '9')))

function keyId(name: string): Edit {
  return editInput((text) => text.replace('keyid="alice"', `keyid="${name}"`))
}

const parameterRows: readonly TamperRow[] = [
  [18, 'nonce stripped', editInput((text) => text.replace(nonce, '')), 'missing_parameter'],
  [19, 'nonce changed', anotherNonce, 'invalid_signature'],
  [19, 'created changed', anotherCreated, 'invalid_signature'],
  [19, 'keyid changed to another key that is known', keyId('bob'), 'invalid_signature'],
  [19, 'keyid changed to a key that nobody knows', keyId('mallory'), 'unknown_key'],
]

function ofLength(length: number): Pick<ForgeCase, 'attack' | 'what' | 'forge'> {
  return { attack: 20, what: `a nonce of ${length} characters`, forge: { nonce: 'n'.repeat(length) } }
}

const lengthCases: readonly ForgeCase[] = [
  { attack: 20, what: 'no nonce', forge: { parameters: { nonce: undefined } }, expected: 'missing_parameter' },
  { ...ofLength(0), expected: 'malformed_parameter' },
  { ...ofLength(15), expected: 'malformed_parameter' },
  { ...ofLength(16), expected: 'accepted' },
  { ...ofLength(128), expected: 'accepted' },
  { ...ofLength(129), expected: 'malformed_parameter' },
  { ...ofLength(65_536), expected: 431 },
  {
    ...ofLength(65_536),
    what: 'a nonce of 65536 characters that the HTTP parser lets through',
    options: { maxHeaderBytes: 1 << 20 },
    expected: 'limit_exceeded',
    whereLost: { 'http1-only': 431 },
  },
]

/** Attacks 18 to 20: the parameters that a claim is made of. */
export function nonceAttacks(target: AttackTarget): void {
  tamperTests(target, tamperCases(parameterRows))
  forgeTests(target, lengthCases)
}

/** Attacks 21 and 22: nobody without the key can use a nonce up, or fill the store. */
export function burningAttacks(target: AttackTarget): void {
  // How many there are is about the store, which is the same behind every adapter: one of them gets all.
  const batches = target.name === 'node:http' ? 20 : 2
  it(`attack 21: ${batches * 500} bad signatures with the nonce of a valid one`, async () => {
    const running = await startFor(target)
    const valid = signedRequest(running.now(), getShape)
    for (let batch = 0; batch < batches; batch++) {
      const forged = Array.from({ length: 500 }, (_none, index) => {
        const bytes = createHash('sha256').update(`${batch} ${index}`).digest('base64')
        return requestBytes(editField(valid, 'signature', () => `sig1=:${bytes}:`))
      })
      const responses = await pipeline(running.port, forged)
      expect(new Set(responses.map((response) => kindOf(response)))).toEqual(new Set(['invalid']))
    }
    expect(running.refusals()).toHaveLength(batches * 500)
    expect([running.claims(), running.storeSize(), running.runs()]).toEqual([0, 0, 0])
    await expectVerdict(running, valid, 'accepted')
    // On a busy machine so many requests may take longer than a test usually may.
  }, 30_000)

  it('attack 22: a good signature over a wrong body, then the right body', async () => {
    const running = await startFor(target)
    const captured = signedRequest(running.now())
    for (const body of ['{"amount":99}', '{"amount":1}', '']) {
      await expectVerdict(running, { ...captured, body: Buffer.from(body) }, 'digest_mismatch')
    }
    expect(running.claims()).toBe(0)
    await expectVerdict(running, captured, 'accepted')
  })
}
