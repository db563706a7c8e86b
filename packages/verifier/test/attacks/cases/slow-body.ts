import { expect, it, vi } from 'vitest'
import { patience } from '../../patience.ts'
import { watchedKeys } from '../keys.ts'
import { openConnection, type RawResponse } from '../raw-http.ts'
import { bodyBytes, chunkBytes, headBytes, type RawRequest } from '../raw-request.ts'
import { type Shape, signedRequest } from '../signed-request.ts'
import type { AttackTarget, RunningTarget } from '../target.ts'
import { type Expected, expectOutcome, expectVerdict, startFor } from '../verdict.ts'

const maxAgeSeconds = 60

/** Attack 12: what was fresh when its head came is checked again once its body is there. */
export function dribbleAttacks(target: AttackTarget): void {
  // Where a gateway waits for the whole of a body, head and body are judged at one time.
  if (target.losses.has('open-body')) return
  const cases: readonly (readonly [what: string, seconds: number, expected: Expected])[] = [
    ['up to the deadline is let in', maxAgeSeconds, 'accepted'],
    ['past the deadline', maxAgeSeconds + 1, 'stale'],
  ]
  const framings: readonly Shape['framing'][] = ['length', 'chunked']
  for (const framing of framings) {
    it.each(cases)(`attack 12: the body (${framing}) dribbled %s`, async (_what, seconds, expected) => {
      const { running, headSeen } = await startWatched(target)
      const captured = signedRequest(running.now(), { framing })
      const send = (): Promise<RawResponse> => dribble(running, captured, { headSeen, seconds })
      await expectOutcome(running, send, expected)
      await expectVerdict(running, captured, expected === 'accepted' ? 'replayed' : 'stale')
      await expectVerdict(running, signedRequest(running.now()), 'accepted')
    })
  }

  it('attack 12: past expires, which is before the deadline', async () => {
    const { running, headSeen } = await startWatched(target)
    const captured = signedRequest(running.now(), { parameters: { expires: String(running.now() + 20) } })
    await expectOutcome(running, () => dribble(running, captured, { headSeen, seconds: 21 }), 'expired')
  })
}

/** Attack 13: half a body is no body, and the nonce is still good for the whole of it. */
export function abortAttacks(target: AttackTarget): void {
  // What breaks off never leaves a gateway that waits for the whole of it.
  const framings: readonly Shape['framing'][] = target.losses.has('open-body') ? [] : ['length', 'chunked']
  it.each(framings)('attack 13: aborted amid the body (%s), and sent again', async (framing) => {
    const { running, headSeen } = await startWatched(target)
    const captured = signedRequest(running.now(), { framing })
    const connection = await openConnection(running.port)
    await connection.write(headBytes(captured))
    await connection.write(bodyBytes(captured).subarray(0, 5))
    await headSeen
    connection.destroy()
    await vi.waitFor(() => expect(running.refusals()).toEqual(['body_unreadable']), patience)
    expect(running.claims()).toBe(0)
    await expectVerdict(running, captured, 'accepted')
    await expectVerdict(running, captured, 'replayed')
    expect(running.runs()).toBe(1)
  })

  it('attack 13: aborted before the response, and sent again', async () => {
    const { running, headSeen } = await startWatched(target)
    const captured = signedRequest(running.now())
    const connection = await openConnection(running.port)
    await connection.write(Buffer.concat([headBytes(captured), bodyBytes(captured)]))
    await headSeen
    connection.destroy()
    await vi.waitFor(() => expect(running.runs() + running.refusals().length).toBe(1), patience)
    // The first one ran, or the server saw it break off. Either way the two of them run once.
    await expectVerdict(running, captured, running.runs() === 1 ? 'replayed' : 'accepted')
    expect(running.runs()).toBe(1)
  })
}

/** A target that tells when it has judged a head. */
async function startWatched(
  target: AttackTarget,
): Promise<{ readonly running: RunningTarget; readonly headSeen: Promise<void> }> {
  const { keys, headSeen } = await watchedKeys()
  return { running: await startFor(target, { keys }), headSeen }
}

async function dribble(
  running: RunningTarget,
  request: RawRequest,
  { headSeen, seconds }: { readonly headSeen: Promise<void>; readonly seconds: number },
): Promise<RawResponse> {
  const connection = await openConnection(running.port)
  try {
    await connection.write(headBytes(request))
    await headSeen
    const pieces = piecesOf(request)
    for (const [index, piece] of pieces.entries()) {
      if (index === 1) running.advance(seconds)
      await connection.write(piece)
    }
    return (await connection.responses(1))[0] as RawResponse
  } finally {
    connection.destroy()
  }
}

/** Three pieces; as chunks of their own in a chunked body. */
function piecesOf(request: RawRequest): readonly Buffer[] {
  const body = request.body ?? Buffer.alloc(0)
  const pieces = [body.subarray(0, 3), body.subarray(3, 7), body.subarray(7)]
  return request.framing === 'chunked' ? [...pieces.map(chunkBytes), Buffer.from('0\r\n\r\n')] : pieces
}
