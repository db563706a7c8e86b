import { createSignedFetch, readProblem } from '@countersign/client'
import { ed25519, importSigningKey } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { createKeys } from '../keys.mjs'
import { runtimes } from '../runtimes.mjs'

const servers = runtimes.filter((runtime) => runtime.serve !== undefined)

describe('a server with protect', () => {
  it('is there for Node, Deno, Bun and workerd', () => {
    expect(servers.map(({ name }) => name)).toEqual(['node20', 'node22', 'node24', 'node26', 'deno', 'bun', 'workerd'])
  })

  it.for(servers)(
    'on $title lets a request in once',
    { timeout: 60_000 },
    async ({ name, available, serve }, { skip }) => {
      const presence = await available()
      if (presence !== true) {
        expect(process.env['CI'], `${name} must not be absent on CI: ${presence}`).toBeFalsy()
        console.warn(`SKIPPED: ${name}: ${presence}`)
        return skip(presence)
      }
      const keys = createKeys()
      const { origin, close } = await serve!({ keys })
      try {
        await callTwice(`${origin}/transfers?from=a%20b`, keys.find(({ algorithm }) => algorithm === 'ed25519')!)
      } finally {
        await close()
      }
    },
  )
})

type Key = ReturnType<typeof createKeys>[number]

async function callTwice(url: string, { keyId, privateJwk }: Key): Promise<void> {
  const sent: Request[] = []
  const signedFetch = createSignedFetch({
    key: await importSigningKey(ed25519, { jwk: privateJwk }, { keyId }),
    fetch: (input, init) => {
      sent.push((input as Request).clone())
      return fetch(input, init)
    },
  })
  const body = { to: 'b\u00f6b', amount: 10 }
  const call = () =>
    signedFetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

  const first = await call()
  expect([first.status, await first.json()]).toEqual([200, { keyId, count: 1, received: body }])

  const replayed = await fetch(sent[0]!.clone())
  expect([replayed.status, (await readProblem(replayed))?.kind]).toEqual([401, 'replayed'])

  const altered = await fetch(new Request(sent[0]!, { body: '{"to":"eve"}' }))
  expect([altered.status, (await readProblem(altered))?.kind]).toEqual([401, 'invalid'])

  const second = await call()
  expect([second.status, await second.json()]).toEqual([200, { keyId, count: 2, received: body }])
}
