import type { SigningKey } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import {
  createMessageVerifier,
  createServerNonces,
  type MessageVerifier,
  type RoutePolicy,
  type VerifierOptions,
} from '../../src/index.ts'
import { honestParameters, type MessageParts, now, signedMessage, verifierSetup } from '../signed-message.ts'

interface Setup {
  readonly key: SigningKey
  readonly verify: MessageVerifier
  readonly send: (parts: MessageParts) => Promise<string>
}

async function setup(routes: readonly RoutePolicy[], change: Partial<VerifierOptions> = {}): Promise<Setup> {
  const { key, options } = await verifierSetup()
  const verify = createMessageVerifier({ ...options, ...change, routes })
  const send = async (parts: MessageParts): Promise<string> => {
    const verifying = verify(await signedMessage(key, parts))
    return verifying.then(
      () => 'accepted',
      (error: { code: string }) => error.code,
    )
  }
  return { key, verify, send }
}

const old = (key: SigningKey, age: number): MessageParts['parameters'] => ({
  ...honestParameters(key),
  created: now - age,
})

describe('a route', () => {
  it('has a window of its own, and leaves the others as they are', async () => {
    const { key, send } = await setup([{ path: '/slow', maxAgeSeconds: 600 }])
    expect(await send({ target: '/slow', parameters: { ...old(key, 500) } })).toBe('accepted')
    expect(await send({ target: '/slow', parameters: { ...old(key, 601) } })).toBe('stale')
    expect(await send({ target: '/other', parameters: { ...old(key, 61) } })).toBe('stale')
  })

  it('has a skew and a lifetime of its own', async () => {
    const routes = [
      { path: '/skew', futureSkewSeconds: 30 },
      { path: '/short', maxLifetimeSeconds: 60 },
    ]
    const { key, send } = await setup(routes)
    expect(await send({ target: '/skew', parameters: { ...old(key, -30) } })).toBe('accepted')
    expect(await send({ target: '/other', parameters: { ...old(key, -30) } })).toBe('not_yet_valid')
    const expiring = (seconds: number): MessageParts['parameters'] => ({
      ...honestParameters(key),
      expires: now + seconds,
    })
    expect(await send({ target: '/short', parameters: { ...expiring(60) } })).toBe('accepted')
    expect(await send({ target: '/short', parameters: { ...expiring(61) } })).toBe('malformed_parameter')
  })

  it('adds required components to those of the verifier', async () => {
    const change = { requiredComponents: ['x-tenant'] }
    const { send } = await setup([{ path: '/strict', requiredComponents: ['x-order', '@method'] }], change)
    const headers = [
      ['X-Tenant', 't'],
      ['X-Order', '7'],
    ] as const
    const base = ['@method', '@authority', '@path', '@query']
    const both = [...base, 'x-tenant', 'x-order']
    const codes = [both, [...base, 'x-order'], [...base, 'x-tenant'], both.slice(1)].map((components) =>
      send({ target: '/strict', headers, components }),
    )
    expect(await Promise.all(codes)).toEqual([
      'accepted',
      'component_not_covered',
      'component_not_covered',
      'component_not_covered',
    ])
    expect(await send({ target: '/other', headers, components: [...base, 'x-tenant'] })).toBe('accepted')
  })

  it('has a tag of its own, in the place of that of the verifier (attack 84)', async () => {
    const { key, send } = await setup([{ path: '/admin/*', tag: 'admin' }], { tag: ['bank', 'shop'] })
    const tagged = (target: string, tag: string): MessageParts => ({
      target,
      parameters: { ...honestParameters(key), tag },
    })
    expect(await send(tagged('/admin/x', 'admin'))).toBe('accepted')
    expect(await send(tagged('/admin/x', 'bank'))).toBe('no_matching_signature')
    expect(await send(tagged('/other', 'admin'))).toBe('no_matching_signature')
    expect(await send(tagged('/other', 'bank'))).toBe('accepted')
    expect(await send(tagged('/other', 'shop'))).toBe('accepted')
    expect(await send({ target: '/other' })).toBe('no_matching_signature')
  })

  it('has a body limit of its own, before anything of the body is read', async () => {
    const { send } = await setup([{ path: '/upload', maxBodyBytes: 5 }], { maxBodyBytes: 2 })
    expect(await send({ target: '/upload', body: '12345' })).toBe('accepted')
    expect(await send({ target: '/upload', body: '123456' })).toBe('body_too_large')
    expect(await send({ target: '/other', body: '123' })).toBe('body_too_large')
  })

  it('has nonces of its own', async () => {
    const nonces = await createServerNonces({ secret: new Uint8Array(32).fill(1), clock: () => now * 1000 })
    const { key, send } = await setup([{ path: '/device/*', nonces }])
    expect(await send({ target: '/device/1' })).toBe('nonce_refused')
    expect(await send({ target: '/other' })).toBe('accepted')
    const parameters = { ...honestParameters(key), nonce: await nonces.issue('alice') }
    expect(await send({ target: '/device/1', parameters })).toBe('accepted')
  })

  it('shares nonces and store with all others: a message is not new elsewhere', async () => {
    const { key, send } = await setup([{ path: '/a', maxAgeSeconds: 600 }])
    const parameters = honestParameters(key)
    expect(await send({ target: '/a', parameters })).toBe('accepted')
    expect(await send({ target: '/b', parameters })).toBe('replayed')
  })

  it('is frozen with the verifier: what is changed later changes nothing', async () => {
    const methods = ['POST']
    const route = { path: '/a', method: methods, maxAgeSeconds: 600 }
    const routes = [route]
    const { key, send } = await setup(routes)
    methods[0] = 'GET'
    route.maxAgeSeconds = 1
    routes.length = 0
    expect(await send({ target: '/a', parameters: { ...old(key, 500) } })).toBe('accepted')
  })
})

describe('which route', () => {
  // Each route has an age of its own, so that the age that is accepted tells which one it was.
  const ages = [100, 200, 300, 400, 500]

  async function ageAt(routes: readonly RoutePolicy[], parts: MessageParts): Promise<number | string> {
    const numbered = routes.map((route, index) => ({ ...route, maxAgeSeconds: ages[index] ?? 0 }))
    const { key, send } = await setup(numbered, { maxAgeSeconds: 50 })
    let reached = 0
    for (const age of [50, ...ages]) {
      const code = await send({ ...parts, parameters: { ...old(key, age) } })
      if (code !== 'accepted' && code !== 'stale') return code
      if (code === 'accepted') reached = age
    }
    return reached
  }

  const tree = [{ path: '/hooks/github' }, { path: '/hooks/*' }, { method: 'GET', path: '/a' }, { path: '/a' }]
  it.each<[method: string, target: string, age: number]>([
    ['POST', '/hooks/github', 100],
    ['POST', '/hooks/github?x=/../y', 100],
    ['POST', '/hooks/github/push', 200],
    ['POST', '/hooks/gitlab', 200],
    ['POST', '/hooks', 200],
    ['POST', '/hooks/', 200],
    ['POST', '/hooks/GitLab/', 200],
    ['POST', '/hooks/a%20b%C3%A9', 200],
    ['POST', '/hooksters', 50],
    ['GET', '/a', 300],
    ['HEAD', '/a', 300],
    ['POST', '/a', 400],
    ['POST', '/a/b', 50],
    ['POST', '/', 50],
    ['POST', '/B', 50],
    ['POST', '/b/', 50],
  ])('%s %s: the first that fits', async (method, target, age) => {
    expect(await ageAt(tree, { method, target })).toBe(age)
  })

  it('/* is every path', async () => {
    for (const target of ['/', '/a', '/a/b', '/B/']) expect(await ageAt([{ path: '/*' }], { target })).toBe(100)
  })

  it('a path with a slash at its end, or with capitals, is meant as it is written', async () => {
    expect(await ageAt([{ path: '/Django/' }], { target: '/Django/' })).toBe(100)
    expect(await ageAt([{ path: '/Django/' }], { target: '/Django' })).toBe('malformed_message')
    expect(await ageAt([{ path: '/Django/' }], { target: '/django/' })).toBe('malformed_message')
  })
})

describe('an ambiguous path', () => {
  const routes: readonly RoutePolicy[] = [
    { path: '/token', maxAgeSeconds: 600 },
    { path: '/hooks/*', maxAgeSeconds: 600 },
  ]

  it.each<[target: string, why: string]>([
    ['/TOKEN', 'case'],
    ['/Token', 'case'],
    ['/token/', 'a slash at its end'],
    ['/Hooks/x', 'case'],
    ['//token', 'an empty segment'],
    ['/token//', 'an empty segment'],
    ['/hooks//x', 'an empty segment'],
    ['/./token', 'a dot segment'],
    ['/hooks/../token', 'a dot segment'],
    ['/hooks/..', 'a dot segment'],
    ['/hooks/%2e%2e/token', 'an encoded dot segment'],
    ['/hooks/%2E./token', 'an encoded dot segment'],
    ['/hooks/.%2e', 'an encoded dot segment'],
    ['/hooks%2fx', 'an encoded slash'],
    ['/hooks%2Fx', 'an encoded slash'],
    ['/hooks/..%2ftoken', 'an encoded slash'],
    ['/hooks\\x', 'a backslash'],
    ['/hooks%5cx', 'an encoded backslash'],
    ['/token;x', 'a path parameter'],
    ['/token;jsessionid=1/x', 'a path parameter'],
    ['/token%3bx', 'an encoded semicolon'],
    ['/token%3Fx', 'an encoded question mark'],
    ['/token%23x', 'an encoded number sign'],
    ['/token%00', 'NUL'],
    ['/token%0a', 'a line break'],
    ['/token%7f', 'DEL'],
    ['/%74oken', 'an encoded letter'],
    ['/%54oken', 'an encoded capital'],
    ['/tok%65n', 'an encoded letter'],
    ['/x%2dy', 'an encoded hyphen'],
    ['/x%2ejson', 'an encoded dot'],
    ['/x%5Fy', 'an encoded underscore'],
    ['/%7Ealice', 'an encoded tilde'],
    ['/%31', 'an encoded digit'],
    ['/%2574oken', 'encoded twice'],
    ['/%252e%252e/token', 'encoded twice'],
    ['/hooks/%', 'a percent sign alone'],
    ['/hooks/%zz', 'no hexadecimal digits'],
    ['/hooks/%C3', 'half a character'],
    ['/hooks/%C0%AF', 'an overlong slash'],
    ['/to%E2%84%AAen', 'the Kelvin sign, whose lower case is k'],
    ['/hoo%E2%84%AAs/x', 'the Kelvin sign'],
    ['/hook%C5%BF/x', 'the long s, whose upper case is S'],
  ])('%s is refused where there are routes (attack 61): %s', async (target) => {
    const { send } = await setup(routes)
    expect(await send({ target })).toBe('malformed_message')
    // Without routes there is nothing that could be chosen wrongly.
    expect(await (await setup([])).send({ target })).toBe('accepted')
  })

  it('of a method in another case is refused', async () => {
    const { send } = await setup([{ method: 'PATCH', path: '/a', maxAgeSeconds: 600 }])
    expect(await send({ method: 'patch', target: '/a' })).toBe('malformed_message')
    expect(await send({ method: 'patch', target: '/b' })).toBe('accepted')
    expect(await send({ method: 'PATCH', target: '/a' })).toBe('accepted')
  })

  it('takes the time of its length, and no more', async () => {
    const { verify } = await setup(routes)
    const source = undefined
    for (const part of ['/', '/.', '%2e', ';', '%', '/a', '%25']) {
      const target = `/${part.repeat(500_000)}`
      const started = performance.now()
      await expect(verify({ method: 'GET', target, headers: [], body: null, source })).rejects.toBeDefined()
      // Some milliseconds, of a machine that may be busy. Time that grew with the square would be hours.
      expect(performance.now() - started).toBeLessThan(10_000)
    }
  })
})

describe('mistakes in routes', () => {
  const mistakes: readonly (readonly [what: string, routes: unknown, message: RegExp])[] = [
    ['no list', { path: '/a' }, /must be a list/],
    ['no object', ['/a'], /routes\[0\] must look like/],
    ['no path', [{ method: 'GET' }], /routes\[0\]\.path/],
    ['a relative path', [{ path: 'a' }], /whole path/],
    ['an empty path', [{ path: '' }], /whole path/],
    ['a URL', [{ path: 'https://bank.example/a' }], /whole path/],
    ['a query', [{ path: '/a?b' }], /whole path/],
    ['a parameter', [{ path: '/users/:id' }], /no parameters/],
    ['a parameter in braces', [{ path: '/users/{id}' }], /no parameters/],
    ['a pattern', [{ path: '/users/(\\d+)' }], /no parameters/],
    ['a star in the middle', [{ path: '/*/a' }], /only at the end/],
    ['a star that is part of a segment', [{ path: '/a*' }], /only at the end/],
    ['two stars', [{ path: '/a/**' }], /only at the end/],
    ['a dot segment', [{ path: '/a/../b' }], /a dot segment/],
    ['an empty segment', [{ path: '/a//b' }], /whole path/],
    ['an encoded letter', [{ path: '/%61' }], /an encoded letter/],
    ['an encoded slash', [{ path: '/a%2fb' }], /an encoded delimiter/],
    ['a method in lower case', [{ method: 'post', path: '/a' }], /upper case/],
    ['an empty method', [{ method: '', path: '/a' }], /upper case/],
    ['no methods', [{ method: [], path: '/a' }], /upper case/],
    ['a misspelt option', [{ path: '/a', maxAge: 5 }], /no option "maxAge"/],
    ['a scope', [{ path: '/a', scope: 'x' }], /no option "scope"/],
    ['a fractional age', [{ path: '/a', maxAgeSeconds: 0.5 }], /routes\[0\]: maxAgeSeconds/],
    ['an endless body', [{ path: '/a', maxBodyBytes: Number.POSITIVE_INFINITY }], /maxBodyBytes/],
    ['an empty tag', [{ path: '/a', tag: '' }], /tag/],
    ['a wrong component', [{ path: '/a', requiredComponents: ['Date'] }], /requiredComponents/],
    ['nonces that nobody awaited', [{ path: '/a', nonces: Promise.resolve() }], /await it/],
    ['the same twice', [{ path: '/a' }, { path: '/a' }], /routes\[1\] is never reached/],
    ['the same but for case', [{ path: '/a' }, { path: '/A/' }], /never reached/],
    ['a tree before what is in it', [{ path: '/a/*' }, { path: '/a/b' }], /put it before routes\[0\]/],
    ['a tree before a smaller one', [{ path: '/*' }, { path: '/a/*' }], /never reached/],
    ['all methods before one', [{ path: '/a' }, { method: 'GET', path: '/a' }], /never reached/],
    [
      'HEAD behind GET',
      [
        { method: 'GET', path: '/a' },
        { method: 'HEAD', path: '/a' },
      ],
      /never reached/,
    ],
  ]
  it.each(mistakes)('%s is a TypeError', async (_what, routes, message) => {
    const creating = setup(routes as never)
    await expect(creating).rejects.toThrow(TypeError)
    await expect(creating).rejects.toThrow(message)
  })

  it('routes that take some of the requests of a later one are none', async () => {
    const routes = [
      { method: 'GET', path: '/a' },
      { path: '/a' },
      { path: '/b/c' },
      { path: '/b/*' },
      { method: 'HEAD', path: '/d' },
      { method: ['GET', 'POST'], path: '/d' },
      { path: '/*' },
    ]
    await expect(setup(routes)).resolves.toBeDefined()
  })
})

describe('tag', () => {
  const mistakes: readonly unknown[] = ['', [], ['bank', ''], 7, [7], 'a"b', 'ä']
  it.each(mistakes)('%j is a TypeError', async (tag) => {
    await expect(setup([], { tag } as never)).rejects.toThrow(TypeError)
  })
})
