import { generateKey, hmacSha256 } from '@countersign/core'
import { expect, it } from 'vitest'
import { createMemoryReplayStore, createMessageVerifier, type VerifierOptions } from '../../src/index.ts'
import { untold } from '../replay/claims.ts'
import { honestParameters, now, signedMessage } from '../signed-message.ts'

const { signingKey, verifyingKey } = await generateKey(hmacSha256, { keyId: 'alice' })

/** Accepts a message of 25 s ahead with a skew of 30 s, restarts, and plays it again 15 s later. */
async function replayAfterRestart(after: Partial<VerifierOptions>): Promise<unknown> {
  let seconds = now
  const clock = (): number => seconds * 1000
  const start = (startsFresh: boolean, options: Partial<VerifierOptions>) =>
    createMessageVerifier({
      keys: [verifyingKey],
      origin: 'https://bank.example',
      replayStore: createMemoryReplayStore({ startsFresh, clock, ...untold }),
      clock,
      ...options,
    })
  const captured = await signedMessage(signingKey, {
    parameters: { ...honestParameters(signingKey), created: now + 25 },
  })
  await start(true, { futureSkewSeconds: 30 })(captured)
  seconds++
  const restarted = start(false, after)
  seconds += 14
  return restarted(captured).then(
    () => 'accepted',
    (error: { code: string }) => error.code,
  )
}

it('with the same skew a restart accepts nothing again (attack 30)', async () => {
  expect(await replayAfterRestart({ futureSkewSeconds: 30 })).toBe('replay_store_starting')
})

it('with a narrower skew it does not either, when it is told the earlier one (attack 30)', async () => {
  const narrower = { futureSkewSeconds: 10, earlierFutureSkewSeconds: 30 }
  expect(await replayAfterRestart(narrower)).toBe('replay_store_starting')
})

it('counts the skew of each route as one that the store has to reckon with', async () => {
  const routes = [{ path: '/hooks/*', futureSkewSeconds: 30 }]
  expect(await replayAfterRestart({ futureSkewSeconds: 10, routes })).toBe('replay_store_starting')
})

it('does not let in what is further ahead than the skew itself', async () => {
  const verify = createMessageVerifier({
    keys: [verifyingKey],
    origin: 'https://bank.example',
    replayStore: createMemoryReplayStore({ startsFresh: true }),
    clock: () => now * 1000,
    earlierFutureSkewSeconds: 30,
  })
  const parameters = (ahead: number) => ({ ...honestParameters(signingKey), created: now + ahead })
  const send = async (ahead: number) => verify(await signedMessage(signingKey, { parameters: parameters(ahead) }))
  await expect(send(11)).rejects.toMatchObject({ code: 'not_yet_valid' })
  await expect(send(10)).resolves.toMatchObject({ keyId: 'alice' })
})

it('refuses what is no number of seconds', () => {
  const options = { keys: [verifyingKey], origin: 'https://bank.example', replayStore: createMemoryReplayStore() }
  for (const wrong of [-1, 1.5, Number.NaN, '30' as never]) {
    expect(() => createMessageVerifier({ ...options, earlierFutureSkewSeconds: wrong })).toThrow(
      /earlierFutureSkewSeconds must be a whole number/,
    )
  }
})
