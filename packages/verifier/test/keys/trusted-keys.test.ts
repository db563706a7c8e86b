import { SignatureError, type SignatureErrorCode, type SigningKey, type VerifyingKey } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import {
  createMemoryReplayStore,
  createMessageVerifier,
  type Keys,
  type TrustedKey,
  type VerifierOptions,
} from '../../src/index.ts'
import { honestParameters, now, signedMessage, verifierSetup } from '../signed-message.ts'

interface Setup {
  readonly key: SigningKey
  readonly verifyingKey: VerifyingKey
  readonly options: VerifierOptions
}

async function setup(): Promise<Setup> {
  const { key, options } = await verifierSetup()
  return { key, options, verifyingKey: (options.keys as VerifyingKey[])[0]! }
}

/** How a message of alice's ends, at a time. */
async function outcome({ key, options }: Setup, keys: Keys, at = now): Promise<SignatureErrorCode | 'accepted'> {
  const request = await signedMessage(key, { parameters: { ...honestParameters(key), created: at } })
  try {
    await createMessageVerifier({ ...options, keys, clock: () => at * 1000 })(request)
    return 'accepted'
  } catch (error) {
    return (error as SignatureError).code
  }
}

const never: Omit<TrustedKey, 'key'>[] = [
  { revoked: true },
  { notBefore: now + 1 },
  { notAfter: now - 1 },
  { notBefore: now - 10, notAfter: now + 10, revoked: true },
]

const active: Omit<TrustedKey, 'key'>[] = [
  {},
  { revoked: false },
  { notBefore: now },
  { notAfter: now },
  { notBefore: now, notAfter: now },
  { notBefore: undefined, notAfter: undefined, revoked: undefined, principal: undefined },
  { notAfter: 253_402_300_799 },
]

describe('the validity of a key (attack 91)', () => {
  it.each(never)('%o: refused, from a list and from a resolver', async (policy) => {
    const all = await setup()
    const trusted = { key: all.verifyingKey, ...policy }
    expect(await outcome(all, [trusted])).toBe('inactive_key')
    expect(await outcome(all, () => trusted)).toBe('inactive_key')
    expect(await outcome(all, async () => trusted)).toBe('inactive_key')
  })

  it.each(active)('%o: accepted, from a list and from a resolver', async (policy) => {
    const all = await setup()
    const trusted = { key: all.verifyingKey, ...policy }
    expect(await outcome(all, [trusted])).toBe('accepted')
    expect(await outcome(all, async () => trusted)).toBe('accepted')
  })

  it('begins and ends with the clock of the verifier', async () => {
    const all = await setup()
    const keys = [{ key: all.verifyingKey, notBefore: now, notAfter: now + 100 }]
    const ends = []
    for (const at of [now - 1, now, now + 100, now + 101]) ends.push(await outcome(all, keys, at))
    expect(ends).toEqual(['inactive_key', 'accepted', 'accepted', 'inactive_key'])
  })

  it('is looked at after a resolver that takes its time', async () => {
    const all = await setup()
    let seconds = now
    const keys = async (): Promise<TrustedKey> => {
      seconds = now + 5
      return { key: all.verifyingKey, notAfter: now + 4 }
    }
    const verify = createMessageVerifier({ ...all.options, keys, clock: () => seconds * 1000 })
    await expect(verify(await signedMessage(all.key))).rejects.toMatchObject({ code: 'inactive_key' })
  })

  it('the refusal says which end it was, and does not name the key', async () => {
    const { key, verifyingKey, options } = await setup()
    const messages = await Promise.all(
      never.map(async (policy) => {
        const verify = createMessageVerifier({ ...options, keys: [{ key: verifyingKey, ...policy }] })
        const error = await verify(await signedMessage(key)).catch((refusal: Error) => refusal)
        return (error as Error).message
      }),
    )
    expect(messages).toEqual([
      expect.stringMatching(/revoked/),
      expect.stringMatching(/notBefore/),
      expect.stringMatching(/notAfter/),
      expect.stringMatching(/revoked/),
    ])
    expect(messages.join()).not.toContain('alice')
  })

  it('a key that is not active verifies nothing, so that its refusal takes as long as that of an unknown one', async () => {
    const { key, verifyingKey, options } = await setup()
    let asked = 0
    const counting: VerifyingKey = {
      keyId: verifyingKey.keyId,
      algorithm: verifyingKey.algorithm,
      verify: (...parts) => {
        asked++
        return verifyingKey.verify(...parts)
      },
    }
    const revoked = createMessageVerifier({ ...options, keys: [{ key: counting, revoked: true }] })
    await expect(revoked(await signedMessage(key))).rejects.toMatchObject({ code: 'inactive_key' })
    expect(asked).toBe(0)
    await createMessageVerifier({ ...options, keys: [counting] })(await signedMessage(key))
    expect(asked).toBe(1)
  })
})

const mistakes: [string, (key: VerifyingKey) => unknown, RegExp][] = [
  ['milliseconds', (key) => ({ key, notAfter: 1_800_000_000_000 }), /not milliseconds/],
  ['milliseconds at the beginning', (key) => ({ key, notBefore: 1_700_000_000_000 }), /not milliseconds/],
  ['a fraction', (key) => ({ key, notBefore: 1.5 }), /whole number/],
  ['a negative time', (key) => ({ key, notAfter: -1 }), /whole number/],
  ['not a number', (key) => ({ key, notAfter: Number.NaN }), /whole number/],
  ['a date', (key) => ({ key, notAfter: new Date(0) }), /whole number/],
  ['a text for a time', (key) => ({ key, notAfter: '1800000000' }), /whole number/],
  ['null for a time', (key) => ({ key, notAfter: null }), /whole number/],
  ['an end before the beginning', (key) => ({ key, notBefore: 11, notAfter: 10 }), /before notBefore/],
  ['revoked as a text', (key) => ({ key, revoked: 'false' }), /true or false/],
  ['revoked as a time', (key) => ({ key, revoked: now }), /true or false/],
  ['an empty principal', (key) => ({ key, principal: '' }), /principal/],
  ['a principal that is no text', (key) => ({ key, principal: 7 }), /principal/],
  ['a misspelt member', (key) => ({ key, revokd: true }), /no "revokd"/],
  ['the members beside the key', (key) => ({ ...key, revoked: true }), /write \{ key, revoked \}/],
  ['no key', () => ({ principal: 'alice' }), /importVerifyingKey/],
  ['a key within a trusted key', (key) => ({ key: { key } }), /importVerifyingKey/],
]

describe('mistakes', () => {
  it.each(mistakes)('%s: a TypeError for a list, a 503 for a resolver', async (_what, make, message) => {
    const all = await setup()
    const entry = make(all.verifyingKey) as TrustedKey
    const create = (): unknown => createMessageVerifier({ ...all.options, keys: [entry] })
    expect(create).toThrow(TypeError)
    expect(create).toThrow(message)
    expect(await outcome(all, () => entry)).toBe('key_unavailable')
  })

  it('two keys of one name, whatever surrounds them', async () => {
    const { verifyingKey, options } = await setup()
    const keys = [verifyingKey, { key: verifyingKey, revoked: true }]
    expect(() => createMessageVerifier({ ...options, keys })).toThrow(/same keyId/)
  })

  it('a key of another name from a resolver (attack 90)', async () => {
    const [alice, mallory] = [await setup(), await setup()]
    const renamed = { ...mallory.verifyingKey, keyId: 'mallory' }
    expect(await outcome(alice, () => ({ key: renamed, principal: 'alice' }))).toBe('key_unavailable')
  })

  it('what is changed after a list was given changes nothing', async () => {
    const all = await setup()
    const entry: { key: VerifyingKey; revoked?: boolean } = { key: all.verifyingKey, revoked: true }
    const verify = createMessageVerifier({ ...all.options, keys: [entry] })
    entry.revoked = false
    await expect(verify(await signedMessage(all.key))).rejects.toMatchObject({ code: 'inactive_key' })
  })

  it('what a resolver gives is read each time', async () => {
    const { key, verifyingKey, options } = await setup()
    let revoked = false
    const entry: TrustedKey = Object.freeze({
      key: verifyingKey,
      get revoked() {
        return revoked
      },
    })
    const verify = createMessageVerifier({ ...options, keys: () => entry })
    await verify(await signedMessage(key))
    revoked = true
    await expect(verify(await signedMessage(key))).rejects.toMatchObject({ code: 'inactive_key' })
  })

  it('a resolver says when to come back', async () => {
    const { key, options } = await setup()
    const refused = async (error: Error): Promise<unknown> => {
      const keys = (): never => {
        throw error
      }
      return createMessageVerifier({ ...options, keys })(await signedMessage(key)).catch((refusal: unknown) => refusal)
    }
    const busy = new SignatureError('key_unavailable', '', { retryAfterSeconds: 7 })
    expect(await refused(busy)).toMatchObject({ code: 'key_unavailable', retryAfterSeconds: 7 })
    const foreign = new SignatureError('redirect_refused', '', { retryAfterSeconds: 7 })
    expect(await refused(foreign)).toMatchObject({ code: 'key_unavailable', cause: foreign })
  })
})

describe('the principal', () => {
  const option = (keyId: string): string => `option says ${keyId}`
  const cases: [string, string | undefined, ((keyId: string) => string) | undefined, string][] = [
    ['of the key wins', 'alice & sons', option, 'alice & sons'],
    ['of the option comes next', undefined, option, 'option says alice'],
    ['is the keyid otherwise', undefined, undefined, 'alice'],
    ['of the key needs no option', 'alice & sons', undefined, 'alice & sons'],
  ]

  it.each(cases)('%s', async (_what, ofKey, ofOption, expected) => {
    const { key, verifyingKey, options } = await setup()
    const claimed: string[] = []
    const store = createMemoryReplayStore({ startsFresh: true })
    const verify = createMessageVerifier({
      ...options,
      keys: [{ key: verifyingKey, principal: ofKey }],
      ...(ofOption && { principal: ofOption }),
      replayStore: {
        claim: (claim) => {
          claimed.push(claim.principal)
          return store.claim(claim)
        },
      },
    })
    expect(await verify(await signedMessage(key))).toMatchObject({ keyId: 'alice', principal: expected })
    expect(claimed).toEqual([expected])
  })

  it('is shared by the old and the new key: a nonce of the one is not accepted with the other (attack 17)', async () => {
    const [old, next, other] = [await setup(), await setup(), await setup()]
    const named = (key: SigningKey, keyId: string): SigningKey => ({ ...key, keyId })
    const verify = createMessageVerifier({
      ...old.options,
      keys: [
        { key: { ...old.verifyingKey, keyId: 'alice-1' }, principal: 'alice' },
        { key: { ...next.verifyingKey, keyId: 'alice-2' }, principal: 'alice' },
        { key: { ...other.verifyingKey, keyId: 'bob-1' }, principal: 'bob' },
      ],
    })
    const signer = {
      old: named(old.key, 'alice-1'),
      next: named(next.key, 'alice-2'),
      other: named(other.key, 'bob-1'),
    }
    const parameters = honestParameters(signer.old)
    const signedBy = (key: SigningKey): ReturnType<typeof signedMessage> =>
      signedMessage(key, { parameters: { ...parameters, keyid: key.keyId } })
    await verify(await signedBy(signer.old))
    await expect(verify(await signedBy(signer.next))).rejects.toMatchObject({ code: 'replayed' })
    await expect(verify(await signedBy(signer.other))).resolves.toMatchObject({ principal: 'bob' })
    await expect(verify(await signedMessage(signer.next))).resolves.toMatchObject({ principal: 'alice' })
  })
})
