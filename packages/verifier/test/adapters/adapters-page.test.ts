/*
 * Runs each example of docs/adapters.md as it stands there: modules are looked up in the table below, and every
 * server listens on a free port of this machine instead.
 */
import { readFileSync } from 'node:fs'
import { type AddressInfo, Server } from 'node:net'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { exchange } from '../attacks/raw-http.ts'
import { requestBytes } from '../attacks/raw-request.ts'
import { hmacKey } from '../attacks/raw-signer.ts'
import { type Shape, signedRequest, unsignedRequest } from '../attacks/signed-request.ts'
import { patience } from '../patience.ts'

type Module = Readonly<Record<string, unknown>>

const page = readFileSync(new URL('../../../../docs/adapters.md', import.meta.url), 'utf8')
const examples = new Map(
  [...page.matchAll(/```js\n\/\/ ([\w-]+\.mjs)\n(.*?)```/gs)].map(([, name = '', code = '']) => [name, code]),
)
const secret = Buffer.alloc(32, 7)
const signer = hmacKey('alice', secret)
const servers: Server[] = []

beforeEach(() => {
  vi.stubEnv('BANK_SECRET', secret.toString('base64'))
  const { listen } = Server.prototype
  vi.spyOn(Server.prototype, 'listen').mockImplementation(function (this: Server, ...args: unknown[]): Server {
    servers.push(this)
    const callback = args.find((argument) => typeof argument === 'function')
    return Reflect.apply(listen, this, [0, '127.0.0.1', callback])
  })
})

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  for (const server of servers.splice(0)) server.close()
})

const modules: Readonly<Record<string, () => Promise<unknown>>> = {
  'node:http': () => import('node:http'),
  '@countersign/core': () => import('@countersign/core'),
  '@countersign/verifier': () => import('@countersign/verifier'),
  '@countersign/verifier/express': () => import('@countersign/verifier/express'),
  '@countersign/verifier/fastify': () => import('@countersign/verifier/fastify'),
  '@countersign/verifier/hono': () => import('@countersign/verifier/hono'),
  '@countersign/verifier/koa': () => import('@countersign/verifier/koa'),
  '@countersign/verifier/lambda': () => import('@countersign/verifier/lambda'),
  '@countersign/verifier/node': () => import('@countersign/verifier/node'),
  '@hono/node-server': () => import('@hono/node-server'),
  express: () => import('express'),
  fastify: () => import('fastify'),
  hono: () => import('hono'),
  koa: () => import('koa'),
  'koa-bodyparser': () => import('koa-bodyparser' as string),
  './bank.mjs': () => run('bank.mjs'),
}

/** Runs an example, and gives what it exports. */
async function run(name: string): Promise<Module> {
  const exported: string[] = []
  const code = (examples.get(name) ?? '')
    .replaceAll(/^import (\{.*\}) from '(.*)'$/gm, "const $1 = await load('$2')")
    .replaceAll(/^import (\w+) from '(.*)'$/gm, "const { default: $1 } = await load('$2')")
    .replaceAll(/^export const (\w+)/gm, (_all, exportedName: string) => {
      exported.push(exportedName)
      return `const ${exportedName}`
    })
  const load = (module: string): Promise<unknown> => {
    const found = modules[module]
    if (found === undefined) throw new Error(`the example imports ${module}, which this test does not know`)
    return found()
  }
  const AsyncFunction = Object.getPrototypeOf(run).constructor as new (
    ...parts: string[]
  ) => (load: unknown) => Promise<Module>
  return new AsyncFunction('load', `${code}\nreturn { ${exported.join(', ')} }`)(load)
}

async function portOf(): Promise<number> {
  const server = servers[0]!
  await vi.waitFor(() => expect(server.listening).toBe(true), patience)
  return (server.address() as AddressInfo).port
}

const shape: Shape = { key: signer, target: '/transfers' }
const seconds = (): number => Math.floor(Date.now() / 1000)

it('holds an example for each adapter', () => {
  expect([...examples.keys()]).toEqual([
    'bank.mjs',
    'express.mjs',
    'fastify.mjs',
    'koa.mjs',
    'hono.mjs',
    'node.mjs',
    'lambda.mjs',
    'trusted-proxy.mjs',
    'upgrade.mjs',
  ])
})

it.each(['express.mjs', 'fastify.mjs', 'koa.mjs', 'hono.mjs', 'node.mjs'])('runs %s', async (name) => {
  await run(name)
  const port = await portOf()
  const request = requestBytes(signedRequest(seconds(), shape))
  const first = await exchange(port, request)
  expect([first.status, first.body]).toEqual([200, 'alice pays 10'])
  expect((await exchange(port, request)).status).toBe(401)
  expect((await exchange(port, requestBytes(unsignedRequest(shape)))).status).toBe(401)
})

it('runs lambda.mjs', async () => {
  const { handler } = (await run('lambda.mjs')) as { handler: (event: unknown, context: unknown) => Promise<unknown> }
  const { target, headers, body } = signedRequest(seconds(), shape)
  const event = {
    version: '2.0',
    rawPath: target,
    rawQueryString: '',
    headers: Object.fromEntries(headers),
    body: String(body),
    isBase64Encoded: false,
    requestContext: { http: { method: 'POST' } },
  }
  expect(await handler(event, {})).toEqual({ statusCode: 200, body: 'alice pays 10' })
  expect(await handler(event, {})).toMatchObject({ statusCode: 401 })
})

it('runs trusted-proxy.mjs', async () => {
  const { verify } = await run('trusted-proxy.mjs')
  expect(verify).toBeTypeOf('function')
})

it('runs upgrade.mjs', async () => {
  await run('upgrade.mjs')
  const port = await portOf()
  const upgrading: Shape = {
    ...shape,
    method: 'GET',
    headers: [
      ['Connection', 'Upgrade'],
      ['Upgrade', 'websocket'],
    ],
  }
  expect((await exchange(port, requestBytes(signedRequest(seconds(), upgrading)))).body).toBe('hello alice')
  expect((await exchange(port, requestBytes(unsignedRequest(upgrading)))).status).toBe(401)
})
