/* Attacks 17 and 88 to 91, for keys with a validity and for remote key sets, against every adapter. */

import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { VerifyingKey } from '@countersign/core'
import { createMemoryReplayStore, createMessageVerifier, type Keys, type TrustedKey } from '@countersign/verifier'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { allTargets } from '../attacks/all-targets.ts'
import { alice, mallory, signerNamed, verifyingKeyNamed } from '../attacks/keys.ts'
import { exchange, type RawResponse } from '../attacks/raw-http.ts'
import { type RawRequest, requestBytes } from '../attacks/raw-request.ts'
import { freshNonce, type Shape, signedRequest } from '../attacks/signed-request.ts'
import type { AttackTarget } from '../attacks/target.ts'
import { type Expected, expectVerdict, startFor } from '../attacks/verdict.ts'
import { jsonOf, newKey, outcomeOf, startJwksServer, watch } from './jwks-server.ts'

/** All that a client sees, but the time of day. */
function visible({ status, headers, body }: RawResponse): string {
  return JSON.stringify([status, [...headers].filter(([name]) => name !== 'date'), body])
}

describe.each(allTargets)('keys with a validity: $name', (target) => {
  it('attack 91: revoked, expired and early keys, and one that is good', async () => {
    const start = 1_900_000_007
    const policies: [string, Omit<TrustedKey, 'key'>, Expected][] = [
      ['revoked', { revoked: true }, 'inactive_key'],
      ['early', { notBefore: start + 1 }, 'inactive_key'],
      ['late', { notAfter: start - 1 }, 'inactive_key'],
      ['good', { notBefore: start, notAfter: start }, 'accepted'],
    ]
    const keys = await Promise.all(
      policies.map(async ([keyId, policy]) => ({ key: await verifyingKeyNamed(keyId), ...policy })),
    )
    const running = await startFor(target, { keys })
    expect(running.now()).toBe(start)
    for (const [keyId, , expected] of policies) {
      await expectVerdict(running, signedRequest(start, { key: signerNamed(keyId) }), expected)
    }
  })

  it('attack 91: a stolen key, with signatures that are dated back', async () => {
    const key = await verifyingKeyNamed('alice')
    const now = 1_900_000_007
    const running = await startFor(target, { keys: [{ key, notAfter: now - 1 }] })
    for (const age of [1, 30, 60]) await expectVerdict(running, signedRequest(now, { age }), 'inactive_key')
  })

  it('attack 17: the keys of a rotation share their nonces', async () => {
    const keys = await Promise.all(
      ['alice-1', 'alice-2'].map(async (keyId) => ({ key: await verifyingKeyNamed(keyId), principal: 'alice' })),
    )
    const running = await startFor(target, { keys })
    const nonce = freshNonce()
    const signedBy = (keyId: string): RawRequest =>
      signedRequest(running.now(), { key: signerNamed(keyId), nonce, method: 'GET' })
    const response = await expectVerdict(running, signedBy('alice-1'), 'accepted')
    expect(JSON.parse(response.body)).toMatchObject({ keyId: 'alice-1', principal: 'alice' })
    await expectVerdict(running, signedBy('alice-2'), 'replayed')
  })

  it('attack 88: unknown, revoked, early, late, and a bad signature look the same', async () => {
    const key = await verifyingKeyNamed('alice')
    const renamed = (keyId: string): VerifyingKey => ({ ...key, keyId })
    const keys: Keys = [
      key,
      { key: renamed('revoked'), revoked: true },
      { key: renamed('early'), notBefore: 2_000_000_000 },
      { key: renamed('late'), notAfter: 1_000_000_000 },
    ]
    const running = await startFor(target, { keys })
    const answers = new Set<string>()
    const tries: [string, Expected][] = [
      ['nobody', 'unknown_key'],
      ['alice', 'invalid_signature'],
      ['revoked', 'inactive_key'],
      ['early', 'inactive_key'],
      ['late', 'inactive_key'],
    ]
    for (const [keyId, expected] of tries) {
      const request = signedRequest(running.now(), { key: { ...mallory, keyId } })
      answers.add(visible(await expectVerdict(running, request, expected)))
    }
    // Whoever holds a revoked key learns no more.
    const own = signedRequest(running.now(), { key: { ...alice, keyId: 'revoked' } })
    answers.add(visible(await expectVerdict(running, own, 'inactive_key')))
    expect(answers.size).toBe(1)
    await expectVerdict(running, signedRequest(running.now()), 'accepted')
  })

  const probes: [string, Shape][] = [
    ['an absent component', { lines: (lines) => [...lines, { identifier: '"x-absent"', value: '' }] }],
    ['an old signature', { age: 61 }],
    ['a wrong body', { headers: [['Content-Digest', 'sha-256=:AAAA:']] }],
    ['another alg', { parameters: { alg: '"ed25519"' } }],
  ]

  it.each(probes)('attack 88: %s looks the same with a revoked, a known and an unknown keyid', async (_what, shape) => {
    const [known, revoked] = await Promise.all(['alice', 'bob'].map(verifyingKeyNamed))
    const running = await startFor(target, { keys: [known!, { key: revoked!, revoked: true }] })
    const answers = new Set<string>()
    for (const keyId of ['alice', 'bob', 'nobody']) {
      const request = signedRequest(running.now(), { ...shape, key: { ...mallory, keyId } })
      answers.add(visible(await exchange(running.port, requestBytes(request))))
    }
    expect(answers.size).toBe(1)
  })

  it.each([
    ['nothing', () => ({ key: undefined })],
    ['an empty text', () => ({ key: '' })],
    ['an empty buffer', () => ({ key: Buffer.alloc(0) })],
    [
      'a key that says yes, of another name',
      () => ({ key: { keyId: 'bob', algorithm: 'ed25519', verify: () => true } }),
    ],
    ['a validity that is none', async () => ({ key: await verifyingKeyNamed('alice'), notAfter: 'never' })],
    ['a misspelt member', async () => ({ key: await verifyingKeyNamed('alice'), isRevoked: true })],
  ])('attack 90: a trusted key with %s', async (_what, answer) => {
    const running = await startFor(target, { keys: answer as never })
    await expectVerdict(running, signedRequest(running.now()), 'key_unavailable')
  })
})

const hostile = [
  '../../../../etc/passwd',
  'file:///etc/passwd',
  "' OR '1'='1' --",
  '__proto__',
  'constructor',
  'toString',
  'keys',
  '0',
  '%2e%2e/%00',
  '*',
]

/** A server that must not be called. */
async function startCanary(): Promise<{ readonly port: number; connections(): number }> {
  let connections = 0
  const server = createServer((socket) => {
    connections++
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())))
  return { port: (server.address() as AddressInfo).port, connections: () => connections }
}

function remoteAttacks(target: AttackTarget): void {
  it('attack 89: a keyid goes nowhere: the only request is for the set, and the same each time', async () => {
    const [key, canary] = [newKey('good'), await startCanary()]
    const server = await startJwksServer([key.jwk])
    const { keys, clock } = watch(server)
    const running = await startFor(target, { keys, clock })
    const urls = ['http', 'https'].map((scheme) => `${scheme}://127.0.0.1:${canary.port}/jwks.json`)
    for (const keyId of [...hostile, ...urls, server.url, 'k'.repeat(256)]) {
      clock.advance(30)
      const request = signedRequest(running.now(), { key: { ...mallory, keyId } })
      await expectVerdict(running, request, 'unknown_key')
    }
    const huge = signedRequest(running.now(), { key: { ...mallory, keyId: 'k'.repeat(65_536) } })
    await expectVerdict(running, huge, 431)
    await expectVerdict(running, signedRequest(running.now(), { key: key.signer }), 'accepted')
    expect(canary.connections()).toBe(0)
    const asked = server.requests().map(({ method, url, headers }) => JSON.stringify([method, url, headers]))
    expect(asked.length).toBe(hostile.length + 4)
    expect(new Set(asked).size).toBe(1)
  })

  it('attack 88: known and unknown keyids look the same while the set is fresh, old, and gone', async () => {
    const key = newKey('good')
    const server = await startJwksServer([key.jwk, newKey('revoked', { revoked: true }).jwk])
    const { keys, clock } = watch(server)
    const running = await startFor(target, { keys, clock })
    const seen: string[] = []
    for (const seconds of [0, 700, 5000]) {
      clock.advance(seconds)
      const answers = new Set<string>()
      for (const keyId of ['good', 'revoked', 'nobody']) {
        const request = signedRequest(running.now(), { key: { ...mallory, keyId } })
        answers.add(visible(await exchange(running.port, requestBytes(request))))
      }
      expect(answers.size).toBe(1)
      seen.push(...answers)
      server.answer((_request, response) => void response.writeHead(500).end())
    }
    expect(seen.map((text) => JSON.parse(text)[0])).toEqual([401, 401, 503])
    expect(running.runs()).toBe(0)
  })

  it('attack 91: keys rotate under traffic, and no good request is refused', async () => {
    const [old, next] = [newKey('key-1', { owner: 'alice' }), newKey('key-2', { owner: 'alice' })]
    const server = await startJwksServer([old.jwk])
    const { keys, clock } = watch(server, { principal: (_keyId, { owner }) => String(owner) })
    const running = await startFor(target, { keys, clock })
    const signed = (by: typeof old): RawRequest => signedRequest(running.now(), { key: by.signer })
    const traffic = async (signers: readonly (typeof old)[]): Promise<void> => {
      const requests = Array.from({ length: 10 }, (_none, index) => signed(signers[index % signers.length]!))
      const answers = await Promise.all(requests.map((request) => exchange(running.port, requestBytes(request))))
      expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200))
      expect(new Set(answers.map(({ body }) => JSON.parse(body).principal))).toEqual(new Set(['alice']))
    }
    await traffic([old])
    server.publish([old.jwk, next.jwk])
    clock.advance(30)
    await traffic([old, next])
    await traffic([next])
    server.publish([next.jwk])
    await traffic([old, next])
    clock.advance(600)
    await expectVerdict(running, signed(old), 'unknown_key')
    await traffic([next])
    expect(server.requests().length).toBe(3)
  })

  it('attack 91: a key with nbf and exp, and one that is revoked while it is in use', async () => {
    const from = 1_900_000_017
    const key = newKey('key-1', { nbf: from, exp: from + 100 })
    const server = await startJwksServer([key.jwk])
    const { keys, clock } = watch(server)
    const running = await startFor(target, { keys, clock })
    const signed = (): RawRequest => signedRequest(running.now(), { key: key.signer })
    await expectVerdict(running, signed(), 'inactive_key')
    clock.advance(10)
    await expectVerdict(running, signed(), 'accepted')
    clock.advance(100)
    await expectVerdict(running, signed(), 'accepted')
    clock.advance(1)
    await expectVerdict(running, signed(), 'inactive_key')
    server.publish([{ ...key.jwk, exp: undefined }])
    await keys.refresh()
    await expectVerdict(running, signed(), 'accepted')
    server.publish([{ ...key.jwk, exp: undefined, revoked: { revoked_at: running.now() } }])
    await keys.refresh()
    await expectVerdict(running, signed(), 'inactive_key')
  })

  it('attack 90: a set that cannot be had, and one that can be had again', async () => {
    const key = newKey('good')
    const server = await startJwksServer()
    server.answer((_request, response) => void response.writeHead(500).end())
    const { keys, clock } = watch(server)
    const running = await startFor(target, { keys, clock })
    const signed = (): RawRequest => signedRequest(running.now(), { key: key.signer })
    const response = await expectVerdict(running, signed(), 'key_unavailable')
    expect(response.headers.get('retry-after')).toBe('30')
    server.publish([key.jwk])
    await expectVerdict(running, signed(), 'key_unavailable')
    clock.advance(30)
    await expectVerdict(running, signed(), 'accepted')
  })

  it('attack 85: a public key of the set is no HMAC secret', async () => {
    const key = newKey('good')
    const server = await startJwksServer([key.jwk])
    const { keys, clock } = watch(server)
    const running = await startFor(target, { keys, clock })
    await expectVerdict(
      running,
      signedRequest(running.now(), { key: { ...alice, keyId: 'good' } }),
      'algorithm_mismatch',
    )
    const silent = signedRequest(running.now(), { key: { ...alice, keyId: 'good' }, parameters: { alg: undefined } })
    await expectVerdict(running, silent, 'invalid_signature')
  })
}

describe.each(allTargets)('remote key sets: $name', remoteAttacks)

describe('a flood of unknown keyids', () => {
  const flood = 10_000

  it('attack 89: 10,000 of them through a verifier cause one fetch in each cooldown', async () => {
    const key = newKey('good')
    const server = await startJwksServer([key.jwk])
    const { keys, clock } = watch(server)
    const fetching = vi.spyOn(globalThis, 'fetch')
    onTestFinished(() => fetching.mockRestore())
    const codes = new Map<string, number>()
    const verify = createMessageVerifier({
      keys,
      clock: clock.milliseconds,
      replayStore: createMemoryReplayStore({ startsFresh: true, clock: clock.milliseconds }),
      origin: 'https://bank.example',
    })
    const { method, target, headers } = signedRequest(clock.seconds(), { method: 'GET', key: signerNamed('KEYID') })
    const received = { method, target, body: null, source: undefined }
    for (let index = 0; index < flood; index++) {
      if (index === flood / 2) clock.advance(30)
      const renamed = headers.map(([name, value]) => [name, value.replace('KEYID', `forged-${index}`)] as const)
      await verify({ ...received, headers: renamed }).catch(({ code }) => {
        codes.set(code, (codes.get(code) ?? 0) + 1)
      })
    }
    expect([...codes]).toEqual([['unknown_key', flood]])
    expect(server.requests().length).toBe(2)
    expect(fetching).toHaveBeenCalledTimes(2)
    const honest = signedRequest(clock.seconds(), { method: 'GET', key: key.signer })
    await expect(verify({ ...received, headers: honest.headers })).resolves.toMatchObject({ keyId: 'good' })
  })

  it('attack 89: nothing of them is kept', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const heldBytes = (): number => {
      collect()
      collect()
      return process.memoryUsage().heapUsed
    }
    const server = await startJwksServer([newKey('good').jwk])
    const { keys } = watch(server)
    const forged = (index: number): string => `${index}-`.padEnd(256, 'x')
    for (let index = 0; index < 100; index++) await outcomeOf(keys, forged(index))
    const before = heldBytes()
    for (let index = 0; index < flood; index++) await outcomeOf(keys, forged(index))
    // A table of them would take 2.5 MB for their characters alone.
    expect(heldBytes() - before).toBeLessThan(1_000_000)
    expect(server.requests().length).toBe(1)
  })

  it('attack 89: all at once, while the set is on its way', async () => {
    const key = newKey('good')
    const server = await startJwksServer([key.jwk])
    server.answer((request, response) => {
      setTimeout(() => jsonOf({ keys: [key.jwk] })(request, response), 50)
    })
    const { keys } = watch(server)
    const asked = Array.from({ length: flood }, (_none, index) => outcomeOf(keys, `forged-${index}`))
    expect(await outcomeOf(keys, 'good')).toBe('known')
    expect(new Set(await Promise.all(asked))).toEqual(new Set(['unknown']))
    expect(server.requests().length).toBe(1)
  })
})
