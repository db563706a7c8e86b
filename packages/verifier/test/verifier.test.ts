import { generateKey, hmacSha256, type SignatureErrorCode, type VerifyingKey } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { createMessageVerifier, type ReplayStore, type VerifierOptions } from '../src/index.ts'
import { honestParameters, now, signedMessage, verifierSetup } from './signed-message.ts'

async function refusal(
  options: VerifierOptions,
  request: Parameters<ReturnType<typeof createMessageVerifier>>[0],
): Promise<SignatureErrorCode> {
  try {
    await createMessageVerifier(options)(request)
  } catch (error) {
    return (error as { code: SignatureErrorCode }).code
  }
  throw new Error('the request was accepted')
}

describe('what the handler gets', () => {
  it('is what was signed', async () => {
    const { key, options } = await verifierSetup()
    const verified = await createMessageVerifier(options)(await signedMessage(key, { body: '{"amount":5}' }))
    expect(verified).toMatchObject({ keyId: 'alice', principal: 'alice' })
    expect(verified.message).toMatchObject({ method: 'POST', path: '/transfers', query: '?dry=1' })
    expect(new TextDecoder().decode(verified.body)).toBe('{"amount":5}')
    expect(verified.text()).toBe('{"amount":5}')
    expect(verified.json()).toEqual({ amount: 5 })
    expect(verified.signature.parameters).toMatchObject({ created: now, keyid: 'alice' })
    expect(Object.isFrozen(verified)).toBe(true)
  })
})

describe('options', () => {
  const changes: [string, Partial<Record<keyof VerifierOptions | string, unknown>>, RegExp][] = [
    ['no keys', { keys: [] }, /needs \{ keys \}/],
    ['keys of another kind', { keys: ['secret'] }, /importVerifyingKey/],
    ['keys missing', { keys: undefined }, /needs \{ keys \}/],
    ['no store', { replayStore: undefined }, /needs \{ replayStore \}/],
    ['no origin', { origin: undefined }, /origin/],
    ['an origin with a path', { origin: 'https://bank.example/api' }, /without a path/],
    ['a host for an origin', { origin: 'bank.example' }, /must look like/],
    ['an empty list of origins', { origin: [] }, /needs \{ origin \}/],
    ['a fractional age', { maxAgeSeconds: 0.5 }, /maxAgeSeconds/],
    ['no age', { maxAgeSeconds: 0 }, /maxAgeSeconds/],
    ['a negative skew', { futureSkewSeconds: -1 }, /futureSkewSeconds/],
    ['no lifetime', { maxLifetimeSeconds: Number.POSITIVE_INFINITY }, /maxLifetimeSeconds/],
    ['an endless body', { maxBodyBytes: Number.POSITIVE_INFINITY }, /maxBodyBytes/],
    ['no time for the store', { replayTimeoutMilliseconds: 0 }, /replayTimeoutMilliseconds/],
    ['a misspelt option', { maxAge: 60 }, /no option "maxAge"/],
    ['an upper-case component', { requiredComponents: ['Date'] }, /lower-case/],
  ]

  it.each(changes)('%s is found when the verifier is created', async (_what, change, message) => {
    const { options } = await verifierSetup()
    const create = (): unknown => createMessageVerifier({ ...options, ...change } as never)
    expect(create).toThrow(TypeError)
    expect(create).toThrow(message)
  })

  it('two keys of one name are a mistake', async () => {
    const { options } = await verifierSetup()
    const { verifyingKey } = await generateKey(hmacSha256, { keyId: 'alice' })
    const keys = [...(options.keys as VerifyingKey[]), verifyingKey]
    expect(() => createMessageVerifier({ ...options, keys })).toThrow(/same keyId/)
  })

  it('tag selects the signatures that count (attack 84)', async () => {
    const { key, options } = await verifierSetup()
    const tagged = { ...options, tag: 'bank' }
    expect(await refusal(tagged, await signedMessage(key))).toBe('no_matching_signature')
    const other = { ...honestParameters(key), tag: 'shop' }
    expect(await refusal(tagged, await signedMessage(key, { parameters: other }))).toBe('no_matching_signature')
    const right = { ...honestParameters(key), tag: 'bank' }
    await expect(createMessageVerifier(tagged)(await signedMessage(key, { parameters: right }))).resolves.toBeDefined()
  })

  it('requiredComponents adds to the default policy', async () => {
    const { key, options } = await verifierSetup()
    const strict = { ...options, requiredComponents: ['x-tenant'] }
    const headers = [['X-Tenant', 't']] as const
    expect(await refusal(strict, await signedMessage(key, { headers }))).toBe('component_not_covered')
    const components = ['@method', '@authority', '@path', '@query', 'x-tenant']
    await expect(
      createMessageVerifier(strict)(await signedMessage(key, { headers, components })),
    ).resolves.toBeDefined()
    expect(await refusal(strict, await signedMessage(key, { headers, components: components.slice(1) }))).toBe(
      'component_not_covered',
    )
  })

  it('several origins: Host chooses, and names none of its own', async () => {
    const { key, options } = await verifierSetup()
    const several = { ...options, origin: ['https://shop.example', 'https://bank.example'] }
    const verify = createMessageVerifier(several)
    await expect(verify(await signedMessage(key, { headers: [['Host', 'BANK.example:443']] }))).resolves.toBeDefined()
    const cases = [
      ['shop.example', 'invalid_signature'],
      ['evil.example', 'malformed_message'],
      ['bank.example/x', 'malformed_message'],
    ] as const
    for (const [host, code] of cases) {
      expect(await refusal(several, await signedMessage(key, { headers: [['Host', host]] }))).toBe(code)
    }
    expect(await refusal(several, await signedMessage(key))).toBe('malformed_message')
  })

  it('origin may be a function of the request', async () => {
    const { key, options } = await verifierSetup()
    const verify = createMessageVerifier({
      ...options,
      origin: (source: unknown) => (source === 'the request of the framework' ? 'https://bank.example' : 'https://x'),
    })
    await expect(verify(await signedMessage(key))).resolves.toBeDefined()
    const broken = createMessageVerifier({ ...options, origin: () => 'nonsense' })
    await expect(broken(await signedMessage(key))).rejects.toThrow(TypeError)
  })

  it('scope keeps the nonces of services apart that share a store', async () => {
    const { key, options } = await verifierSetup()
    const request = await signedMessage(key)
    await createMessageVerifier({ ...options, scope: 'a' })(request)
    await createMessageVerifier({ ...options, scope: 'b' })(request)
    expect(await refusal({ ...options, scope: 'a' }, request)).toBe('replayed')
  })
})

describe('keys', () => {
  const answers: [string, () => unknown, SignatureErrorCode][] = [
    ['nothing', () => undefined, 'unknown_key'],
    ['null', () => null, 'unknown_key'],
    ['an empty string', () => '', 'key_unavailable'],
    ['an empty buffer', () => new Uint8Array(0), 'key_unavailable'],
    ['an object', () => ({}), 'key_unavailable'],
    ['a rejection', () => Promise.reject(new Error('down')), 'key_unavailable'],
    [
      'an exception',
      () => {
        throw new Error('down')
      },
      'key_unavailable',
    ],
  ]

  it.each(answers)('a resolver that gives %s lets nobody in (attack 90)', async (_what, keys, code) => {
    const { key, options } = await verifierSetup()
    expect(await refusal({ ...options, keys: keys as never }, await signedMessage(key))).toBe(code)
  })

  it('a resolver that gives a key of another name is not believed', async () => {
    const { key, options } = await verifierSetup()
    const { verifyingKey } = await generateKey(hmacSha256, { keyId: 'mallory' })
    expect(await refusal({ ...options, keys: () => verifyingKey }, await signedMessage(key))).toBe('key_unavailable')
  })

  it('a resolver may answer later', async () => {
    const { key, options } = await verifierSetup()
    const [known] = options.keys as VerifyingKey[]
    const keys = async (keyId: string): Promise<VerifyingKey | undefined> => (keyId === 'alice' ? known : undefined)
    await expect(createMessageVerifier({ ...options, keys })(await signedMessage(key))).resolves.toBeDefined()
  })
})

describe('the replay store', () => {
  const stores: [string, ReplayStore['claim'], SignatureErrorCode][] = [
    ['rejects', () => Promise.reject(new Error('ECONNREFUSED')), 'replay_store_unavailable'],
    ['hangs', () => new Promise(() => {}), 'replay_store_unavailable'],
    ['answers nonsense', () => 'ok' as never, 'replay_store_unavailable'],
    ['answers true', () => Promise.resolve(true as never), 'replay_store_unavailable'],
    ['knows the nonce', () => Promise.resolve('replayed'), 'replayed'],
    ['finds it stale', () => 'stale', 'stale'],
  ]

  it.each(stores)('that %s lets nobody in (attack 95)', async (_what, claim, code) => {
    const { key, options } = await verifierSetup()
    const failing = { ...options, replayStore: { claim }, replayTimeoutMilliseconds: 20 }
    expect(await refusal(failing, await signedMessage(key))).toBe(code)
  })

  it('is asked last, about a verified signature only, and with the time of that moment', async () => {
    const { key, options } = await verifierSetup()
    const asked: unknown[] = []
    let seconds = now
    const replayStore: ReplayStore = {
      claim: (claim) => {
        asked.push(claim)
        return 'accepted'
      },
    }
    async function* body(): AsyncGenerator<Uint8Array> {
      seconds += 7
      yield new TextEncoder().encode('slow')
    }
    const verify = createMessageVerifier({ ...options, replayStore, clock: () => seconds * 1000, scope: 's' })
    const request = await signedMessage(key, { body: 'slow' })
    await expect(verify({ ...request, method: 'PUT' })).rejects.toMatchObject({ code: 'invalid_signature' })
    await expect(verify({ ...request, body: new Uint8Array(4) })).rejects.toMatchObject({ code: 'digest_mismatch' })
    expect(asked).toEqual([])
    await verify({ ...request, body: body() })
    expect(asked).toEqual([
      {
        key: expect.stringMatching(/^[\w-]{22}$/),
        principal: 'alice',
        created: now,
        forgetAfter: now + 60,
        now: now + 7,
        futureSkewSeconds: 10,
      },
    ])
  })

  it('is not asked once the body has taken too long (attack 12)', async () => {
    const { key, options } = await verifierSetup()
    let seconds = now
    async function* body(): AsyncGenerator<Uint8Array> {
      yield new TextEncoder().encode('sl')
      seconds += 61
      yield new TextEncoder().encode('ow')
    }
    const request = { ...(await signedMessage(key, { body: 'slow' })), body: body() }
    expect(await refusal({ ...options, clock: () => seconds * 1000 }, request)).toBe('stale')
  })
})

describe('the body', () => {
  it('is bounded while it is read, whatever its length is said to be (attack 48)', async () => {
    const { key, options } = await verifierSetup()
    const limited = { ...options, maxBodyBytes: 10 }
    let produced = 0
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        produced++
        yield new Uint8Array(4)
      }
    }
    const request = await signedMessage(key, { body: 'x', headers: [['Content-Length', '1']] })
    expect(await refusal(limited, { ...request, body: endless() })).toBe('body_too_large')
    expect(produced).toBe(3)
    const honest = await signedMessage(key, { body: 'x', headers: [['Content-Length', '11']] })
    expect(await refusal(limited, { ...honest, body: endless() })).toBe('body_too_large')
    expect(produced).toBe(3)
    const nonsense = await signedMessage(key, { body: 'x', headers: [['Content-Length', '1e9']] })
    expect(await refusal(limited, nonsense)).toBe('malformed_message')
  })

  it('that breaks off is refused', async () => {
    const { key, options } = await verifierSetup()
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(1)
      throw new Error('aborted')
    }
    expect(await refusal(options, { ...(await signedMessage(key, { body: 'xy' })), body: broken() })).toBe(
      'body_unreadable',
    )
  })

  const text = 'as it came'
  const shared = new Uint8Array(new SharedArrayBuffer(text.length))
  shared.set(new TextEncoder().encode(text))
  it.each([
    ['a Buffer, which is a part of a pool', Buffer.from(text)],
    ['a part of a larger array', new TextEncoder().encode(`${text}, and more`).subarray(0, text.length)],
    ['shared memory, which may change', shared],
  ])('is copied out of %s', async (_what, body) => {
    const { key, options } = await verifierSetup()
    const verified = await createMessageVerifier(options)({ ...(await signedMessage(key, { body: text })), body })
    expect(verified.body.constructor).toBe(Uint8Array)
    expect(verified.body.buffer).toBeInstanceOf(ArrayBuffer)
    expect(verified.body.buffer.byteLength).toBe(text.length)
    body.fill(0)
    expect(verified.text()).toBe(text)
  })

  it('is what was given, and no copy, where that has its memory to itself', async () => {
    const { key, options } = await verifierSetup()
    const body = new TextEncoder().encode(text)
    const verified = await createMessageVerifier(options)({ ...(await signedMessage(key, { body: text })), body })
    expect(verified.body.buffer).toBe(body.buffer)
    expect(verified.body).toEqual(body)
  })
})
