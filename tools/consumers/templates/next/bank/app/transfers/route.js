import { ed25519, importVerifyingKey } from '@countersign/core'
import { createMemoryReplayStore, createVerifier, protect } from '@countersign/verifier'

const keys = new Map()
let transfers = 0

const verify = createVerifier({
  keys: (keyId) => keys.get(keyId),
  replayStore: createMemoryReplayStore({ startsFresh: true }),
  // What Next shows in request.url is the host it was configured with, not what clients call it.
  origin: () => process.env.ORIGIN,
})

export async function PUT(request) {
  const jwk = await request.json()
  keys.set(jwk.kid, await importVerifyingKey(ed25519, { jwk }))
  return new Response(null, { status: 204 })
}

export const POST = protect(verify, async (request) => {
  transfers++
  const { amount } = await request.json()
  return new Response(`transfer ${transfers}: ${amount}`)
})
