/*
 * Requests that no socket brought, as serverless-http, light-my-request and tests make them: they claim to be complete
 * before anything was read. What is verified must be all that a body parser reads afterwards.
 */
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { createVerifier } from '@countersign/verifier/node'
import { expect, it } from 'vitest'
import { signedRequest } from '../attacks/signed-request.ts'
import { streamedBody } from '../attacks/streamed-body.ts'
import { bankOptions } from './running-app.ts'

const { method, target, headers } = signedRequest(Math.floor(Date.now() / 1000), { method: 'DELETE' })

/** A request whose body comes piece by piece, each when it is asked for. */
function madeUp(head: { rawHeaders: string[] }, pieces: readonly string[], claims: object): IncomingMessage {
  const left = [...pieces]
  const stream = new Readable({
    read() {
      setImmediate(() => this.push(left.shift() ?? null))
    },
  })
  return Object.assign(stream, { method, url: target, headers: {}, ...head, ...claims }) as unknown as IncomingMessage
}

const claims: readonly (readonly [what: string, claims: object])[] = [
  ['complete from the start', { complete: true }],
  ['never complete', { complete: false }],
  ['of which nobody says whether it is complete', {}],
]

it.each(claims)('attack 46: a body added to a request that is %s', async (_what, claim) => {
  const verify = createVerifier(await bankOptions())
  for (const extra of [[], ['Content-Length', '0']]) {
    const rawHeaders = [...headers.flat(), ...extra]
    await expect(verify(madeUp({ rawHeaders }, ['add', 'ed'], claim))).rejects.toMatchObject({ code: 'missing_digest' })
  }
  await expect(verify(madeUp({ rawHeaders: headers.flat() }, [], claim))).resolves.toMatchObject({ keyId: 'alice' })
})

it.each(claims)('puts back the whole of a body: %s', async (_what, claim) => {
  const signed = signedRequest(Math.floor(Date.now() / 1000))
  const made = madeUp({ rawHeaders: signed.headers.flat() }, ['{"amo', 'unt"', ':10}'], claim)
  const posted = Object.assign(made, { method: signed.method, url: signed.target })
  const verified = await createVerifier(await bankOptions())(posted)
  expect(verified.json()).toEqual({ amount: 10 })
  expect(Buffer.from(await streamedBody(posted)).toString()).toBe('{"amount":10}')
})

it('takes a body from a stream that hides its state, and puts nothing back that nobody could read', async () => {
  const signed = signedRequest(Math.floor(Date.now() / 1000))
  const made = madeUp({ rawHeaders: signed.headers.flat() }, ['{"amount":10}'], {})
  const hidden = new Proxy(made, {
    get: (stream, name) => {
      if (name === '_readableState') return undefined
      const value: unknown = Reflect.get(stream, name, stream)
      return typeof value === 'function' ? value.bind(stream) : value
    },
  })
  const posted = Object.assign(hidden, { method: signed.method, url: signed.target })
  const verified = await createVerifier(await bankOptions())(posted)
  expect(verified.json()).toEqual({ amount: 10 })
})
