import { describe, expect, it } from 'vitest'
import { createMessageVerifier, type ReplayStore, type VerifierOptions } from '../../src/index.ts'
import { honestParameters, now, signedMessage, verifierSetup } from '../signed-message.ts'

const unsafe = ['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'get', 'Get', 'QUERY']
const safe = ['GET', 'HEAD', 'OPTIONS', 'TRACE']

async function freshnessSetup(
  change: Partial<VerifierOptions> = {},
): Promise<{ key: Awaited<ReturnType<typeof verifierSetup>>['key']; options: VerifierOptions }> {
  const { key, options } = await verifierSetup()
  return { key, options: { ...options, replayStore: 'freshness-only', ...change } }
}

describe("replayStore: 'freshness-only'", () => {
  it.each(safe)('lets %s in, as often as it comes, and says that nothing was claimed', async (method) => {
    const { key, options } = await freshnessSetup()
    const verify = createMessageVerifier(options)
    const request = await signedMessage(key, { method })
    for (let copy = 0; copy < 3; copy++) expect(await verify(request)).toMatchObject({ replayChecked: false })
  })

  it.each(unsafe)('refuses %s, however well it is signed', async (method) => {
    const { key, options } = await freshnessSetup()
    const verifying = createMessageVerifier(options)(await signedMessage(key, { method }))
    await expect(verifying).rejects.toMatchObject({ code: 'replay_protection_required' })
  })

  it.each(unsafe)('lets %s in where somebody says that this is dangerous', async (method) => {
    const { key, options } = await freshnessSetup({ dangerouslyAllowReplayOfUnsafeMethods: true })
    const verified = await createMessageVerifier(options)(await signedMessage(key, { method, body: 'x' }))
    expect(verified).toMatchObject({ replayChecked: false })
  })

  it('checks time, signature and body as always', async () => {
    let seconds = now
    const { key, options } = await freshnessSetup({
      dangerouslyAllowReplayOfUnsafeMethods: true,
      clock: () => seconds * 1000,
    })
    const verify = createMessageVerifier(options)
    const request = await signedMessage(key, { body: 'x' })
    await expect(verify({ ...request, target: '/other' })).rejects.toMatchObject({ code: 'invalid_signature' })
    await expect(verify({ ...request, body: new Uint8Array(1) })).rejects.toMatchObject({ code: 'digest_mismatch' })
    seconds = now + 60
    await expect(verify(request)).resolves.toBeDefined()
    seconds = now + 61
    await expect(verify(request)).rejects.toMatchObject({ code: 'stale' })
  })

  it('needs no nonce, and refuses one of a wrong length', async () => {
    const { key, options } = await freshnessSetup()
    const verify = createMessageVerifier(options)
    const { nonce: _nonce, ...parameters } = honestParameters(key)
    await expect(verify(await signedMessage(key, { method: 'GET', parameters }))).resolves.toBeDefined()
    const short = { ...parameters, nonce: 'short' }
    await expect(verify(await signedMessage(key, { method: 'GET', parameters: short }))).rejects.toMatchObject({
      code: 'malformed_parameter',
    })
  })

  it('with a store, a nonce is needed, and what is let in was claimed', async () => {
    const { key, options } = await verifierSetup()
    const verify = createMessageVerifier(options)
    const { nonce: _nonce, ...parameters } = honestParameters(key)
    await expect(verify(await signedMessage(key, { parameters }))).rejects.toMatchObject({ code: 'missing_parameter' })
    expect(await verify(await signedMessage(key))).toMatchObject({ replayChecked: true })
  })

  const accidents: readonly (readonly [what: string, change: unknown, message: RegExp])[] = [
    ['no store', { replayStore: undefined }, /needs \{ replayStore \}/],
    ['null for a store', { replayStore: null }, /needs \{ replayStore \}/],
    ['false for a store', { replayStore: false }, /needs \{ replayStore \}/],
    ['a misspelt mode', { replayStore: 'freshness' }, /needs \{ replayStore \}/],
    ['the promise of a store', { replayStore: Promise.resolve({}) }, /needs \{ replayStore \}/],
    ['the danger beside a store', { dangerouslyAllowReplayOfUnsafeMethods: true }, /only for/],
    ['the danger as a text', { replayStore: 'freshness-only', dangerouslyAllowReplayOfUnsafeMethods: 'no' }, /true or/],
  ]
  it.each(accidents)('is no accident: %s is a TypeError', async (_what, change, message) => {
    const { options } = await verifierSetup()
    const create = (): unknown => createMessageVerifier({ ...options, ...(change as object) } as never)
    expect(create).toThrow(TypeError)
    expect(create).toThrow(message)
  })
})

describe('a route without replay protection', () => {
  const routes = [{ path: '/status/*', replayStore: 'freshness-only' }] as const

  it('lets safe methods in again, and claims nothing; the others use the store', async () => {
    const { key, options } = await verifierSetup()
    const asked: string[] = []
    const { claim } = options.replayStore as ReplayStore
    const replayStore: ReplayStore = {
      claim: (entry) => {
        asked.push(entry.key)
        return claim(entry)
      },
    }
    const verify = createMessageVerifier({ ...options, replayStore, routes })
    const status = await signedMessage(key, { method: 'GET', target: '/status/now' })
    expect([await verify(status), await verify(status)]).toMatchObject([
      { replayChecked: false },
      { replayChecked: false },
    ])
    expect(asked).toEqual([])
    const other = await signedMessage(key, { method: 'GET', target: '/balance' })
    expect(await verify(other)).toMatchObject({ replayChecked: true })
    await expect(verify(other)).rejects.toMatchObject({ code: 'replayed' })
    expect(asked).toHaveLength(2)
  })

  it('refuses unsafe methods, whatever is allowed elsewhere', async () => {
    const { key, options } = await verifierSetup()
    const request = await signedMessage(key, { target: '/status/now' })
    const changes: readonly Partial<VerifierOptions>[] = [
      {},
      { replayStore: 'freshness-only', dangerouslyAllowReplayOfUnsafeMethods: true },
    ]
    for (const change of changes) {
      const verifying = createMessageVerifier({ ...options, routes, ...change })(request)
      await expect(verifying).rejects.toMatchObject({ code: 'replay_protection_required' })
    }
  })

  const contradictions: readonly (readonly [what: string, change: unknown, message: RegExp])[] = [
    ['POST', { routes: [{ method: 'POST', path: '/a', replayStore: 'freshness-only' }] }, /would refuse every POST/],
    [
      'a list with PUT',
      { routes: [{ method: ['GET', 'PUT'], path: '/a', replayStore: 'freshness-only' }] },
      /every PUT/,
    ],
    [
      'POST where there is no store',
      { replayStore: 'freshness-only', routes: [{ method: 'POST', path: '/a' }] },
      /POST/,
    ],
    ['a store of its own', { routes: [{ path: '/a', replayStore: { claim: () => 'accepted' } }] }, /share one store/],
    ['the danger', { routes: [{ path: '/a', dangerouslyAllowReplayOfUnsafeMethods: true }] }, /no option/],
  ]
  it.each(contradictions)('is a TypeError with %s', async (_what, change, message) => {
    const { options } = await verifierSetup()
    const create = (): unknown => createMessageVerifier({ ...options, ...(change as object) } as never)
    expect(create).toThrow(TypeError)
    expect(create).toThrow(message)
  })
})
