import { inspect } from 'node:util'
import {
  type FieldLine,
  fulfillSignatureRequest,
  generateKey,
  hmacSha256,
  parseAcceptSignature,
  SignatureError,
  type SigningKey,
} from '@countersign/core'
import { describe, expect, it } from 'vitest'
import {
  createMessageVerifier,
  createServerNonces,
  problemOf,
  type ReceivedRequest,
  type VerifierOptions,
} from '../../src/index.ts'
import { honestParameters, now, signedMessage, verifierSetup } from '../signed-message.ts'
import { nonceByHand, nonceSecret } from './nonce-by-hand.ts'

const fresh = nonceByHand({ secret: nonceSecret, keyId: 'alice', issuedAt: now })
const controlData = '"@method" "@authority" "@path" "@query"'

async function setup(change: Partial<VerifierOptions> = {}): Promise<{ key: SigningKey; options: VerifierOptions }> {
  const { key, options } = await verifierSetup()
  const random = (): Uint8Array => new Uint8Array(16).fill(7)
  const nonces = await createServerNonces({ secret: nonceSecret, random, clock: () => now * 1000 })
  return { key, options: { ...options, nonces, ...change } }
}

async function refusalOf(options: VerifierOptions, request: ReceivedRequest): Promise<SignatureError> {
  const refusal = await createMessageVerifier(options)(request).then(
    () => undefined,
    (error: unknown) => error,
  )
  if (refusal instanceof SignatureError) return refusal
  throw new Error('the request was not refused', { cause: refusal })
}

const unsigned = (headers: FieldLine[] = []): ReceivedRequest => {
  return { method: 'POST', target: '/transfers', headers, body: null, source: undefined }
}

describe('a challenge', () => {
  it('to a request that is not signed says what to cover, and gives no nonce: nobody said for which key', async () => {
    const { options } = await setup()
    const refusal = await refusalOf(options, unsigned())
    expect(refusal).toMatchObject({ code: 'missing_signature', acceptSignature: `sig1=(${controlData});created` })
  })

  it('to a request with a nonce of the client has one of the server, for its key', async () => {
    const { key, options } = await setup()
    const refusal = await refusalOf(options, await signedMessage(key))
    const acceptSignature = `sig1=(${controlData});created;nonce="${fresh}";keyid="alice"`
    expect(refusal).toMatchObject({ code: 'nonce_refused', acceptSignature, serverTime: now })
  })

  it('asks for what this very request must cover', async () => {
    const { key, options } = await setup({ requiredComponents: ['x-tenant', 'content-digest'], tag: ['bank', 'shop'] })
    const headers: FieldLine[] = [
      ['Authorization', 'Bearer x'],
      ['X-Tenant', 't'],
      ['Content-Length', '1'],
    ]
    const refusal = await refusalOf(options, await signedMessage(key, { headers, body: 'x' }))
    expect(refusal).toMatchObject({
      code: 'no_matching_signature',
      acceptSignature: `sig1=(${controlData} "x-tenant" "content-digest" "content-type" "authorization");created;nonce="${fresh}";keyid="alice";tag="bank"`,
    })
  })

  it('keeps the tag of the signature where it is one of several', async () => {
    const { key, options } = await setup({ tag: ['bank', 'shop'] })
    const parameters = { ...honestParameters(key), tag: 'shop' }
    const refusal = await refusalOf(options, await signedMessage(key, { parameters }))
    expect(refusal.acceptSignature).toBe(`sig1=(${controlData});created;nonce="${fresh}";keyid="alice";tag="shop"`)
  })

  it('is answered with the functions of core, in one round trip', async () => {
    const { key, options } = await setup({ tag: 'bank' })
    const verify = createMessageVerifier(options)
    const first = await refusalOf(options, await signedMessage(key, { body: 'x', headers: [['Content-Length', '1']] }))
    const [asked] = parseAcceptSignature(first.acceptSignature ?? '')
    if (asked === undefined) throw new Error('nothing is asked for')
    const policy = { components: ['@method'], parameters: honestParameters(key), target: 'request' } as const
    const { components, parameters } = fulfillSignatureRequest(asked, key, policy)
    const names = components.map(({ name }) => name)
    const second = await signedMessage(key, { body: 'x', components: names, parameters })
    expect(await verify(second)).toMatchObject({ keyId: 'alice', signature: { parameters: { nonce: fresh } } })
    await expect(verify(second)).rejects.toMatchObject({ code: 'replayed' })
  })

  const answered: readonly (readonly [
    code: string,
    change: (key: SigningKey) => Parameters<typeof signedMessage>[1],
  ])[] = [
    ['missing_parameter', (key) => ({ parameters: { created: now, nonce: honestParameters(key).nonce ?? '' } })],
    ['nonce_refused', () => ({ parameters: { created: now, keyid: 'alice' } })],
    ['component_not_covered', () => ({ components: ['@method'] })],
    ['missing_digest', () => ({ headers: [['Content-Length', '1']] })],
    ['stale', () => ({ parameters: { created: now - 61, nonce: fresh, keyid: 'alice' } })],
    ['not_yet_valid', () => ({ parameters: { created: now + 11, nonce: fresh, keyid: 'alice' } })],
    ['expired', () => ({ parameters: { created: now - 9, expires: now - 1, nonce: fresh, keyid: 'alice' } })],
  ]
  it.each(answered)('is in the answer to what another signature would mend: %s', async (code, change) => {
    const { key, options } = await setup()
    const refusal = await refusalOf(options, await signedMessage(key, change(key)))
    expect(refusal).toMatchObject({ code, serverTime: now })
    expect(refusal.acceptSignature).toMatch(/^sig1=\("@method" "@authority" "@path" "@query".*\);created/)
  })

  it('is in no other answer', async () => {
    const { key, options } = await setup()
    const parameters = { ...honestParameters(key), nonce: fresh }
    const good = await signedMessage(key, { parameters, body: 'x' })
    const cases: readonly (readonly [string, ReceivedRequest])[] = [
      ['invalid_signature', { ...good, target: '/other' }],
      ['digest_mismatch', { ...good, body: new Uint8Array(1) }],
      ['malformed_message', { ...good, target: '#' }],
    ]
    for (const [code, request] of cases) {
      const refusal = await refusalOf(options, request)
      expect([refusal.code, refusal.acceptSignature]).toEqual([code, undefined])
    }
  })

  it('is in no answer of a verifier that does not issue nonces', async () => {
    const { key, options } = await verifierSetup()
    const stale = await signedMessage(key, { parameters: { ...honestParameters(key), created: 1 } })
    for (const request of [unsigned(), stale]) {
      expect((await refusalOf(options, request)).acceptSignature).toBeUndefined()
    }
  })

  it('does not tell which keys are known', async () => {
    const { options } = await setup()
    const { signingKey } = await generateKey(hmacSha256, { keyId: 'mallory' })
    const refusal = await refusalOf(options, await signedMessage(signingKey))
    const nonce = nonceByHand({ secret: nonceSecret, keyId: 'mallory', issuedAt: now })
    expect(refusal).toMatchObject({
      code: 'nonce_refused',
      acceptSignature: `sig1=(${controlData});created;nonce="${nonce}";keyid="mallory"`,
    })
  })

  it('repeats no keyid that would have to be escaped', async () => {
    const { options } = await setup()
    const input = `sig1=(${controlData});created=${now};keyid="a\\"b";nonce="0123456789abcdef"`
    const request = unsigned([
      ['Signature-Input', input],
      ['Signature', 'sig1=:AAAA:'],
    ])
    expect(await refusalOf(options, request)).toMatchObject({
      code: 'nonce_refused',
      acceptSignature: `sig1=(${controlData});created`,
    })
  })

  it('is left out where no nonce can be issued', async () => {
    const nonces = { issue: () => Promise.reject(new Error('down')), accepts: () => false }
    const { key, options } = await setup({ nonces })
    const refusal = await refusalOf(options, await signedMessage(key))
    expect([refusal.code, refusal.acceptSignature]).toEqual(['nonce_refused', undefined])
  })

  it('goes into the response, and into nothing that is logged', async () => {
    const { key, options } = await setup()
    const refusal = await refusalOf(options, await signedMessage(key))
    const { status, headers, body } = problemOf(refusal)
    expect(status).toBe(401)
    expect(headers['accept-signature']).toContain(fresh)
    expect(headers['cache-control']).toBe('no-store')
    expect(JSON.parse(body)).toMatchObject({ code: 'insufficient', serverTime: now })
    for (const text of [
      body,
      String(refusal),
      JSON.stringify(refusal),
      inspect(refusal, { depth: 9, showHidden: true }),
    ]) {
      expect(text).not.toContain(fresh)
    }
    expect(problemOf(new SignatureError('nonce_refused')).headers).not.toHaveProperty('accept-signature')
  })
})

describe('a nonce is checked', () => {
  it('before any key is looked up, and before the store is asked', async () => {
    const asked: string[] = []
    const { key, options } = await setup({
      keys: (keyId) => {
        asked.push(keyId)
        return undefined
      },
      replayStore: {
        claim: () => {
          asked.push('store')
          return 'accepted'
        },
      },
    })
    expect((await refusalOf(options, await signedMessage(key))).code).toBe('nonce_refused')
    expect(asked).toEqual([])
  })

  it('within the limits of signature fields: a mebibyte is over them (attack 111)', async () => {
    const { key, options } = await setup()
    const request = await signedMessage(key)
    const headers = Array.from(request.headers, ([name, value]): FieldLine => {
      return [name, value.replace(/nonce="[^"]*"/, `nonce="${'A'.repeat(1 << 20)}"`)]
    })
    const refusal = await refusalOf(options, { ...request, headers })
    expect([refusal.code, refusal.acceptSignature]).toEqual(['limit_exceeded', undefined])
  })

  it('and only true will do', async () => {
    for (const answer of [1, 'ok', {}, undefined]) {
      const nonces = { issue: () => fresh, accepts: () => answer as boolean }
      const { key, options } = await setup({ nonces })
      expect((await refusalOf(options, await signedMessage(key))).code).toBe('nonce_refused')
    }
  })

  it('also where no store remembers it', async () => {
    const { key, options } = await setup({ replayStore: 'freshness-only' })
    const { nonce: _nonce, ...without } = honestParameters(key)
    const get = async (nonce?: string): Promise<ReceivedRequest> => {
      return signedMessage(key, { method: 'GET', parameters: nonce === undefined ? without : { ...without, nonce } })
    }
    expect((await refusalOf(options, await get())).code).toBe('nonce_refused')
    await expect(createMessageVerifier(options)(await get(fresh))).resolves.toMatchObject({ replayChecked: false })
  })
})

describe('the option nonces', () => {
  const mistakes: readonly (readonly [what: string, change: unknown, message: RegExp])[] = [
    ['a promise', { nonces: Promise.resolve() }, /await it/],
    ['no function to issue', { nonces: { accepts: () => true } }, /createServerNonces/],
    ['required components that no request has', { requiredComponents: ['@status'] }, /requiredComponents/],
  ]
  it.each(mistakes)('with %s is a TypeError', async (_what, change, message) => {
    const { options } = await setup()
    const create = (): unknown => createMessageVerifier({ ...options, ...(change as object) } as never)
    expect(create).toThrow(TypeError)
    expect(create).toThrow(message)
  })
})
