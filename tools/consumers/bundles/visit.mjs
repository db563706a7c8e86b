// Run in a project by `node --experimental-vm-modules`, with FOLDER START KIND: opens a page on a bundle, uses what it
// has put there, and checks that against the installed packages. Prints the files that were loaded at once.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createSignedFetch } from '@countersign/client'
import { ed25519, generateKey, hmacSha256, importVerifyingKey } from '@countersign/core'
import { createMemoryReplayStore, createVerifier } from '@countersign/verifier'
import { openPage } from './page.mjs'

const [folder, start, kind] = process.argv.slice(2)
const origin = 'https://bank.example'
const transfer = `${origin}/transfers?to=bob`

/** @param {import('./page.mjs').Page} page */
async function checkSigning(page, algorithm) {
  const { verifyingKey, privateJwk } = await generateKey(algorithm, { keyId: 'page', extractable: true })
  const source = algorithm === hmacSha256 ? { secret: privateJwk.k } : { jwk: privateJwk }
  const [request, ...more] = await page.run(readFileSync('sign-in-page.js', 'utf8'), { keySource: source })
  assert.equal(more.length, 0)
  const replayStore = createMemoryReplayStore({ startsFresh: true })
  const verify = createVerifier({ keys: [verifyingKey], replayStore, origin })
  const altered = new Request(request.clone(), { body: '{"amount":99}' })
  await assert.rejects(verify(altered), { code: 'digest_mismatch' })
  assert.equal((await verify(request.clone())).keyId, 'page')
  await assert.rejects(verify(request), { code: 'replayed' })
}

/** @param {import('./page.mjs').Page} page */
async function checkVerifying(page) {
  const { signingKey, publicJwk } = await generateKey(ed25519, { keyId: 'page' })
  const sent = []
  const send = async (request) => {
    sent.push(request)
    return new Response()
  }
  await createSignedFetch({ key: signingKey, fetch: send })(transfer, { method: 'POST', body: '{}' })
  const verifyingKey = await importVerifyingKey(ed25519, { jwk: publicJwk })
  const outcome = await page.run(readFileSync('verify-in-page.js', 'utf8'), { verifyingKey, request: sent[0] })
  assert.deepEqual({ ...outcome }, { keyId: 'page', refusal: 'replayed' })
}

const page = await openPage(folder, { start, kind })
if (start === 'sign-hmac.js') await checkSigning(page, hmacSha256)
if (start === 'sign-ed25519.js') await checkSigning(page, ed25519)
if (start === 'verify.js') await checkVerifying(page)
console.log(JSON.stringify(page.eager))
