import { expect, it } from 'vitest'
import { type ForgeCase, forgeTests } from '../case-tables.ts'
import { exchange } from '../raw-http.ts'
import { requestBytes } from '../raw-request.ts'
import { getShape, signedRequest, unsignedRequest } from '../signed-request.ts'
import type { AttackTarget, TargetOptions } from '../target.ts'
import { type Expected, expectVerdict, reportOf, startFor } from '../verdict.ts'

/** A server with one route that asks for less than the others, and one that asks for more. */
const options: TargetOptions = {
  policy: {
    routes: [
      { path: '/token', maxAgeSeconds: 600 },
      { path: '/admin/*', tag: 'admin' },
      { path: '/uploads/*', maxBodyBytes: 100 },
      { method: 'GET', path: '/status/*', replayStore: 'freshness-only' },
    ],
    maxBodyBytes: 20,
  },
}

function spelled(attack: number, what: string, path: string, expected: Expected): ForgeCase {
  // Signed as it stands. A URL of the Fetch API resolves dot segments and backslashes, so that another path is verified.
  const whereLost =
    attack === 60 ? { 'url-text': 'invalid_signature' as const, 'checked-url': 'invalid_signature' as const } : {}
  return { attack, what: `${path}: ${what}`, options, forge: { target: path }, expected, whereLost }
}

const refused: Expected = 'malformed_message'

const spellings: readonly ForgeCase[] = [
  spelled(61, 'a route in another case', '/Token', refused),
  spelled(61, 'a slash at the end', '/token/', refused),
  spelled(61, 'a tree in another case', '/UPLOADS/x', refused),
  spelled(61, 'an empty segment', '/uploads//x', refused),
  spelled(61, 'an empty segment at the start', '//uploads/x', refused),
  spelled(61, 'an encoded slash', '/uploads%2fx', refused),
  spelled(61, 'an encoded slash in capitals', '/uploads%2Fx', refused),
  spelled(61, 'an encoded backslash', '/uploads%5Cx', refused),
  spelled(61, 'a path parameter', '/uploads;x/y', refused),
  spelled(61, 'an encoded semicolon', '/uploads%3Bx', refused),
  spelled(61, 'an encoded question mark', '/token%3fx', refused),
  spelled(61, 'an encoded number sign', '/token%23x', refused),
  spelled(61, 'NUL', '/token%00', refused),
  spelled(61, 'an encoded letter', '/%74oken', refused),
  spelled(61, 'an encoded capital', '/%54oken', refused),
  spelled(61, 'an encoded dot in a name', '/token%2ejson', refused),
  spelled(61, 'an encoded slash and dot segment', '/uploads/..%2ftoken', refused),
  spelled(61, 'a dot segment that is encoded twice', '/uploads/%252e%252e/token', refused),
  spelled(61, 'a letter whose lower case is another', '/to%E2%84%AAen', refused),
  spelled(60, 'a dot segment', '/uploads/../token', refused),
  spelled(60, 'a single dot', '/uploads/./x', refused),
  spelled(60, 'an encoded dot segment', '/uploads/%2e%2E/token', refused),
  spelled(60, 'a dot segment, encoded by half', '/uploads/.%2e/token', refused),
]

/** Attacks 60, 61 and 84 on a server whose policy depends on the path. */
export function routeAttacks(target: AttackTarget): void {
  forgeTests(target, spellings)

  it('attack 61: on a server without routes these paths choose nothing, and are let in as they were signed', async () => {
    const running = await startFor(target)
    for (const path of ['/Token', '/uploads//x', '/uploads%2fx', '/uploads;x/y', '/%74oken']) {
      await expectVerdict(running, signedRequest(running.now(), { ...getShape, target: path }), 'accepted')
    }
  })

  it.each(['/uploads/%zz', '/uploads/%C3', '/uploads\\x'])(
    'attack 61: %s, which some routers refuse by themselves',
    async (path) => {
      const running = await startFor(target, options)
      const forged = signedRequest(running.now(), { target: path })
      const { status } = await exchange(running.port, requestBytes(forged))
      expect([400, 401]).toContain(status)
      expect([running.runs(), running.claims()]).toEqual([0, 0])
      await expectVerdict(running, signedRequest(running.now(), { target: '/uploads/x' }), 'accepted')
    },
  )

  it('attack 25: the window of a route serves no other path', async () => {
    const running = await startFor(target, options)
    await expectVerdict(running, signedRequest(running.now(), { target: '/token', age: 500 }), 'accepted')
    await expectVerdict(running, signedRequest(running.now(), { target: '/tokens', age: 61 }), 'stale')
    const captured = signedRequest(running.now(), { age: 61 })
    await expectVerdict(running, { ...captured, target: '/token' }, 'invalid_signature')
  })

  it('attack 84: the tag of a route', async () => {
    const running = await startFor(target, options)
    const shape = (tag: string): Parameters<typeof signedRequest>[1] => ({ target: '/admin/x', parameters: { tag } })
    await expectVerdict(running, signedRequest(running.now(), shape('"shop"')), 'no_matching_signature')
    await expectVerdict(running, signedRequest(running.now(), { target: '/admin/x' }), 'no_matching_signature')
    await expectVerdict(running, signedRequest(running.now(), shape('"admin"')), 'accepted')
    await expectVerdict(running, signedRequest(running.now()), 'accepted')
  })

  it('attack 48: the body limit of a route', async () => {
    const running = await startFor(target, options)
    const body = 'x'.repeat(21)
    await expectVerdict(running, signedRequest(running.now(), { body }), 'body_too_large')
    await expectVerdict(running, signedRequest(running.now(), { body, target: '/uploads/x' }), 'accepted')
    const endless = signedRequest(running.now(), { body: 'x'.repeat(101), target: '/uploads/x', framing: 'chunked' })
    await expectVerdict(running, endless, 'body_too_large')
  })
}

/** Attacks 4, 35 and 54 where only time and signature are checked. */
export function freshnessOnlyAttacks(target: AttackTarget): void {
  const status = { ...getShape, target: '/status/now' }

  it('attack 4: a safe method may come again, until it is too old', async () => {
    const running = await startFor(target, options)
    const captured = signedRequest(running.now(), status)
    for (let copy = 0; copy < 3; copy++) await expectVerdict(running, captured, 'accepted unclaimed')
    running.advance(60)
    await expectVerdict(running, captured, 'accepted unclaimed')
    running.advance(1)
    await expectVerdict(running, captured, 'stale')
    await expectVerdict(running, unsignedRequest(status), 'missing_signature')
  })

  it('attack 4: an unsafe method below the same path uses the store', async () => {
    const running = await startFor(target, options)
    const captured = signedRequest(running.now(), { target: '/status/now' })
    await expectVerdict(running, captured, 'accepted')
    await expectVerdict(running, captured, 'replayed')
  })

  it('attack 35: a captured GET as another method', async () => {
    const running = await startFor(target, options)
    const captured = signedRequest(running.now(), status)
    for (const method of ['HEAD', 'POST', 'DELETE']) {
      await expectVerdict(running, { ...captured, method }, 'invalid_signature')
    }
  })

  it('attack 54: a field that names another method makes no unsafe request of it', async () => {
    const running = await startFor(target, options)
    const headers = [['X-HTTP-Method-Override', 'DELETE']] as const
    const response = await expectVerdict(
      running,
      signedRequest(running.now(), { ...status, headers }),
      'accepted unclaimed',
    )
    expect(reportOf(response).delivered.method).toBe('GET')
  })

  it('attack 4: without a store, no unsafe method is let in at all', async () => {
    const running = await startFor(target, { policy: { routes: [{ path: '/*', replayStore: 'freshness-only' }] } })
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const request = signedRequest(running.now(), { method })
      await expectVerdict(running, request, 'replay_protection_required')
    }
    await expectVerdict(running, unsignedRequest(), 'replay_protection_required')
    await expectVerdict(running, signedRequest(running.now(), getShape), 'accepted unclaimed')
  })
}
