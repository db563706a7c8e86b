import { generateKey, hmacSha256, type SigningKey } from '@countersign/core'
import ky from 'ky'
import createClient from 'openapi-fetch'
import { beforeAll, expect, it } from 'vitest'
import { createSignedFetch } from '../src/index.ts'
import { startServer } from './loopback-server.ts'

let key: SigningKey

beforeAll(async () => {
  key = (await generateKey(hmacSha256, { keyId: 'alice' })).signingKey
})

it('is the fetch of ky, each retry with a nonce of its own', async () => {
  const server = await startServer((_request, response) => {
    response.writeHead(server.seen.length === 1 ? 503 : 200, { 'content-type': 'application/json' }).end('{"ok":true}')
  })
  const api = ky.create({ prefixUrl: server.origin, fetch: createSignedFetch({ key }), retry: { delay: () => 1 } })
  const answer = await api.put('transfers', { json: { amount: 5 } }).json()
  expect(answer).toEqual({ ok: true })
  const inputs = server.seen.map(({ headers }) => headers['signature-input']!)
  expect(inputs).toHaveLength(2)
  expect(inputs[0]).toContain('"content-digest" "content-type"')
  expect(inputs[0]).not.toBe(inputs[1])
  expect(server.seen[1]!.body.toString()).toBe('{"amount":5}')
})

it('is the fetch of openapi-fetch', async () => {
  interface Paths {
    '/transfers/{id}': {
      put: {
        parameters: { path: { id: string }; query: { dry: boolean } }
        requestBody: { content: { 'application/json': { amount: number } } }
        responses: { 200: { content: { 'application/json': { ok: boolean } } } }
      }
    }
  }
  const server = await startServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}')
  })
  const client = createClient<Paths>({ baseUrl: server.origin, fetch: createSignedFetch({ key }) })
  const { data } = await client.PUT('/transfers/{id}', {
    params: { path: { id: 'a b' }, query: { dry: true } },
    body: { amount: 5 },
  })
  expect(data).toEqual({ ok: true })
  expect(server.seen[0]).toMatchObject({ method: 'PUT', target: '/transfers/a%20b?dry=true' })
  expect(server.seen[0]!.headers['signature-input']).toContain('"content-digest" "content-type"')
})
