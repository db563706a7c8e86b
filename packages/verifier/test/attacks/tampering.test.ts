/*
 * Attacks 31 to 59, against every adapter.
 *
 * Attack 58 on a server that listens for `upgrade`, which no handler sees, is in test/adapters/upgrade.test.ts.
 */
import { createMemoryReplayStore, createMessageVerifier } from '@countersign/verifier'
import { describe, expect, it } from 'vitest'
import { describeGroup } from './describe-attacks.ts'
import { trustedKeys } from './keys.ts'
import { bankOrigin, signedRequest } from './signed-request.ts'
import { createClock } from './target.ts'

describeGroup('coverage and tampering')

describe('bodies in process', () => {
  it('attack 48: an endless body is let go as soon as it is too large', async () => {
    const clock = createClock()
    const replayStore = createMemoryReplayStore({ startsFresh: true })
    const keys = await trustedKeys()
    const options = { keys, replayStore, origin: bankOrigin, clock: clock.milliseconds, maxBodyBytes: 10_000 }
    const verify = createMessageVerifier(options)
    const { method, target, headers } = signedRequest(clock.seconds(), { framing: 'chunked' })
    let [pulled, closed] = [0, false]
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) {
          pulled += 1000
          yield new Uint8Array(1000)
        }
      } finally {
        closed = true
      }
    }
    const request = { method, target, headers, body: endless(), source: undefined }
    await expect(verify(request)).rejects.toMatchObject({ code: 'body_too_large' })
    expect([pulled, closed]).toEqual([11_000, true])
  })
})
