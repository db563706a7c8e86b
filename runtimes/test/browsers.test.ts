import { createPrivateKey, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { existsSync } from 'node:fs'
import { ed25519, importVerifyingKey, type VerifyingKey } from '@countersign/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { insecureHost } from '../browsers/engines/browser.mjs'
import { browsers, engines } from '../browsers/index.mjs'
import { openBrowser } from '../browsers/open-browser.mjs'
import { startCorsApi } from '../browsers/servers/cors-api.mjs'
import { startDyingBank } from '../browsers/servers/dying-bank.mjs'
import { startPageBank } from '../browsers/servers/page-bank.mjs'
import { startPageServer } from '../browsers/servers/page-server.mjs'
import { createKeys } from '../keys.mjs'

type OpenBrowser = Awaited<ReturnType<typeof openBrowser>>
type Server = Awaited<ReturnType<typeof startPageServer>>

const keyId = 'page'
const keys = createKeys()
const { privateJwk, publicJwk = {} } = keys.find(({ algorithm }) => algorithm === 'ed25519')!
const { publicJwk: rsaPublicJwk } = keys.find(({ algorithm }) => algorithm === 'rsa-pss-sha512')!
let verifyingKey: VerifyingKey

beforeAll(async () => {
  verifyingKey = await importVerifyingKey(ed25519, { jwk: publicJwk }, { keyId })
})

/** Declares tests for each browser. One that is not installed is skipped with the reason; on CI that is a failure. */
function describeEach(
  what: string,
  declare: (name: string, opened: () => { browser: OpenBrowser; server: Server }) => void,
) {
  describe.each(engines)(`${what}: $title`, (engine) => {
    if (!existsSync(engine.command)) {
      const missing = `there is no ${engine.command}: bash tools/install/runtimes.sh`
      console.warn(`SKIPPED: ${what}: ${engine.title}: ${missing}`)
      test('has what it needs', ({ skip }) => {
        expect(process.env['CI'], missing).toBeFalsy()
        // skipped where the machine lacks it
        skip(missing)
      })
      return
    }
    let browser: OpenBrowser
    let server: Server
    beforeAll(async () => {
      server = await startPageServer()
      browser = await openBrowser(engine)
    })
    afterAll(async () => {
      await browser?.close()
      await server?.close()
    })
    declare(engine.name, () => ({ browser, server }))
  })
}

test('each browser runs the suite at a secure origin and at an insecure one', () => {
  expect(browsers.map(({ name, host }) => [name, host])).toEqual([
    ['chromium', '127.0.0.1'],
    ['chromium-insecure', insecureHost],
    ['firefox', '127.0.0.1'],
    ['firefox-insecure', insecureHost],
    ['webkit', '127.0.0.1'],
    ['webkit-insecure', insecureHost],
  ])
})

describeEach('origins', (name, opened) => {
  test('loopback is a secure context', async () => {
    const { browser, server } = opened()
    const origin = server.originOf('127.0.0.1')
    await browser.open(origin)
    // Firefox alone has no Request.body.
    const hasRequestBody = name !== 'firefox'
    const expected = { origin, isSecureContext: true, hasSubtle: true, hasRandomUuid: true, hasRequestBody }
    expect(await browser.call('facts')).toEqual(expected)
    const outcomes = await browser.call('refusals', rsaPublicJwk)
    expect(outcomes).toEqual({
      'generateKey(ed25519)': 'nothing',
      'generateKey(ecdsaP256Sha256)': 'nothing',
      'generateKey(hmacSha256)': 'nothing',
      openKeyStore: 'nothing',
      'importVerifyingKey(rsaPssSha512)': 'nothing',
      'createSignedFetch with a secret': expect.stringMatching(/^TypeError: a secret in a browser is none/),
    })
  })

  test('another name of loopback is not, and what it cannot have is a TypeError at once', async () => {
    const { browser, server } = opened()
    const origin = server.originOf(insecureHost)
    await browser.open(origin)
    expect(await browser.call('facts')).toMatchObject({
      origin,
      isSecureContext: false,
      hasSubtle: false,
      hasRandomUuid: false,
    })
    const noKeys = expect.stringMatching(/^TypeError: .*no WebCrypto/)
    expect(await browser.call('refusals', rsaPublicJwk)).toEqual({
      'generateKey(ed25519)': noKeys,
      'generateKey(ecdsaP256Sha256)': noKeys,
      'generateKey(hmacSha256)': noKeys,
      openKeyStore: expect.stringMatching(/^TypeError: this page has no crypto.subtle, .*: serve it over https/),
      'importVerifyingKey(rsaPssSha512)': expect.stringMatching(/^TypeError: .*WebCrypto/),
      'createSignedFetch with a secret': expect.stringMatching(/^TypeError: a secret in a browser is none/),
    })
  })
})

describeEach('the key of a page (attack 108)', (name, opened) => {
  test('is kept in IndexedDB, comes back after a reload, and signs', async () => {
    const { browser, server } = opened()
    const origin = server.originOf('127.0.0.1')
    await browser.open(origin)
    const first = await browser.call('openKey', 'alice')
    expect(first).toMatchObject({
      algorithm: 'ed25519',
      persistent: true,
      storageError: 'none',
      enrolled: [first.keyId],
    })
    await browser.open(origin)
    const again = await browser.call('openKey', 'alice')
    expect(again).toMatchObject({ keyId: first.keyId, publicJwk: first.publicJwk, persistent: true, enrolled: [] })
    for (const { text, signatures } of [first, again])
      expect(verdicts(first.publicJwk, text, signatures)).toEqual([true, true])
  })

  test('is one for each account', async () => {
    const { browser } = opened()
    const [alice, bob] = [await browser.call('openKey', 'alice'), await browser.call('openKey', 'bob')]
    expect(bob.enrolled).toEqual([bob.keyId])
    expect(bob.keyId).not.toBe(alice.keyId)
  })

  test('is handed over to the next one', async () => {
    const { browser } = opened()
    const before = await browser.call('openKey', 'alice')
    const after = await browser.call('rotateKey', 'alice')
    expect(after.enrolled).toEqual([`${before.keyId} hands over to ${after.keyId}`])
    expect(verdicts(after.publicJwk, after.text, after.signatures)).toEqual([true, true])
    expect((await browser.call('openKey', 'alice')).keyId).toBe(after.keyId)
  })

  test('does not come out: exportKey throws for whatever the database holds', async () => {
    const { browser } = opened()
    const stored = await browser.call('exportStoredKeys')
    expect(stored).toHaveLength(2)
    for (const key of stored) {
      expect(key).toMatchObject({ extractable: false, usages: ['sign'] })
      expect(key.failures.slice(0, 2)).toEqual(['InvalidAccessError', 'InvalidAccessError'])
      expect(key.failures[2]).toMatch(/^(InvalidAccess|NotSupported)Error$/)
    }
  })

  test('outlives the browser, unless the window was a private one', async () => {
    const { browser, server } = opened()
    const before = await browser.call('openKey', 'alice')
    await browser.restart()
    await browser.open(server.originOf('127.0.0.1'))
    const after = await browser.call('openKey', 'alice')
    // WebKitGTK drives private windows only: the next one knows nothing, and enrols a key of its own.
    const isPrivate = name === 'webkit'
    expect(after.keyId === before.keyId).toBe(!isPrivate)
    expect(after.enrolled).toEqual(isPrivate ? [after.keyId] : [])
    expect(verdicts(after.publicJwk, after.text, after.signatures)).toEqual([true, true])
  })
})

describeEach('an Ed25519 key', (name, opened) => {
  /** The key of a seed (RFC 8032 5.1.5), in the PEM of RFC 8410 section 7. */
  const pairOf = (seed: Uint8Array) => {
    const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
    const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    const publicKey = createPublicKey(privateKey)
    return {
      privatePem: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
      publicPem: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
      firstByte: Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')[0],
    }
  }

  test('is made each time, though WebKitGTK fails at one in 128', async () => {
    const { browser, server } = opened()
    await browser.open(server.originOf('127.0.0.1'))
    expect(await browser.call('makeKeys', 300)).toBe(300)
  })

  test('may have a public half that begins with a zero byte', async () => {
    const pair = pairOf(Buffer.alloc(32, 1).fill(153, 31).fill(0, 30, 31))
    expect(pair.firstByte).toBe(0)
    expect(await opened().browser.call('roundTrip', pair)).toBe('verified')
  })

  test('may have a private half that does, but not as PEM in WebKitGTK', async () => {
    const refusal = /^TypeError: the key is not a valid key for ed25519/
    const seen = await opened().browser.call('roundTrip', pairOf(Buffer.alloc(32, 7).fill(0, 0, 1)))
    expect(seen).toMatch(name === 'webkit' ? refusal : /^verified$/)
  })
})

/** Which browsers send a request again by themselves, as it is, when a connection that was used before dies. */
const sendsAgain: Readonly<Record<string, boolean>> = { chromium: true, firefox: true, webkit: false }

describeEach('a server that pays and dies before it answers (attack 104)', (name, opened) => {
  const payAt = async (options: object) => {
    const bank = await startDyingBank(verifyingKey)
    const { browser } = opened()
    await browser.open(bank.origin)
    // The next request takes the connection that this one leaves open.
    expect(await browser.call('warmUp', `${bank.origin}/warm`)).toBe(200)
    const seen = await browser.call('pay', { url: `${bank.origin}/pay`, privateJwk, keyId, ...options })
    await bank.close()
    expect(bank.payments.size).toBe(1)
    return { seen, ...bank }
  }

  test('pays once: what the browser sends again by itself is "replayed"', async () => {
    const { seen, arrivals, runs } = await payAt({})
    expect(runs).toHaveLength(1)
    if (sendsAgain[name]) {
      expect(seen).toMatchObject({ status: 401, kind: 'replayed' })
      expect(arrivals).toHaveLength(2)
      expect(arrivals[1]).toEqual(arrivals[0])
    } else {
      expect(seen).toEqual({ error: 'TypeError' })
      expect(arrivals).toHaveLength(1)
    }
  })

  test('retries() signs a POST anew only for an Idempotency-Key of the application', async () => {
    const { seen, arrivals, runs } = await payAt({ retry: true })
    expect(runs).toHaveLength(1)
    expect(arrivals).toHaveLength(sendsAgain[name] ? 2 : 1)
    expect(seen).toMatchObject(sendsAgain[name] ? { status: 401, kind: 'replayed' } : { error: 'TypeError' })
  })

  test('with one, the server tells that it is the same payment', async () => {
    const { seen, arrivals, runs } = await payAt({ retry: true, idempotencyKey: 'payment-7' })
    if (sendsAgain[name]) {
      expect(seen).toMatchObject({ status: 200, answer: { paid: 1 } })
      expect(runs).toEqual(['payment-7', 'payment-7'])
      expect(arrivals.map(({ idempotencyKey }) => idempotencyKey)).toEqual(['payment-7', 'payment-7', 'payment-7'])
      const [first, again, anew] = arrivals.map(({ nonce }) => nonce)
      expect(again).toBe(first)
      expect(anew).not.toBe(first)
    } else {
      // A network error: nobody knows whether it was paid, and retries() does not guess.
      expect(seen).toEqual({ error: 'TypeError' })
      expect(runs).toEqual(['payment-7'])
    }
  })
})

describeEach('a preflight (attack 105)', (_name, opened) => {
  test.each(['127.0.0.1', insecureHost])('is not signed, passes, and never reaches the handler: %s', async (host) => {
    const { browser, server } = opened()
    const api = await startCorsApi(verifyingKey, { hosts: [host], answersPreflights: true })
    await browser.open(server.originOf(host))
    const seen = await browser.call('pay', { url: `${api.originOf(host)}/pay`, privateJwk, keyId })
    await api.close()
    expect(seen).toMatchObject({ status: 200, answer: { runs: 1 } })
    expect(api.arrivals).toEqual([
      { method: 'OPTIONS', asks: 'content-digest,content-type,signature,signature-input', isSigned: false },
      { method: 'POST', asks: undefined, isSigned: true },
    ])
    expect(api.runs).toEqual(['POST'])
  })

  test('is refused where nobody has allowed it, and the request is not sent', async () => {
    const { browser, server } = opened()
    const api = await startCorsApi(verifyingKey, { hosts: ['127.0.0.1'], answersPreflights: false })
    await browser.open(server.originOf('127.0.0.1'))
    const seen = await browser.call('pay', { url: `${api.originOf('127.0.0.1')}/pay`, privateJwk, keyId })
    await api.close()
    expect(seen).toEqual({ error: 'TypeError' })
    expect(api.arrivals.map(({ method }) => method)).toEqual(['OPTIONS'])
    expect(api.runs).toEqual([])
  })
})

describeEach('what a page sends', (name, opened) => {
  let bank: Awaited<ReturnType<typeof startPageBank>>
  beforeAll(async () => {
    bank = await startPageBank(verifyingKey)
    if (existsSync(engines[0]?.command ?? '')) await opened().browser?.open(bank.origin)
  })
  afterAll(() => bank.close())

  const callBank = (what: string, path: string, options: object = {}) =>
    opened().browser.call(what, { url: bank.origin + path, privateJwk, keyId, ...options })

  test.each([
    ['text', 'application/json'],
    ['form', 'multipart/form-data'],
    ['parameters', 'application/x-www-form-urlencoded'],
    ['blob', 'text/plain'],
    ['large blob', undefined],
    ['stream', undefined],
  ])('%s: the digest fits what goes over the wire (attack 109)', async (body, type) => {
    const seen = await callBank('pay', '/pay', { body })
    expect(seen).toMatchObject({ status: 200, answer: { ...(type && { type }) } })
    expect(seen.answer.length).toBeGreaterThan(10)
  })

  test('a form with a file (attack 109): WebKitGTK cannot read one, and sends nothing', async () => {
    const before = bank.arrivals.length
    const seen = await callBank('pay', '/pay', { body: 'form with a file' })
    if (name === 'webkit') {
      expect(seen).toEqual({ error: 'InvalidStateError' })
      expect(bank.arrivals).toHaveLength(before)
    } else {
      expect(seen).toMatchObject({ status: 200, answer: { type: 'multipart/form-data' } })
      expect(seen.answer.length).toBeGreaterThan(1000)
    }
  })

  test('a Request with a form (attack 109)', async () => {
    const seen = await callBank('payWithRequest', '/pay')
    expect(seen).toMatchObject({ status: 200, answer: { type: 'multipart/form-data' } })
    expect(seen.answer.length).toBeGreaterThan(100)
  })

  test('a signed GET is not answered by the cache of the browser (attack 106)', async () => {
    const [first, second] = [await callBank('get', '/balance'), await callBank('get', '/balance')]
    expect(second.answer.arrivals).toBe(first.answer.arrivals + 1)
  })

  test('a redirect is refused, and nothing follows it', async () => {
    const before = bank.arrivals.length
    expect(await callBank('get', '/moved')).toEqual({ error: 'SignatureError: redirect_refused' })
    expect(bank.arrivals.slice(before)).toEqual(['GET /moved'])
  })
})

/** What `node:crypto` says of signatures of Ed25519. They may differ for the same text: Safari draws them. */
function verdicts(publicJwk: object, text: string, signatures: readonly string[]): readonly boolean[] {
  const key: KeyObject = createPublicKey({ key: publicJwk as JsonWebKey, format: 'jwk' } as never)
  return signatures.map((signature) => verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64')))
}
