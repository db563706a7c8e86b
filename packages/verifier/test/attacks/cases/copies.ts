import { createMemoryReplayStore } from '@countersign/verifier'
import { expect, it } from 'vitest'
import { pipeline, type RawResponse, race } from '../raw-http.ts'
import { requestBytes } from '../raw-request.ts'
import { getShape, type Shape, signedRequest } from '../signed-request.ts'
import { type AttackTarget, createClock, type RunningTarget } from '../target.ts'
import { expectVerdict, kindOf, startFor } from '../verdict.ts'

const shapes: readonly (readonly [what: string, shape: Shape])[] = [
  ['with a body', {}],
  ['without a body', getShape],
]

/** Attacks 5 and 6: many copies at once. */
export function copyAttacks(target: AttackTarget): void {
  it.each(shapes)('attack 5: 50 concurrent copies on 50 sockets, %s', async (_what, shape) => {
    const running = await startFor(target)
    const copy = requestBytes(signedRequest(running.now(), shape))
    expectOneRun(running, await race(running.port, Array<Buffer>(50).fill(copy)))
  })

  it('attack 5: 50 concurrent requests that differ are all let in', async () => {
    const running = await startFor(target)
    const requests = Array.from({ length: 50 }, () => requestBytes(signedRequest(running.now())))
    const responses = await race(running.port, requests)
    expect(responses.map(({ status }) => status)).toEqual(Array(50).fill(200))
    expect(running.runs()).toBe(50)
  })

  // Pipelined; the target for HTTP/2 makes streams of one connection of them. See also test/adapters/http2.test.ts.
  it.each(shapes)('attack 6: 50 copies on one connection, %s', async (_what, shape) => {
    const running = await startFor(target)
    const copy = requestBytes(signedRequest(running.now(), shape))
    expectOneRun(running, await pipeline(running.port, Array<Buffer>(50).fill(copy)))
  })
}

/** Attacks 7 and 9: what was accepted stays accepted, at another server and after the handler failed. */
export function claimedAttacks(target: AttackTarget): void {
  it('attack 7: replay to another server that shares the store', async () => {
    const clock = createClock()
    const store = createMemoryReplayStore({ startsFresh: true })
    const first = await startFor(target, { clock, store })
    const second = await startFor(target, { clock, store })
    const captured = signedRequest(clock.seconds())
    await expectVerdict(first, captured, 'accepted')
    await expectVerdict(second, captured, 'replayed')
    await expectVerdict(second, signedRequest(clock.seconds()), 'accepted')
  })

  // A client that is told of a refusal takes it that nothing was executed: what a handler throws is none.
  const failing = [500, 'throws', 'throws a refusal'] as const
  it.each(failing)('attack 9: replay after the handler failed: %s', async (handler) => {
    const running = await startFor(target, { handler })
    const captured = signedRequest(running.now())
    expect((await pipeline(running.port, [requestBytes(captured)]))[0]?.status).toBe(500)
    expect(running.runs()).toBe(1)
    await expectVerdict(running, captured, 'replayed')
    expect((await pipeline(running.port, [requestBytes(signedRequest(running.now()))]))[0]?.status).toBe(500)
    expect(running.runs()).toBe(2)
  })
}

function expectOneRun(running: RunningTarget, responses: readonly RawResponse[]): void {
  const refused = responses.filter(({ status }) => status !== 200)
  expect(refused.map((response) => [response.status, kindOf(response)])).toEqual(Array(49).fill([401, 'replayed']))
  expect(running.refusals()).toEqual(Array(49).fill('replayed'))
  expect(running.runs()).toBe(1)
}

/** Attack 8: each server has a store of its own here, so that nothing but its name can refuse. */
export function otherOriginAttacks(target: AttackTarget): void {
  const elsewhere: readonly (readonly [what: string, origin: string])[] = [
    ['host', 'https://shop.example'],
    ['subdomain', 'https://api.bank.example'],
    ['port', 'https://bank.example:8443'],
  ]
  it.each(elsewhere)('attack 8: replay to another %s', async (_what, origin) => {
    const running = await startFor(target, { origin })
    const captured = signedRequest(running.now())
    await expectVerdict(running, captured, 'invalid_signature')
    const authority = origin.slice('https://'.length)
    await expectVerdict(running, signedRequest(running.now(), { authority }), 'accepted')
  })

  // The default profile does not cover the scheme, which is no part of `@authority`. Where http and https of one
  // host are two servers with two stores, `@scheme` must be required.
  it('attack 8: replay to another scheme, with "@scheme" required', async () => {
    const policy = { requiredComponents: ['@scheme'] }
    const running = await startFor(target, { origin: 'http://bank.example', policy })
    const signedFor = (scheme: string): Shape => ({
      lines: (lines) => [...lines, { identifier: '"@scheme"', value: scheme }],
    })
    await expectVerdict(running, signedRequest(running.now(), signedFor('https')), 'invalid_signature')
    await expectVerdict(running, signedRequest(running.now()), 'component_not_covered')
    await expectVerdict(running, signedRequest(running.now(), signedFor('http')), 'accepted')
  })

  it('attack 8: replay to another scheme that shares the store', async () => {
    const clock = createClock()
    const store = createMemoryReplayStore({ startsFresh: true })
    const secure = await startFor(target, { clock, store })
    const plain = await startFor(target, { clock, store, origin: 'http://bank.example' })
    const captured = signedRequest(clock.seconds())
    await expectVerdict(secure, captured, 'accepted')
    await expectVerdict(plain, captured, 'replayed')
  })
}
