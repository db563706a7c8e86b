import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createRemoteJwks } from '../../src/index.ts'
import { patience } from '../patience.ts'
import { jsonOf, newKey, outcomeOf, startJwksServer, watch } from './jwks-server.ts'

const [alice, bob] = [newKey('alice'), newKey('bob')]

describe('when a set is fetched', () => {
  it('not before somebody asks', async () => {
    const server = await startJwksServer([alice.jwk])
    watch(server)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(server.requests().length).toBe(0)
  })

  it('once for 100 requests at once, known and unknown', async () => {
    const server = await startJwksServer([alice.jwk])
    const { keys } = watch(server)
    const asked = Array.from({ length: 100 }, (_none, index) =>
      outcomeOf(keys, index % 2 === 0 ? 'alice' : `x${index}`),
    )
    const outcomes = await Promise.all(asked)
    expect(outcomes.filter((one) => one === 'known').length).toBe(50)
    expect(outcomes.filter((one) => one === 'unknown').length).toBe(50)
    expect(server.requests().length).toBe(1)
  })

  it('again after cacheSeconds, and a known key waits for nothing until then', async () => {
    const server = await startJwksServer([alice.jwk])
    const { keys, clock } = watch(server)
    await keys.refresh()
    clock.advance(599)
    // No promise: the answer is at hand.
    expect(keys('alice')).toMatchObject({ key: { keyId: 'alice', algorithm: 'ed25519' } })
    expect(server.requests().length).toBe(1)
    clock.advance(1)
    expect(await outcomeOf(keys, 'alice')).toBe('known')
    expect(server.requests().length).toBe(2)
  })

  it('for an unknown keyid, at most once in a cooldown', async () => {
    const server = await startJwksServer([alice.jwk])
    const { keys, clock } = watch(server)
    expect(await outcomeOf(keys, 'bob')).toBe('unknown')
    server.publish([alice.jwk, bob.jwk])
    clock.advance(29)
    expect(await outcomeOf(keys, 'bob')).toBe('unknown')
    expect(server.requests().length).toBe(1)
    clock.advance(1)
    expect(await outcomeOf(keys, 'bob')).toBe('known')
    expect(server.requests().length).toBe(2)
  })

  it('a known key does not wait for a fetch that an unknown one has caused', async () => {
    const server = await startJwksServer([alice.jwk])
    const { keys, clock } = watch(server)
    await keys.refresh()
    clock.advance(31)
    server.answer(() => {})
    void Promise.resolve(keys('mallory')).catch(() => {})
    expect(keys('alice')).toMatchObject({ key: { keyId: 'alice' } })
  })

  it('not more often when it fails', async () => {
    const server = await startJwksServer()
    server.answer((_request, response) => void response.writeHead(500).end())
    const { keys, clock } = watch(server)
    for (let second = 0; second < 90; second++) {
      expect(await outcomeOf(keys, 'alice')).toBe('key_unavailable')
      clock.advance(1)
    }
    expect(server.requests().length).toBe(3)
  })

  it('with each refresh, whatever the cooldown, and once for those that call together', async () => {
    const server = await startJwksServer([alice.jwk])
    const { keys } = watch(server)
    await keys.refresh()
    await keys.refresh()
    expect(server.requests().length).toBe(2)
    await Promise.all([keys.refresh(), keys.refresh(), keys.refresh()])
    expect(server.requests().length).toBe(3)
  })

  it('a refresh does not content itself with a fetch that began before it', async () => {
    const server = await startJwksServer()
    const { keys } = watch(server)
    let sendOld = (): void => {}
    server.answer((request, response) => {
      // The set as it is now, on its way for a while.
      sendOld = () => jsonOf({ keys: [alice.jwk, bob.jwk] })(request, response)
    })
    const asked = outcomeOf(keys, 'alice')
    await expect.poll(() => server.requests().length, patience).toBe(1)
    server.publish([bob.jwk])
    const refreshed = [keys.refresh(), keys.refresh()]
    sendOld()
    expect(await asked).toBe('known')
    await Promise.all(refreshed)
    expect(await outcomeOf(keys, 'alice')).toBe('unknown')
    expect(server.requests().length).toBe(2)
  })
})

describe('how long a set is trusted', () => {
  const down = (_request: unknown, response: { writeHead(status: number): { end(): void } }): void =>
    response.writeHead(503).end()

  it('for staleSeconds when it cannot be fetched, and then for nobody', async () => {
    const server = await startJwksServer([alice.jwk])
    const { keys, clock, events } = watch(server)
    await keys.refresh()
    server.answer(down)
    clock.advance(600 + 3599)
    expect([await outcomeOf(keys, 'alice'), await outcomeOf(keys, 'mallory')]).toEqual(['known', 'unknown'])
    expect(events.at(-1)).toEqual({ type: 'failed', reason: 'status', milliseconds: 0, trustedForSeconds: 1 })
    clock.advance(1)
    expect([await outcomeOf(keys, 'alice'), await outcomeOf(keys, 'mallory')]).toEqual(Array(2).fill('key_unavailable'))
    server.publish([alice.jwk])
    clock.advance(29)
    expect(await outcomeOf(keys, 'alice')).toBe('known')
  })

  it('not at all beyond cacheSeconds with staleSeconds 0', async () => {
    const server = await startJwksServer([alice.jwk])
    const { keys, clock } = watch(server, { staleSeconds: 0 })
    await keys.refresh()
    server.answer(down)
    clock.advance(599)
    expect(await outcomeOf(keys, 'alice')).toBe('known')
    clock.advance(1)
    expect(await outcomeOf(keys, 'alice')).toBe('key_unavailable')
  })

  it('at least for the cooldown, within which nothing is fetched, whatever the server says', async () => {
    const server = await startJwksServer()
    server.publish([alice.jwk], { 'cache-control': 'no-store' })
    const { keys, clock } = watch(server, { staleSeconds: 0 })
    await keys.refresh()
    clock.advance(29)
    expect(await outcomeOf(keys, 'alice')).toBe('known')
    expect(server.requests().length).toBe(1)
  })

  it('the wait for the next attempt is told', async () => {
    const server = await startJwksServer()
    server.answer(down)
    const { keys, clock } = watch(server)
    await outcomeOf(keys, 'alice')
    clock.advance(12)
    expect(() => keys('alice')).toThrow(expect.objectContaining({ code: 'key_unavailable', retryAfterSeconds: 18 }))
  })

  it('a key that is no longer in the set is unknown from the next fetch on (attack 91)', async () => {
    const server = await startJwksServer([alice.jwk, bob.jwk])
    const { keys, clock } = watch(server)
    await keys.refresh()
    server.publish([bob.jwk])
    clock.advance(599)
    expect(await outcomeOf(keys, 'alice')).toBe('known')
    clock.advance(1)
    expect(await outcomeOf(keys, 'alice')).toBe('unknown')
    expect(await outcomeOf(keys, 'bob')).toBe('known')
  })

  it('an empty set trusts nobody', async () => {
    const server = await startJwksServer([alice.jwk])
    const { keys } = watch(server)
    await keys.refresh()
    server.publish([])
    await keys.refresh()
    expect(await outcomeOf(keys, 'alice')).toBe('unknown')
  })

  const controls: [string, Record<string, string>, number][] = [
    ['nothing', {}, 600],
    ['max-age=100', { 'cache-control': 'public, max-age=100' }, 100],
    ['MAX-AGE="100"', { 'cache-control': 'MAX-AGE="100"' }, 100],
    ['max-age=100 with an Age', { 'cache-control': 'max-age=100', age: '40' }, 60],
    ['max-age=100 with an Age beyond it', { 'cache-control': 'max-age=100', age: '500' }, 30],
    ['max-age=100 with an Age that is none', { 'cache-control': 'max-age=100', age: '-5' }, 100],
    ['max-age beyond cacheSeconds', { 'cache-control': 'max-age=86400' }, 600],
    ['max-age below the cooldown', { 'cache-control': 'max-age=1' }, 30],
    ['no-store', { 'cache-control': 'no-store' }, 30],
    ['no-cache', { 'cache-control': 'max-age=100, no-cache' }, 30],
    ['s-maxage, which is for others', { 'cache-control': 's-maxage=1' }, 600],
    ['nonsense', { 'cache-control': 'max-age=-1, max-age=ten' }, 600],
  ]

  it.each(controls)('Cache-Control only shortens it: %s', async (_what, headers, seconds) => {
    const server = await startJwksServer()
    server.publish([alice.jwk], headers)
    const { keys, clock } = watch(server)
    await keys.refresh()
    clock.advance(seconds - 1)
    await outcomeOf(keys, 'alice')
    expect(server.requests().length).toBe(1)
    clock.advance(1)
    await outcomeOf(keys, 'alice')
    expect(server.requests().length).toBe(2)
  })
})

describe('a clock that steps', () => {
  it('back: the set does not get younger, the cooldown not longer', async () => {
    const server = await startJwksServer([alice.jwk])
    const { keys, clock } = watch(server)
    await keys.refresh()
    clock.advance(400)
    expect(await outcomeOf(keys, 'alice')).toBe('known')
    clock.advance(-86_400)
    expect(await outcomeOf(keys, 'alice')).toBe('known')
    clock.advance(199)
    expect(await outcomeOf(keys, 'alice')).toBe('known')
    expect(server.requests().length).toBe(1)
    clock.advance(1)
    expect(await outcomeOf(keys, 'alice')).toBe('known')
    expect(server.requests().length).toBe(2)
    clock.advance(-86_400)
    expect(await outcomeOf(keys, 'mallory')).toBe('unknown')
    clock.advance(30)
    expect(await outcomeOf(keys, 'mallory')).toBe('unknown')
    expect(server.requests().length).toBe(3)
  })

  it('forward during a fetch: it is taken for lost, and does not bring back an old set when it ends', async () => {
    const server = await startJwksServer()
    const { keys, clock } = watch(server)
    let sendOld = (): void => {}
    server.answer((request, response) => {
      sendOld = () => jsonOf({ keys: [alice.jwk] })(request, response)
    })
    const first = outcomeOf(keys, 'alice')
    await expect.poll(() => server.requests().length, patience).toBe(1)
    server.publish([bob.jwk])
    clock.advance(31)
    expect(await outcomeOf(keys, 'alice')).toBe('unknown')
    expect(server.requests().length).toBe(2)
    sendOld()
    expect(await first).toBe('unknown')
    expect(await outcomeOf(keys, 'alice')).toBe('unknown')
    expect(await outcomeOf(keys, 'bob')).toBe('known')
  })
})

describe('what is told', () => {
  it('each fetch and each failure, with what is left of the trust', async () => {
    const server = await startJwksServer([alice.jwk, { ...bob.jwk, kid: undefined }])
    const { keys, clock, events } = watch(server)
    await keys.refresh()
    server.answer((request) => void request.socket.destroy())
    clock.advance(600)
    await outcomeOf(keys, 'alice')
    expect(events).toEqual([
      { type: 'key-ignored', reason: 'no-kid', index: 1 },
      { type: 'fetched', keys: 1, ignored: 1, milliseconds: 0 },
      { type: 'failed', reason: 'network', milliseconds: 0, trustedForSeconds: 3600 },
    ])
  })

  it('a hook that throws changes nothing', async () => {
    const server = await startJwksServer([alice.jwk])
    const onEvent = (): never => {
      throw new Error('the logger is down')
    }
    expect(await outcomeOf(watch(server, { onEvent }).keys, 'alice')).toBe('known')
  })

  it('on the console by default: what somebody must mend, and nothing else', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    onTestFinished(() => warn.mockRestore())
    const server = await startJwksServer([alice.jwk, { ...bob.jwk, d: 'AAAA' }, { ...bob.jwk, use: 'enc' }])
    const keys = createRemoteJwks({ url: server.url, allowedHosts: [server.host], dangerouslyAllowHttp: true })
    await keys.refresh()
    expect(warn.mock.calls).toEqual([['countersign: key 1 of the remote key set is not trusted (private)']])
    server.answer((_request, response) => void response.writeHead(500).end())
    await expect(keys.refresh()).rejects.toThrow(/status/)
    expect(warn.mock.calls[1]).toEqual([expect.stringMatching(/not loaded \(status\).* 4\d{3} s more$/)])
  })
})
