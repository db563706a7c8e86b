/**
 * The cryptography alone, by the fastest synchronous primitives that Node has: what nobody who does the same work can be
 * faster than. SHA-256 of the body, and HMAC as two hashes over padded keys, or Ed25519. The base is at hand as text.
 */
import { createHmac, hash, sign, verify } from 'node:crypto'
import { must, signedRequests } from './message.mjs'

/** HMAC-SHA-256 by two calls of `crypto.hash`, over arrays that are made once: half the time of `createHmac`. */
export function bareHmac(secret) {
  const inner = Buffer.alloc(64 + 4096, 0x36)
  const outer = Buffer.alloc(64 + 32, 0x5c)
  for (const [index, byte] of secret.entries()) {
    inner[index] ^= byte
    outer[index] ^= byte
  }
  return (text) => {
    const length = inner.latin1Write(text, 64)
    outer.latin1Write(hash('sha256', inner.subarray(0, 64 + length), 'binary'), 64)
    return hash('sha256', outer, 'base64')
  }
}

/** @returns {import('./rounds.mjs').Contestant} */
export function bare({ alg, direction, body, keys }) {
  const prepare = (count) => signedRequests(count, { alg, key: keys[alg].signing, body })
  const hmac = bareHmac(keys.secret)
  const name = `bare ${alg === 'ed25519' ? 'SHA-256 + Ed25519' : 'SHA-256 + HMAC'}`
  const check = async () => {
    const [{ base }] = await prepare(1)
    const expected = createHmac('sha256', keys.secret).update(base).digest('base64')
    must(hmac(base) === expected, 'the bare HMAC is wrong')
  }
  if (alg === 'hmac-sha256') {
    return { name, prepare, check, run: ({ base }) => [hash('sha256', body, 'base64'), hmac(base)] }
  }
  const bytesOf = (base) => Buffer.from(base, 'latin1')
  if (direction === 'sign') {
    const run = ({ base }) => [hash('sha256', body, 'base64'), sign(null, bytesOf(base), keys.privateKey)]
    return { name, prepare, check, run }
  }
  const run = ({ base, signature }) => [
    hash('sha256', body, 'base64'),
    verify(null, bytesOf(base), keys.publicKey, signature),
  ]
  return { name, prepare: withSignatures(prepare), check: checkVerify(withSignatures(prepare), run), run }
}

/** Adds the bytes of the signatures. */
function withSignatures(prepare) {
  return async (count) => {
    const requests = await prepare(count)
    return requests.map((request) => ({
      ...request,
      signature: Buffer.from(request.headers.at(-1)[1].split(':')[1], 'base64'),
    }))
  }
}

function checkVerify(prepare, run) {
  return async () => {
    const [request] = await prepare(1)
    must(run(request)[1], 'the bare Ed25519 refuses a signature')
    must(!run({ ...request, base: `${request.base}x` })[1], 'the bare Ed25519 accepts another base')
  }
}
