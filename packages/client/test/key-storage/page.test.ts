import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { IDBFactory } from 'fake-indexeddb'
import { expect, it, onTestFinished, vi } from 'vitest'
import type { KeyStore } from '../../src/key-storage/index.ts'

const root = fileURLToPath(new URL('../../../..', import.meta.url))

interface DeviceKeyPage {
  readonly store: KeyStore
  readonly signedFetch: typeof fetch
}

/** Runs the program of docs/browser-keys.md, with the packages from their sources. */
async function runPage(): Promise<DeviceKeyPage> {
  const page = readFileSync(join(root, 'docs', 'browser-keys.md'), 'utf8')
  const [, code = ''] = /^```js\n(\/\/ device-key\.mjs\n.*?)^```$/ms.exec(page)!
  const folder = mkdtempSync(join(tmpdir(), 'countersign-page-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const outfile = join(folder, 'bundle.mjs')
  await build({
    stdin: { contents: code, resolveDir: root },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: ['@countersign/source'],
    nodePaths: [join(root, 'node_modules')],
    logLevel: 'error',
  })
  return import(pathToFileURL(outfile).href)
}

it('the program of docs/browser-keys.md enrols a key, signs with it and rotates it', async () => {
  const requests: Request[] = []
  vi.stubGlobal('indexedDB', new IDBFactory())
  vi.stubGlobal('account', { id: 'alice' })
  vi.stubGlobal('fetch', async (input: RequestInfo, init?: RequestInit) => {
    requests.push(new Request(input, init))
    return new Response(null, { status: 201 })
  })
  onTestFinished(() => {
    vi.unstubAllGlobals()
  })
  const { store, signedFetch } = await runPage()
  await signedFetch('https://bank.example/transfers')
  await store.rotate()
  const [first, transfer, second] = requests
  expect(requests).toHaveLength(3)
  const { keyId, publicJwk } = await first!.json()
  expect([publicJwk.crv, publicJwk.d, first!.headers.has('signature')]).toEqual(['Ed25519', undefined, false])
  // The key that the server has signs for the next one.
  for (const request of [transfer, second]) {
    expect(request!.headers.get('signature-input')).toContain(`;keyid="${keyId}"`)
  }
  expect((await second!.json()).keyId).toBe((await store.key()).keyId)
})
