// Run by Node: imports all there is to import, and lets requests in once.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { exchange } from './exchange.cjs'
import { addedTo, surroundings } from './surroundings.cjs'

const { code, json } = JSON.parse(readFileSync(new URL('importables.json', import.meta.url), 'utf8'))
const require = createRequire(import.meta.url)

const before = surroundings()
for (const specifier of code) assert(Object.keys(await import(specifier)).length > 0, specifier)
assert.deepEqual(addedTo(before), [], 'a module has side effects')
// The oldest Node has no import of JSON that the newest understands.
for (const specifier of json) assert.equal(typeof require(specifier), 'object', specifier)

const client = await import('@countersign/client')
const core = await import('@countersign/core')
const verifier = await import('@countersign/verifier')
const adapter = await import('@countersign/verifier/node')

const secret = new Uint8Array(32).fill(7)
await exchange(
  { core, client, verifier, adapter },
  {
    signingKey: await core.importSigningKey(core.hmacSha256, { secret }, { keyId: 'alice' }),
    verifyingKey: await core.importVerifyingKey(core.hmacSha256, { secret }, { keyId: 'alice' }),
  },
)
for (const algorithm of [core.ed25519, core.ecdsaP256Sha256]) {
  await exchange({ core, client, verifier, adapter }, await core.generateKey(algorithm))
}
console.log(code.length + json.length)
