/*
 * Attacks 1 to 24, against every adapter, with the memory store.
 *
 * Not here, since nothing of today can answer it:
 *   7   to another region, from another source address: it takes a store that several hosts share
 */
import { createMemoryReplayStore, createVerifier, protect } from '@countersign/verifier'
import { describe, expect, it } from 'vitest'
import { describeGroup } from './describe-attacks.ts'
import { trustedKeys } from './keys.ts'
import { bankOrigin, signedRequest } from './signed-request.ts'
import { createClock } from './target.ts'

describeGroup('baseline and replay')

// In process: what a handler of the Fetch API may do with the Request that it is given.
describe('baseline: the Request behind the Fetch API adapter', () => {
  const bodies = [
    ['with a body', '{"amount":10}'],
    ['with an empty body', ''],
  ] as const
  it.each(bodies)('attack 1: a handler can read a valid request %s', async (_what, body) => {
    const clock = createClock()
    const replayStore = createMemoryReplayStore({ startsFresh: true })
    const keys = await trustedKeys()
    const verify = createVerifier({ keys, replayStore, origin: bankOrigin, clock: clock.milliseconds })
    const handle = protect(verify, async (request) => new Response(`read: ${await request.text()}`))
    const { method, target, headers } = signedRequest(clock.seconds(), { body })
    // A stream, as servers hand a body over: they cannot know yet that it is empty.
    const init = { method, headers: headers as [string, string][], body: new Blob([body]).stream(), duplex: 'half' }
    const response = await handle(new Request(`${bankOrigin}${target}`, init as RequestInit))
    expect(await response.text()).toBe(`read: ${body}`)
  })
})
