/* What was verified is kept with a request: for that one object alone, and out of what gets logged. */
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { inspect } from 'node:util'
import { createVerifier, verifiedOf } from '@countersign/verifier/express'
import { expect, it } from 'vitest'
import { signedRequest } from '../attacks/signed-request.ts'
import { bankOptions } from './running-app.ts'

async function verifiedRequest(): Promise<IncomingMessage> {
  const { method, target, headers } = signedRequest(Math.floor(Date.now() / 1000), { method: 'GET' })
  const head = { method, url: target, headers: {}, rawHeaders: headers.flat() }
  const request = Object.assign(Readable.from([]), head) as unknown as IncomingMessage
  await createVerifier(await bankOptions())(request)
  return request
}

it('tells what was verified of the request itself', async () => {
  expect(verifiedOf(await verifiedRequest())).toMatchObject({ keyId: 'alice' })
})

it.each([
  ['a copy', (request: IncomingMessage) => ({ ...request })],
  ['a copy into another request', (request: IncomingMessage) => Object.assign(Readable.from([]), request)],
  ['an object that inherits from it', (request: IncomingMessage) => Object.create(request)],
  ['a proxy of it', (request: IncomingMessage) => new Proxy(request, {})],
])('was not verified: %s', async (_what, derive) => {
  const derived = derive(await verifiedRequest())
  expect(() => verifiedOf(derived as IncomingMessage)).toThrow(TypeError)
})

it('refuses to verify the same request twice', async () => {
  const request = await verifiedRequest()
  const again = createVerifier(await bankOptions())(request)
  await expect(again).rejects.toThrow(/this request was verified before/)
})

it('shows nothing of it to whoever logs the request', async () => {
  const request = await verifiedRequest()
  expect(inspect(request, { depth: 9, showHidden: true })).not.toMatch(/keyId|principal|replayChecked/)
  expect(JSON.stringify({ ...request, socket: undefined })).not.toMatch(/keyId|principal|replayChecked/)
})
