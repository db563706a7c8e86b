import { expect, it } from 'vitest'
import { forgeTests, type TamperCase, tamperTests } from '../case-tables.ts'
import { exchange } from '../raw-http.ts'
import { type RawRequest, requestBytes } from '../raw-request.ts'
import { getShape, type Shape, signedRequest } from '../signed-request.ts'
import type { AttackTarget } from '../target.ts'
import { type Expected, expectVerdict, reportOf, startFor } from '../verdict.ts'

/** Attacks 60 to 62 and 64: one resource under another spelling. */
export function requestTargetAttacks(target: AttackTarget): void {
  tamperTests(target, [...resolvedCases, ...absoluteCases, ...encodedCases, ...fragmentCases, ...queryCases])
  forgeTests(
    target,
    ['//evil.example/p', '/a%2Fb;x=1//c?d=%2F', '/%61', '/a?', '/?', '/a??b', '/a?b=//c/../d'].map((path) => ({
      attack: path.startsWith('//') ? 60 : 61,
      what: `${path}, signed as it stands, is let in as it stands`,
      forge: { ...getShape, target: path },
      expected: 'accepted' as const,
      // A table of decoded values does not tell how they were written.
      whereLost: /\?.*[?/%]/.test(path) ? { 'query-text': 'malformed_message' as const } : {},
    })),
  )
}

function spelled(
  attack: number,
  signed: string,
  sent: string,
  { expected, whereLost = {} }: Pick<TamperCase, 'expected' | 'whereLost'>,
): TamperCase {
  return {
    attack,
    what: `${sent} for ${signed}`,
    shape: { ...getShape, target: signed },
    tamper: (captured: RawRequest) => ({ ...captured, target: sent }),
    expected,
    whereLost,
  }
}

/** The URL parser of the Fetch API makes the same of both: the handler, too, gets what was signed. */
const resolvedCases: readonly TamperCase[] = (
  [
    ['/p', '/x/../p'],
    ['/p', '/x/%2e%2e/p'],
    ['/p', '/x/%2E./p'],
    ['/p', '/./p'],
    ['/p', '/%2e/p'],
    ['/a/b', '/a\\b'],
  ] as const
).map(([signed, sent]) =>
  spelled(60, signed, sent, {
    expected: 'invalid_signature',
    whereLost: { 'url-text': 'accepted', 'checked-url': sent.includes('\\') ? 400 : 'accepted' },
  }),
)

/** A request in absolute form names its own origin (RFC 9112 3.2.2). The bridge to the Fetch API has no URL for it. */
const absoluteCases: readonly TamperCase[] = (
  [
    ['https://bank.example/p', 'accepted'],
    ['https://BANK.example:443/p', 'accepted'],
    ['https://bank.example/q', 'invalid_signature'],
    ['https://evil.example/p', 'malformed_message'],
    ['https://bank.example:8443/p', 'malformed_message'],
    ['http://bank.example/p', 'malformed_message'],
    ['https://user@bank.example/p', 'malformed_message'],
  ] satisfies readonly (readonly [sent: string, expected: Expected])[]
).map(([sent, expected]) => spelled(60, '/p', sent, { expected, whereLost: { 'url-text': 400, 'http1-only': 400 } }))

const encodedCases: readonly TamperCase[] = [
  ...(
    [
      ['/p', '//p'],
      ['/p', '//bank.example/p'],
      ['/p', '/p/'],
      ['/p', '/%70'],
      ['/%70', '/p'],
      ['/a%2Fb', '/a/b'],
      ['/a%2Fb', '/a%2fb'],
      ['/a%2Fb', '/a%252Fb'],
      ['/a%2fb', '/a%2Fb'],
      ['/p', '/p;x'],
      ['/p;x', '/p'],
      ['/p', '/p%00'],
      ['/p', '/p%20'],
      ['/a/b', '/a//b'],
      ['/a//b', '/a/b'],
    ] as const
  ).map(([signed, sent]) => spelled(61, signed, sent, { expected: 'invalid_signature' })),
  spelled(60, '/p', '/p\\', { expected: 'invalid_signature', whereLost: { 'checked-url': 400 } }),
]

const fragmentCases: readonly TamperCase[] = [
  // A URL of the Fetch API keeps its fragment, so that the adapter can see it.
  spelled(62, '/p', '/p#frag', { expected: 'malformed_message' }),
  spelled(62, '/p?a=b', '/p?a=b#/admin', { expected: 'malformed_message' }),
  spelled(62, '/p', '/p#', { expected: 'malformed_message' }),
  spelled(62, '/', '*', {
    expected: 'malformed_message',
    whereLost: { 'url-text': 400, 'checked-url': 400, 'http1-only': 400 },
  }),
  {
    ...spelled(62, '/', '*', { expected: 'malformed_message', whereLost: { 'url-text': 400, 'checked-url': 400 } }),
    what: 'OPTIONS *',
    shape: { method: 'OPTIONS', target: '/' },
  },
]

/** RFC 9421 2.2.7: an absent query and an empty one are both `?`. Whoever tells them apart must not rely on `@query`. */
const queryCases: readonly TamperCase[] = [
  spelled(64, '/a', '/a?', { expected: 'accepted' }),
  spelled(64, '/a?', '/a', { expected: 'accepted' }),
  spelled(64, '/a', '/a??', { expected: 'invalid_signature', whereLost: { 'query-text': 'malformed_message' } }),
]

/** Fixed, and none of it comes from the code under test. */
const vectors: readonly (readonly [origin: string, authority: string])[] = [
  ['https://bank.example', 'bank.example'],
  ['https://bank.example:443', 'bank.example'],
  ['https://bank.example:', 'bank.example'],
  ['https://bank.example:80', 'bank.example:80'],
  ['http://bank.example:80', 'bank.example'],
  ['http://bank.example:443', 'bank.example:443'],
  ['http://bank.example:8080', 'bank.example:8080'],
  ['HTTPS://BANK.Example', 'bank.example'],
  ['https://bank.example.', 'bank.example.'],
  ['https://[2001:db8::1]', '[2001:db8::1]'],
  ['https://[2001:DB8::A]:443', '[2001:db8::a]'],
  ['http://[::1]:8080', '[::1]:8080'],
  ['https://192.0.2.1:8443', '192.0.2.1:8443'],
  ['https://xn--bcher-kva.example', 'xn--bcher-kva.example'],
]

/** Attack 63: the authority that each origin stands for. */
export function authorityAttacks(target: AttackTarget): void {
  it.each(vectors)('attack 63: %s is called %s', async (origin, authority) => {
    const running = await startFor(target, { origin })
    const others = ['bank.example', 'bank.example.', 'bank.example:443', 'bank.example:80', 'Bank.example', '[::1]']
    for (const other of others.filter((name) => name !== authority)) {
      await expectVerdict(running, signedRequest(running.now(), { authority: other }), 'invalid_signature')
    }
    const response = await expectVerdict(running, signedRequest(running.now(), { authority }), 'accepted')
    expect(reportOf(response).verified.authority).toBe(authority)
  })

  const unusable = [
    'https://bücher.example',
    'https://user@bank.example',
    'https://bank.example/path',
    'bank.example',
    '',
  ]
  it.each(unusable)('attack 63: "%s" is no origin', async (origin) => {
    await expect(target.start({ origin })).rejects.toThrow(TypeError)
  })
}

/** Attack 55: X-Forwarded-Host where it is trusted. */
export function trustedFieldAttacks(target: AttackTarget): void {
  it('attack 55: a field that a proxy is trusted to set, and that holds no host', async () => {
    const running = await startFor(target, { trustedHostField: 'x-forwarded-host' })
    const shapeFor = (host: string): Shape => ({ ...getShape, headers: [['X-Forwarded-Host', host]] })
    for (const host of ['', 'bank.example/..', 'bank.example, evil.example', 'a b']) {
      const before = [running.runs(), running.claims()]
      const { status } = await exchange(running.port, requestBytes(signedRequest(running.now(), shapeFor(host))))
      expect(status).toBeGreaterThanOrEqual(400)
      expect([running.runs(), running.claims()]).toEqual(before)
    }
    await expectVerdict(running, signedRequest(running.now(), shapeFor('evil.example')), 'invalid_signature')
    await expectVerdict(running, signedRequest(running.now(), shapeFor('bank.example')), 'accepted')
  })
}
