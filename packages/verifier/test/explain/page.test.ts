import type { Server } from 'node:http'
import { hmacSha256, importSigningKey } from '@countersign/core'
import { protect, type Verifier } from '@countersign/verifier/node'
import { expect, it, onTestFinished, vi } from 'vitest'
import { bankOptions, send, serve } from '../adapters/running-app.ts'
import { trustedKeys } from '../attacks/keys.ts'
import { addField, editField } from '../attacks/raw-request.ts'
import { signedRequest } from '../attacks/signed-request.ts'
import { readPage, run } from '../pages/page.ts'
import { freePort } from '../servers/server.ts'

const page = readPage('explain.md')
const now = (): number => Math.floor(Date.now() / 1000)

it('has no program that is not run here', () => {
  expect(page.programs).toEqual(['log.mjs', 'server.mjs', 'client.mjs', 'doctor.mjs'])
})

it('step 1 logs the code', async () => {
  const { createLoggedVerifier } = await run(page.block('// log.mjs'))
  const lines: string[] = []
  const verify = createLoggedVerifier!(
    ...([await bankOptions(), (line: string) => lines.push(line)] as never[]),
  ) as Verifier
  const port = await serve(protect(verify, () => {}))
  await send(
    port,
    editField(signedRequest(now()), 'content-type', () => 'text/html'),
  )
  expect(lines).toEqual(['invalid_signature: the signature does not verify'])
})

it('step 2 names the component', async () => {
  const { createExplainingVerifier } = await run(page.block('// server.mjs'))
  const { createTalkingFetch } = await run(page.block('// client.mjs'))
  const verify = createExplainingVerifier!((await bankOptions()) as never) as Verifier
  const port = await serve(protect(verify, () => {}))
  const warned = vi.spyOn(console, 'warn').mockReturnValue()
  onTestFinished(() => warned.mockRestore())
  const key = await importSigningKey(hmacSha256, { secret: new Uint8Array(32) }, { keyId: 'alice' })
  await (createTalkingFetch!(key as never) as typeof fetch)(`http://127.0.0.1:${port}/`)
  expect(`${warned.mock.calls[0]?.[0]}\n`).toBe(page.block('"@authority": the server'))
})

it('step 3 proves what a proxy did', async () => {
  const { startDoctor } = await run(page.block('// doctor.mjs'))
  const port = await freePort()
  const server = startDoctor!(...([await trustedKeys(), port] as never[])) as Server
  onTestFinished(() => void server.close())
  const request = signedRequest(now(), { authority: 'api.bank.example' })
  const { body } = await send(port, addField(request, 'X-Forwarded-Host', 'api.bank.example'))
  expect(body).toBe(page.block('authority (proven)'))
})

it('lists every cause', async () => {
  const table = page.text.slice(page.text.indexOf('| Cause |'))
  const causes = ['signature-fields', 'authority', 'scheme', 'path', 'query', 'method', 'field', 'missing-field']
  for (const cause of [...causes, 'parameters', 'signer', 'key', 'algorithm', 'body', 'clock']) {
    expect(table).toContain(`\`${cause}\``)
  }
})
