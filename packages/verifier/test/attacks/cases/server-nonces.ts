import { createServerNonces, type VerifierOptions } from '@countersign/verifier'
import { expect, it } from 'vitest'
import { type NonceParts, nonceByHand, nonceSecret } from '../../nonces/nonce-by-hand.ts'
import { alice, bob, trustedKeys } from '../keys.ts'
import { editField } from '../raw-request.ts'
import { freshNonce, getShape, signedRequest, unsignedRequest } from '../signed-request.ts'
import { type AttackTarget, createClock, type RunningTarget, type TargetOptions } from '../target.ts'
import { type Expected, expectVerdict, startFor } from '../verdict.ts'

const oldSecret = new Uint8Array(32).fill(41)
const goneSecret = new Uint8Array(32).fill(40)

/** A server of the region eu, amid a rotation of its secret. */
async function start(target: AttackTarget, options: TargetOptions = {}): Promise<RunningTarget> {
  const clock = createClock()
  const nonces = await createServerNonces({
    secrets: [nonceSecret, oldSecret],
    region: 'eu',
    maxAgeSeconds: 300,
    clock: clock.milliseconds,
  })
  const policy: Pick<VerifierOptions<never>, 'nonces'> = { nonces }
  return startFor(target, { ...options, clock, policy: { ...options.policy, ...policy } })
}

/** A nonce as this server would issue it now, but for what a case changes. */
function issued(now: number, change: Partial<NonceParts> = {}): string {
  return nonceByHand({ secret: nonceSecret, keyId: 'alice', issuedAt: now, region: 'eu', ...change })
}

type MakeNonce = (now: number) => string

const cases: readonly (readonly [what: string, nonce: MakeNonce, expected: Expected])[] = [
  ['one that the client made', () => freshNonce(), 'nonce_refused'],
  ['issued just now', (now) => issued(now), 'accepted'],
  ['issued 300 s ago', (now) => issued(now, { issuedAt: now - 300 }), 'accepted'],
  ['issued 301 s ago', (now) => issued(now, { issuedAt: now - 301 }), 'nonce_refused'],
  ['issued in 11 s', (now) => issued(now, { issuedAt: now + 11 }), 'nonce_refused'],
  ["another key's", (now) => issued(now, { keyId: 'bob' }), 'nonce_refused'],
  ["a key's whose name begins alike", (now) => issued(now, { keyId: 'alice2' }), 'nonce_refused'],
  ["another region's", (now) => issued(now, { region: 'us' }), 'nonce_refused'],
  ['of no region', (now) => issued(now, { region: '' }), 'nonce_refused'],
  ['of the secret before', (now) => issued(now, { secret: oldSecret }), 'accepted'],
  ['of a secret that is gone', (now) => issued(now, { secret: goneSecret }), 'nonce_refused'],
  ['of another version', (now) => issued(now, { version: 2 }), 'nonce_refused'],
  ['with its first character changed', (now) => `B${issued(now).slice(1)}`, 'nonce_refused'],
  ['with its time changed', (now) => issued(now).replace(/^(.{6})../, '$1zz'), 'nonce_refused'],
  ['cut', (now) => issued(now).slice(0, -4), 'nonce_refused'],
  ['extended', (now) => `${issued(now)}AAAA`, 'nonce_refused'],
  ['padded', (now) => `${issued(now)}=`, 'nonce_refused'],
  ['of 129 characters', (now) => issued(now).padEnd(129, 'A'), 'malformed_parameter'],
  ['of a mebibyte', () => 'A'.repeat(1 << 20), 431],
]

/** Attack 111: a nonce that this server did not issue, for this key, in this region, lately. */
export function serverNonceAttacks(target: AttackTarget): void {
  it.each(cases)('attack 111: a nonce %s', async (_what, makeNonce, expected) => {
    const running = await start(target)
    const nonce = makeNonce(running.now())
    await expectVerdict(running, signedRequest(running.now(), { nonce }), expected)
    const control = issued(running.now(), { random: new Uint8Array(16).fill(9) })
    await expectVerdict(running, signedRequest(running.now(), { nonce: control }), 'accepted')
  })

  it('attack 111: no nonce', async () => {
    const running = await start(target)
    await expectVerdict(running, signedRequest(running.now(), { parameters: { nonce: undefined } }), 'nonce_refused')
    await expectVerdict(running, signedRequest(running.now(), { nonce: issued(running.now()) }), 'accepted')
  })

  it('attack 111: a good nonce, replayed, signed anew, by another, or with another time', async () => {
    const running = await start(target)
    const nonce = issued(running.now())
    const captured = signedRequest(running.now(), { nonce })
    await expectVerdict(running, { ...captured, target: '/other' }, 'invalid_signature')
    await expectVerdict(running, captured, 'accepted')
    await expectVerdict(running, captured, 'replayed')
    await expectVerdict(running, signedRequest(running.now(), { nonce, age: 1 }), 'replayed')
    await expectVerdict(running, signedRequest(running.now(), { ...getShape, nonce }), 'replayed')
    await expectVerdict(running, signedRequest(running.now(), { nonce, key: bob }), 'nonce_refused')
  })

  it('attack 111: a nonce of the server is no cure for an old signature', async () => {
    const running = await start(target)
    const captured = signedRequest(running.now(), { nonce: issued(running.now()) })
    running.advance(61)
    await expectVerdict(running, captured, 'stale')
    await expectVerdict(running, signedRequest(running.now(), { nonce: issued(running.now()) }), 'accepted')
  })

  it('attack 111: keys are not looked up for a nonce that is refused', async () => {
    const [known] = await trustedKeys()
    const asked: string[] = []
    const keys = (keyId: string): typeof known => {
      asked.push(keyId)
      return keyId === alice.keyId ? known : undefined
    }
    const running = await start(target, { keys })
    await expectVerdict(running, signedRequest(running.now()), 'nonce_refused')
    expect(asked).toEqual([])
    await expectVerdict(running, signedRequest(running.now(), { nonce: issued(running.now()) }), 'accepted')
    expect(asked).toEqual(['alice'])
  })

  it('attack 111: each refusal that another signature would mend says which', async () => {
    const running = await start(target)
    const challenge = async (request: Parameters<typeof expectVerdict>[1], code: Expected): Promise<string> => {
      const { headers } = await expectVerdict(running, request, code)
      expect([headers.get('cache-control'), headers.get('www-authenticate')]).toEqual(['no-store', 'Signature'])
      return headers.get('accept-signature') ?? ''
    }
    const [bare, body] = ['"@method" "@authority" "@path" "@query"', ' "content-digest" "content-type"']
    expect(await challenge(unsignedRequest(getShape), 'missing_signature')).toBe(`sig1=(${bare});created`)
    const asked = await challenge(signedRequest(running.now()), 'nonce_refused')
    expect(asked).toMatch(/;created;nonce="[\w-]{72}";keyid="alice"$/)
    expect(asked).toContain(`sig1=(${bare}${body})`)
    const nonce = /nonce="([^"]*)"/.exec(asked)?.[1] ?? ''
    const signed = signedRequest(running.now(), { nonce })
    const forged = editField(signed, 'signature', () => `sig1=:${Buffer.alloc(32).toString('base64')}:`)
    expect(await challenge(forged, 'invalid_signature')).toBe('')
    await expectVerdict(running, signed, 'accepted')
    expect(await challenge(signed, 'replayed')).toMatch(/;nonce="[\w-]{72}";keyid="alice"$/)
  })
}
