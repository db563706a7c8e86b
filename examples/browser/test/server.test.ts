import { spawnSync } from 'node:child_process'
import { request } from 'node:http'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { generatePair } from '../../../packages/core/test/generate-pair.ts'
import { type RunningServer, startServer } from './open-page.ts'

let server: RunningServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

const publicJwk = (type: 'ed25519' | 'x25519' = 'ed25519') => {
  return generatePair(type).publicKey.export({ format: 'jwk' })
}

async function openSession(): Promise<{ cookie: string; account: string }> {
  const response = await fetch(`${server.url}/session`)
  const cookie = response.headers.get('set-cookie') ?? ''
  expect(cookie).toMatch(/^\w+=[\w-]{36}; HttpOnly; SameSite=Strict; Path=\/$/)
  const { account } = (await response.json()) as { account: string }
  return { cookie: cookie.slice(0, cookie.indexOf(';')), account }
}

async function enrol(key: object | string, headers: Record<string, string>): Promise<number> {
  const body = typeof key === 'string' ? key : JSON.stringify(key)
  const response = await fetch(`${server.url}/keys`, { method: 'POST', headers, body })
  await response.body?.cancel()
  return response.status
}

describe('enrolment', () => {
  test('a session keeps its account, and an unknown one gets a new one', async () => {
    const { cookie, account } = await openSession()
    const again = (headers: Record<string, string>) =>
      fetch(`${server.url}/session`, { headers }).then((got) => got.json())
    expect(await again({ cookie })).toEqual({ account })
    expect(await again({ cookie: 'countersign_session=made-up' })).not.toEqual({ account })
  })

  test('takes a public key within a session, also twice', async () => {
    const { cookie } = await openSession()
    const key = publicJwk()
    expect(await enrol(key, { cookie, origin: server.url })).toBe(200)
    expect(await enrol(key, { cookie, origin: server.url })).toBe(200)
  })

  test.each([
    ['without a session', async () => ({ origin: server.url })],
    ['from another site', async () => ({ cookie: (await openSession()).cookie, origin: 'https://evil.example' })],
    ['from nowhere', async () => ({ cookie: (await openSession()).cookie })],
  ])('%s: 403', async (_case, headers) => {
    expect(await enrol(publicJwk(), (await headers()) as Record<string, string>)).toBe(403)
  })

  test.each([
    ['no JSON', '{'],
    ['a key that does not sign', publicJwk('x25519')],
    ['a secret', { kty: 'oct', k: 'AAAA' }],
    ['a key of small order', { kty: 'OKP', crv: 'Ed25519', x: 'AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }],
  ])('%s: 400', async (_case, key) => {
    const { cookie } = await openSession()
    expect(await enrol(key, { cookie, origin: server.url })).toBe(400)
  })

  test('the key of another account: 409', async () => {
    const [first, second] = [await openSession(), await openSession()]
    const key = publicJwk()
    expect(await enrol(key, { cookie: first.cookie, origin: server.url })).toBe(200)
    expect(await enrol(key, { cookie: second.cookie, origin: server.url })).toBe(409)
  })

  test('a ninth key: 409', async () => {
    const { cookie } = await openSession()
    const statuses: number[] = []
    for (let count = 0; count < 9; count++) statuses.push(await enrol(publicJwk(), { cookie, origin: server.url }))
    expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 200, 200, 409])
  })
})

describe('the server', () => {
  test('answers to its own name only', async () => {
    const { port } = new URL(server.url)
    const status = await new Promise((resolve) => {
      const headers = { host: `evil.example:${port}` }
      request({ port, host: '127.0.0.1', path: '/session', headers }, (response) => {
        response.resume()
        resolve(response.statusCode)
      }).end()
    })
    expect(status).toBe(421)
  })

  test('serves the page and nothing beside it', async () => {
    const get = (path: string) => fetch(server.url + path).then(({ status }) => status)
    expect(await Promise.all(['/', '/main.js', '/style.css'].map(get))).toEqual([200, 200, 200])
    expect(await Promise.all(['/main.ts', '/../bank.mjs', '/%2e%2e/bank.mjs', '/package.json'].map(get))).toEqual([
      404, 404, 404, 404,
    ])
  })

  test('lets the page run and call nothing but its own', async () => {
    const policy = (await fetch(server.url)).headers.get('content-security-policy')?.split('; ')
    expect(policy).toEqual(
      expect.arrayContaining(["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'"]),
    )
    expect(policy).toEqual(expect.arrayContaining(["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"]))
  })

  test('lets nobody into the API without a signature', async () => {
    const { cookie } = await openSession()
    const response = await fetch(`${server.url}/api/balance`, { headers: { cookie } })
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ code: 'missing' })
  })
})

describe('the command', () => {
  const run = (...args: string[]) => {
    const path = fileURLToPath(new URL('../server.mjs', import.meta.url))
    const { status, stdout, stderr } = spawnSync(process.execPath, [path, ...args], { encoding: 'utf8' })
    return { status, stdout, stderr }
  }

  test('--help prints the usage', () => {
    const { status, stdout, stderr } = run('--help')
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toContain('--port N')
  })

  test.each([
    [['--prot', '1'], "Unknown option '--prot'"],
    [['--port', '65536'], '--port must be a number from 0 to 65535'],
    [['--port', 'x'], '--port must be a number from 0 to 65535'],
  ])('%j exits with 2 and a hint', (args, mistake) => {
    const { status, stdout, stderr } = run(...args)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toContain(mistake)
    expect(stderr).toContain('--help')
  })

  test('a port that is taken exits with 1 and says so', () => {
    const { port } = new URL(server.url)
    const { status, stderr } = run('--port', port)
    expect(status).toBe(1)
    expect(stderr).toContain(`Port ${port} cannot be used`)
  })
})
