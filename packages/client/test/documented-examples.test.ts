import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { hmacSha256, importVerifyingKey, type NamedJwk, type VerifyingKey } from '@countersign/core'
import { createMemoryReplayStore } from '@countersign/verifier'
import { createVerifier, protect } from '@countersign/verifier/node'
import { initTRPC } from '@trpc/server'
import { fetchRequestHandler } from '@trpc/server/adapters/fetch'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { secret } from './key.ts'

const page = readFileSync(fileURLToPath(new URL('../../../docs/client.md', import.meta.url)), 'utf8')
const closers: (() => void)[] = []
let folder: string
let origin: string
const keys = new Map<string, VerifyingKey>()

/** What the bank of the page pays. */
const paid: unknown[] = []
function pay(order: unknown): { paid: unknown } {
  paid.push(order)
  return { paid: order }
}

const { procedure, router } = initTRPC.create()
const bankRouter = router({
  transfer: procedure.input((value: unknown) => value as object).mutation(({ input }) => pay(input)),
})

/** A bank that lets in signed requests only, except where a page registers its key. */
async function startBank(): Promise<string> {
  let listener: RequestListener = () => {}
  const server = createServer((request, response) => listener(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => server.close().closeAllConnections())
  const here = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const replayStore = createMemoryReplayStore({ startsFresh: true })
  const verify = createVerifier({ keys: async (keyId) => keys.get(keyId), replayStore, origin: here })
  const signed = protect(verify, async (request, response, { body, json }) => {
    response.setHeader('content-type', 'application/json')
    if (!request.url!.startsWith('/trpc')) return void response.end(JSON.stringify(pay(json())))
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body }
    const req = new Request(here + request.url, init)
    const answer = await fetchRequestHandler({ endpoint: '/trpc', req, router: bankRouter })
    response.writeHead(answer.status).end(await answer.text())
  })
  const late = createVerifier({ keys: [...keys.values()], replayStore, origin: here, clock: () => 1_795_305_600_000 })
  const routes: Readonly<Record<string, RequestListener>> = {
    '/too-late': protect(late, () => {}),
    '/keys': async (request, response) => {
      const chunks: Uint8Array[] = []
      for await (const chunk of request) chunks.push(chunk as Uint8Array)
      const jwk = JSON.parse(Buffer.concat(chunks).toString()) as NamedJwk
      const { ed25519 } = await import('@countersign/core')
      const key = await importVerifyingKey(ed25519, { jwk })
      keys.set(key.keyId, key)
      response.end()
    },
  }
  listener = (request, response) => void (routes[request.url!] ?? signed)(request, response)
  return here
}

/** Writes each block that begins with a file name, for the loopback bank. */
function writeExamples(): string[] {
  const blocks = [...page.matchAll(/```js\n(\/\/ ([a-z-]+\.js)\n[\s\S]*?)```/g)]
  for (const [, text = '', name = ''] of blocks) {
    writeFileSync(`${folder}/${name}`, text.replaceAll('https://bank.example', origin))
  }
  return blocks.map(([, , name = '']) => name)
}

let examples: string[]

beforeAll(async () => {
  keys.set('alice', await importVerifyingKey(hmacSha256, { secret }, { keyId: 'alice' }))
  origin = await startBank()
  vi.stubEnv('BANK_SECRET', Buffer.from(secret).toString('base64'))
  // Within the package, so that the libraries are found.
  folder = mkdtempSync(fileURLToPath(new URL('.documented-', import.meta.url)))
  examples = writeExamples()
})

afterAll(() => {
  for (const close of closers) close()
  rmSync(folder, { recursive: true, force: true })
  vi.unstubAllEnvs()
  vi.unstubAllGlobals()
})

async function run(name: string): Promise<Record<string, unknown>> {
  return import(/* @vite-ignore */ `${folder}/${name}`)
}

describe('docs/client.md', () => {
  const order = { to: 'bob', amount: 10 }

  it('has no example that is not run here', () => {
    const run = ['ky.js', 'axios.js', 'openapi-fetch.js', 'trpc.js', 'problem.js', 'service-worker.js']
    expect([...examples].sort()).toEqual([...run, 'signed-fetch.js'].sort())
  })

  it.each(['ky.js', 'axios.js', 'openapi-fetch.js', 'trpc.js'])('%s pays once', async (name) => {
    paid.length = 0
    expect(await run(name)).toMatchObject({ answer: { paid: order } })
    expect(paid).toEqual([order])
  })

  it('problem.js reads the refusal of a server with another time', async () => {
    const { problem } = await run('problem.js')
    expect(problem).toMatchObject({ kind: 'stale', status: 401, serverTime: 1_795_305_600 })
  })

  it('service-worker.js signs what goes to the API, with a key that was registered', async () => {
    let listener = (_event: unknown): void => {}
    vi.stubGlobal('self', {
      addEventListener: (_type: string, given: typeof listener) => {
        listener = given
      },
    })
    await run('service-worker.js')
    const ask = (url: string, init?: RequestInit): Promise<Response> | undefined => {
      let answer: Promise<Response> | undefined
      const request = new Request(url, init)
      listener({ request, respondWith: (given: Promise<Response>) => (answer = given) })
      return answer
    }
    paid.length = 0
    const response = await ask(`${origin}/transfers`, { method: 'POST', body: JSON.stringify(order) })
    expect(await response?.json()).toEqual({ paid: order })
    expect(ask('https://elsewhere.example/')).toBeUndefined()
  })

  it('names every option with its default', async () => {
    const { createSignedFetch, retries } = await import('../src/index.ts')
    const known = (make: () => unknown): string[] => {
      try {
        make()
      } catch (error) {
        return (error as Error).message.replace(/^.* It has: /, '').split(', ')
      }
      throw new Error('an unknown option was taken')
    }
    const options = [
      ...known(() => createSignedFetch({ unknown: 1 } as never)),
      ...known(() => retries({ unknown: 1 } as never)),
    ]
    expect(options.length).toBeGreaterThan(15)
    for (const option of options) expect(page).toMatch(new RegExp(`^\\| \`${option}\` \\|.*\\|.*\\|$`, 'm'))
  })
})
