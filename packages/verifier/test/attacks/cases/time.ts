import { expect, it } from 'vitest'
import { type ForgeCase, forgeTests } from '../case-tables.ts'
import { pipeline } from '../raw-http.ts'
import { requestBytes } from '../raw-request.ts'
import { getShape, signedRequest } from '../signed-request.ts'
import type { AttackTarget, RunningTarget } from '../target.ts'
import { type Expected, expectVerdict, startFor } from '../verdict.ts'

/** The defaults, in seconds. */
const maxAge = 60
const futureSkew = 10
const maxLifetime = 86_400

/** Attacks 10 and 11: the nonce outlives the window by both of its edges. */
export function deadlineAttacks(target: AttackTarget): void {
  it('attack 10: replay a second before the deadline, at it, and after it', async () => {
    const running = await startFor(target)
    const captured = signedRequest(running.now())
    await expectVerdict(running, captured, 'accepted')
    running.advance(maxAge - 1)
    await expectVerdict(running, captured, 'replayed')
    running.advance(1)
    await expectVerdict(running, captured, 'replayed')
    running.advance(1)
    await expectVerdict(running, captured, 'stale')
    await expectVerdict(running, signedRequest(running.now()), 'accepted')
  })

  it('attack 11: created at the far edge, replay until created + max age', async () => {
    const running = await startFor(target)
    const captured = signedRequest(running.now(), { age: -futureSkew })
    await expectVerdict(running, captured, 'accepted')
    for (const seconds of [futureSkew, maxAge - 1, 1]) {
      running.advance(seconds)
      // Other traffic makes the store forget whatever it can.
      await expectVerdict(running, signedRequest(running.now()), 'accepted')
      await expectVerdict(running, captured, 'replayed')
    }
    running.advance(1)
    await expectVerdict(running, captured, 'stale')
  })
}

function createdAs(text: string | undefined): Pick<ForgeCase, 'attack' | 'forge'> {
  return { attack: 26, forge: { parameters: { created: text } } }
}

const createdCases: readonly ForgeCase[] = [
  { attack: 25, what: 'created too long ago', forge: { age: maxAge + 1 }, expected: 'stale' },
  { attack: 25, what: 'created just in time is let in', forge: { age: maxAge }, expected: 'accepted' },
  { attack: 25, what: 'created in the future', forge: { age: -futureSkew - 1 }, expected: 'not_yet_valid' },
  { attack: 25, what: 'created at the skew is let in', forge: { age: -futureSkew }, expected: 'accepted' },
  { what: 'created missing', ...createdAs(undefined), expected: 'missing_parameter' },
  { what: 'created a decimal', ...createdAs('1.5'), expected: 'malformed_parameter' },
  { what: 'created a string', ...createdAs('"1900000007"'), expected: 'malformed_parameter' },
  { what: 'created negative', ...createdAs('-1'), expected: 'malformed_parameter' },
  { what: 'created as 1e15', ...createdAs('1e15'), expected: 'malformed_signature_input' },
  {
    what: 'created of 16 digits',
    ...createdAs('1000000000000000'),
    expected: 'malformed_signature_input',
  },
  { what: 'created of 15 digits', ...createdAs('999999999999999'), expected: 'not_yet_valid' },
  { what: 'created a date', ...createdAs('@1900000007'), expected: 'malformed_parameter' },
  { what: 'created a flag', ...createdAs('?1'), expected: 'malformed_parameter' },
  { what: 'created zero', ...createdAs('0'), expected: 'stale' },
]

/** `age` and `expires` are seconds from the clock of the server. */
interface Lifetime {
  readonly what: string
  readonly age?: number
  readonly expires: number
  readonly expected: Expected
}

const lifetimes: readonly Lifetime[] = [
  { what: 'expires before created', expires: -1, expected: 'malformed_parameter' },
  { what: 'expires equal to created', expires: 0, expected: 'malformed_parameter' },
  { what: 'expired within the window', age: 30, expires: -1, expected: 'expired' },
  { what: 'expires right now is let in', age: 30, expires: 0, expected: 'accepted' },
  { what: 'a lifetime above the limit', expires: maxLifetime + 1, expected: 'malformed_parameter' },
  { what: 'a lifetime at the limit is let in', expires: maxLifetime, expected: 'accepted' },
  { what: 'a long expires does not widen the window', age: maxAge + 1, expires: 3600, expected: 'stale' },
]

/** Attacks 25 to 27: the parameters of time. */
export function parameterAttacks(target: AttackTarget): void {
  forgeTests(target, createdCases)

  it.each(lifetimes)('attack 27: $what', async ({ age = 0, expires, expected }) => {
    const running = await startFor(target)
    const parameters = { expires: String(running.now() + expires) }
    await expectVerdict(running, signedRequest(running.now(), { age, parameters }), expected)
    const honest = { expires: String(running.now() + maxAge) }
    await expectVerdict(running, signedRequest(running.now(), { parameters: honest }), 'accepted')
  })

  it.each([maxAge + 1, -futureSkew - 1])('attack 25: the refusal tells the time of the server: age %d', async (age) => {
    const running = await startFor(target)
    const expected = age > 0 ? 'stale' : 'not_yet_valid'
    const { body } = await expectVerdict(running, signedRequest(running.now(), { age }), expected)
    expect(JSON.parse(body)).toMatchObject({ serverTime: running.now() })
  })
}

/** Attack 28: the store forgets by its floor, so a clock that steps back brings nothing back. */
export function clockStepAttacks(target: AttackTarget): void {
  it('attack 28: clock back 10 minutes after a purge, and replay', async () => {
    const running = await startFor(target)
    const captured = signedRequest(running.now())
    await expectVerdict(running, captured, 'accepted')
    running.advance(600)
    await purge(running)
    running.advance(-600)
    await expectVerdict(running, captured, 'stale')
    // Fresh messages pass again once they are above the floor, which ends with the bucket of the captured one.
    running.advance(30)
    await expectVerdict(running, signedRequest(running.now()), 'accepted')
  })

  it('attack 28: clock back step by step, with replays of every age', async () => {
    const running = await startFor(target)
    const ages = [-futureSkew, -5, 0, 5, 20, 40, maxAge]
    const captured = ages.map((age) => signedRequest(running.now(), { ...getShape, age }))
    for (const request of captured) await expectVerdict(running, request, 'accepted')
    running.advance(300)
    await purge(running)
    for (let step = 0; step < 40; step++) {
      running.advance(-10)
      await pipeline(running.port, captured.map(requestBytes))
    }
    expect(running.runs()).toBe(ages.length + 1)
    running.advance(200)
    await purge(running)
  })
}

/** Attack 29: what was accepted under a wrong clock stays accepted when the clock is right again. */
export function clockExcursionAttacks(target: AttackTarget): void {
  it('attack 29: clock forward, then back', async () => {
    const running = await startFor(target)
    const early = signedRequest(running.now())
    await expectVerdict(running, early, 'accepted')
    running.advance(600)
    const late = signedRequest(running.now())
    await expectVerdict(running, late, 'accepted')
    running.advance(-600)
    await expectVerdict(running, early, 'stale')
    await expectVerdict(running, late, 'not_yet_valid')
    running.advance(30)
    await expectVerdict(running, signedRequest(running.now()), 'accepted')
    running.advance(570)
    await expectVerdict(running, late, 'replayed')
  })

  it('attack 29: clock forward by less than the window, then back', async () => {
    const running = await startFor(target)
    const captured = signedRequest(running.now())
    await expectVerdict(running, captured, 'accepted')
    for (const seconds of [50, -50, 60, -60, 10]) {
      running.advance(seconds)
      await purge(running)
      await expectVerdict(running, captured, 'replayed')
    }
  })
}

/** An honest request, which makes the store forget what it can. */
async function purge(running: RunningTarget): Promise<void> {
  await expectVerdict(running, signedRequest(running.now(), getShape), 'accepted')
}
