import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSignedFetch } from '@countersign/client'
import { hmacSha256, importSigningKey } from '@countersign/core'
import { expect, it, onTestFinished, vi } from 'vitest'
import { bankOptions, send } from '../adapters/running-app.ts'
import { hmacKey } from '../attacks/raw-signer.ts'
import { signedRequest } from '../attacks/signed-request.ts'
import { readPage, run } from '../pages/page.ts'
import { freePort } from '../servers/server.ts'

const page = readPage('streaming.md')

it('has no program that is not run here', () => {
  expect(page.programs).toEqual(['server.mjs', 'fetch-server.mjs'])
})

it('has a server that stores what was signed, and nothing else', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-streaming-page-'))
  const secret = Buffer.alloc(32, 7)
  vi.stubEnv('BANK_SECRET', secret.toString('base64'))
  const port = await freePort()
  const code = page
    .block('// server.mjs')
    .replaceAll('3000', String(port))
    .replace('\ncreateServer(', '\nexport const server = createServer(')
    .replace('`upload-', `\`${folder}/upload-`)
    .replace("'statement.pdf'", `'${folder}/statement.pdf'`)
  const { server } = (await run(code)) as unknown as { server: Server }
  onTestFinished(() => {
    vi.unstubAllEnvs()
    server.close()
    server.closeAllConnections()
    rmSync(folder, { recursive: true, force: true })
  })
  const request = signedRequest(Math.floor(Date.now() / 1000), {
    authority: `127.0.0.1:${port}`,
    key: hmacKey('alice', secret),
    body: 'the statement',
  })
  expect(await send(port, { ...request, body: Buffer.from('a statement!!') })).toMatchObject({ status: 401 })
  expect([existsSync(`${folder}/statement.pdf`), readdirSync(folder)]).toEqual([false, []])
  const key = await importSigningKey(hmacSha256, { secret }, { keyId: 'alice' })
  const init = { method: 'POST', body: 'the statement' }
  const stored = await createSignedFetch({ key })(`http://127.0.0.1:${port}/`, init)
  expect([stored.status, await stored.text()]).toEqual([200, 'stored'])
  expect(readdirSync(folder)).toEqual(['statement.pdf'])
  expect(readFileSync(`${folder}/statement.pdf`, 'utf8')).toBe('the statement')
})

it('has a handler of the Fetch API', async () => {
  const { createHandler } = await run(page.block('// fetch-server.mjs'))
  const put: string[] = []
  const bucket = {
    put: async (name: string, body: ReadableStream) => put.push(name, await new Response(body).text()),
  }
  const handle = createHandler!(...([await bankOptions(), bucket] as never[])) as (
    request: Request,
  ) => Promise<Response>
  const { method, target, headers, body } = signedRequest(Math.floor(Date.now() / 1000))
  const sent = (text: BodyInit): Request => {
    const lines = headers.map(([name, value]): [string, string] => [name, value])
    return new Request(`https://bank.example${target}`, { method, headers: lines, body: text })
  }
  expect((await handle(sent(new Uint8Array(body!)))).status).toBe(200)
  expect(put).toEqual(['upload of alice', String(body)])
})
