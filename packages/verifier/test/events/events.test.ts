import { inspect } from 'node:util'
import type { SignatureError } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import {
  type AcceptedEvent,
  type ClaimOutcome,
  createMessageVerifier,
  type RefusedEvent,
  type ReplayStore,
  type VerifierEvent,
  type VerifierOptions,
} from '../../src/index.ts'
import { honestParameters, signedMessage, verifierSetup } from '../signed-message.ts'

/** A stopwatch that the steps of a test move. */
function manualStopwatch(): { stopwatch: () => number; pass: (milliseconds: number) => void } {
  let milliseconds = 1000
  return {
    stopwatch: () => milliseconds,
    pass: (more) => {
      milliseconds += more
    },
  }
}

async function setup(change: Partial<VerifierOptions> = {}): Promise<{
  key: Awaited<ReturnType<typeof verifierSetup>>['key']
  events: VerifierEvent[]
  verify: ReturnType<typeof createMessageVerifier>
}> {
  const { key, options } = await verifierSetup()
  const events: VerifierEvent[] = []
  const verify = createMessageVerifier({ ...options, onEvent: (event) => events.push(event), ...change })
  return { key, events, verify }
}

describe('an accepted request', () => {
  it('is told once, with who signed, and how long it took', async () => {
    const { stopwatch, pass } = manualStopwatch()
    const replayStore: ReplayStore = {
      claim: async (): Promise<ClaimOutcome> => {
        pass(4)
        return 'accepted'
      },
    }
    async function* body(): AsyncGenerator<Uint8Array> {
      pass(3)
      yield new TextEncoder().encode('x')
    }
    const { key, events, verify } = await setup({ stopwatch, replayStore, principal: (keyId) => `customer ${keyId}` })
    const parameters = { ...honestParameters(key), tag: 'bank' }
    await verify({ ...(await signedMessage(key, { body: 'x', parameters })), body: body() })
    expect(events).toEqual([
      {
        type: 'accepted',
        keyId: 'alice',
        principal: 'customer alice',
        label: 'sig1',
        tag: 'bank',
        replayChecked: true,
        milliseconds: 7,
        storeMilliseconds: 4,
      },
    ])
    expect(events[0]?.request).toBe('the request of the framework')
    expect(Object.isFrozen(events[0])).toBe(true)
  })

  it('without a store has no time of a store', async () => {
    const { key, events, verify } = await setup({ replayStore: 'freshness-only' })
    await verify(await signedMessage(key, { method: 'GET' }))
    expect(events).toMatchObject([{ type: 'accepted', replayChecked: false, storeMilliseconds: undefined }])
    expect((events[0] as AcceptedEvent).tag).toBeUndefined()
  })
})

describe('a refused request', () => {
  it('is told once, with the code that the client does not see', async () => {
    const { stopwatch, pass } = manualStopwatch()
    const keys = (): undefined => pass(5) as undefined
    const { key, events, verify } = await setup({ stopwatch, keys })
    const error = await verify(await signedMessage(key)).catch((refusal: SignatureError) => refusal)
    expect(events).toEqual([
      {
        type: 'refused',
        code: 'unknown_key',
        kind: 'invalid',
        status: 401,
        keyId: undefined,
        error,
        milliseconds: 5,
        storeMilliseconds: undefined,
      },
    ])
    expect((events[0] as RefusedEvent).error).toBe(error)
    expect(events[0]?.request).toBe('the request of the framework')
  })

  it('names a key only once its signature has verified', async () => {
    const { key, events, verify } = await setup()
    const request = await signedMessage(key, { body: 'x' })
    const refusals = [
      { ...request, target: '/other' },
      { ...request, body: new Uint8Array(1) },
    ]
    for (const refused of refusals) await verify(refused).catch(() => {})
    await verify(request)
    await verify(request).catch(() => {})
    expect(events).toMatchObject([
      { code: 'invalid_signature', keyId: undefined },
      { code: 'digest_mismatch', keyId: 'alice' },
      { type: 'accepted' },
      { code: 'replayed', keyId: 'alice', storeMilliseconds: expect.any(Number) },
    ])
  })

  it('by a store that fails or hangs tells how long the store took', async () => {
    const { stopwatch, pass } = manualStopwatch()
    const replayStore: ReplayStore = {
      claim: async () => {
        pass(9)
        throw new Error('down')
      },
    }
    const { key, events, verify } = await setup({ stopwatch, replayStore })
    await verify(await signedMessage(key)).catch(() => {})
    expect(events).toMatchObject([{ code: 'replay_store_unavailable', status: 503, storeMilliseconds: 9 }])
  })

  it('is also one whose target or path cannot be read', async () => {
    const { key, events, verify } = await setup({ routes: [{ path: '/a' }] })
    for (const target of ['#', '//a']) await verify({ ...(await signedMessage(key)), target }).catch(() => {})
    expect(events).toMatchObject([{ code: 'malformed_message' }, { code: 'malformed_message' }])
  })
})

describe('onEvent', () => {
  const hooks: readonly (readonly [what: string, onEvent: () => unknown])[] = [
    [
      'throws',
      () => {
        throw new Error('the logger is down')
      },
    ],
    ['rejects', () => Promise.reject(new Error('the logger is down'))],
    ['never ends', () => new Promise(() => {})],
    [
      'returns a trap',
      () => ({
        // biome-ignore lint/suspicious/noThenProperty: that is the trap
        get then() {
          throw new Error('trap')
        },
      }),
    ],
  ]
  it.each(hooks)('that %s changes nothing', async (_what, onEvent) => {
    const { key, verify } = await setup({ onEvent: onEvent as () => void })
    const request = await signedMessage(key)
    await expect(verify({ ...request, method: 'PUT' })).rejects.toMatchObject({ code: 'invalid_signature' })
    await expect(verify(request)).resolves.toMatchObject({ keyId: 'alice' })
    await expect(verify(request)).rejects.toMatchObject({ code: 'replayed' })
  })

  it('that writes into the event changes nothing', async () => {
    const onEvent = (event: VerifierEvent): void => {
      Object.assign(event, { keyId: 'mallory' })
    }
    const { key, verify } = await setup({ onEvent })
    await expect(verify(await signedMessage(key))).resolves.toMatchObject({ keyId: 'alice' })
  })

  it('is not told of mistakes of the server', async () => {
    const { key, events, verify } = await setup({ origin: () => 'nonsense' })
    await expect(verify(await signedMessage(key))).rejects.toThrow(TypeError)
    expect(events).toEqual([])
  })

  it('is left out: nothing is measured', async () => {
    const { key, options } = await verifierSetup()
    const stopwatch = (): number => {
      throw new Error('nobody asked for it')
    }
    await expect(createMessageVerifier({ ...options, stopwatch })(await signedMessage(key))).resolves.toBeDefined()
  })

  it('measures with performance.now by default', async () => {
    const { key, events, verify } = await setup()
    await verify(await signedMessage(key))
    const { milliseconds, storeMilliseconds = Number.NaN } = events[0] as AcceptedEvent
    expect(milliseconds).toBeGreaterThan(0)
    expect(storeMilliseconds).toBeLessThanOrEqual(milliseconds)
  })

  it.each(['onEvent', 'stopwatch'])('%s that is no function is a TypeError', async (name) => {
    await expect(setup({ [name]: 'console' })).rejects.toThrow(TypeError)
  })
})

it('the request is not enumerable: who logs or copies an event does not log it', async () => {
  const { key, events, verify } = await setup()
  await verify({ ...(await signedMessage(key)), source: { headers: 'THE HEADERS' } })
  const [event] = events as [VerifierEvent]
  expect(event.request).toEqual({ headers: 'THE HEADERS' })
  for (const text of [JSON.stringify(event), inspect(event), JSON.stringify({ ...event })]) {
    expect(text).not.toContain('THE HEADERS')
  }
})
