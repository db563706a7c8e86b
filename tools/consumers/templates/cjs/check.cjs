// Run by Node: requires all there is to require, and lets requests in once.
const assert = require('node:assert/strict')
const { addedTo, surroundings } = require('./surroundings.cjs')
const { code, json } = require('./importables.json')

const before = surroundings()
for (const specifier of code) assert(Object.keys(require(specifier)).length > 0, specifier)
assert.deepEqual(addedTo(before), [], 'a module has side effects')
for (const specifier of json) assert.equal(typeof require(specifier), 'object', specifier)

const core = require('@countersign/core')
const client = require('@countersign/client')
const verifier = require('@countersign/verifier')
const adapter = require('@countersign/verifier/node')
const { exchange } = require('./exchange.cjs')

async function check() {
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
  await meetTheOtherKind()
  console.log(code.length + json.length)
}

/** A program may hold both builds at once, by its own require and by a dependency's import. */
async function meetTheOtherKind() {
  const imported = {
    core: await import('@countersign/core'),
    client: await import('@countersign/client'),
    verifier: await import('@countersign/verifier'),
    adapter: await import('@countersign/verifier/node'),
  }
  assert.notEqual(imported.core, core)
  assert(core.isSignatureError(new imported.core.SignatureError('replayed', 'test')))
  const keys = await core.generateKey(core.ed25519)
  await exchange({ core, client, verifier: imported.verifier, adapter }, keys)
  await exchange({ core, client: imported.client, verifier, adapter: imported.adapter }, keys)
}

check()
