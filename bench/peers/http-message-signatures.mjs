/** http-message-signatures: RFC 9421 alone, so the digest is made and compared by hand. */
import { hash } from 'node:crypto'
import { createSigner, createVerifier, httpbis } from 'http-message-signatures'
import { components, freshParameters, keyId, must, mustRefuse, signedRequests, tampered, url } from '../message.mjs'

const name = 'http-message-signatures'
const params = ['created', 'nonce', 'keyid', 'alg']

export function signer({ alg, body, keys }) {
  const key = createSigner(alg === 'ed25519' ? keys.privateKey : keys.secretKey, alg, keyId)
  const prepare = (count) => Array.from({ length: count }, () => ({ headers: plain(body), ...freshParameters(alg) }))
  const run = ({ headers, created, nonce }) => {
    headers['content-digest'] = `sha-256=:${hash('sha256', body, 'base64')}:`
    const paramValues = { created: new Date(created * 1000), nonce }
    return httpbis.signMessage(
      { key, name: 'sig1', fields: components, params, paramValues },
      { method: 'POST', url, headers },
    )
  }
  const check = async () => {
    const verify = verifier({ alg, body, keys })
    const signed = await run(prepare(1)[0])
    const headers = Object.fromEntries(
      Object.entries(signed.headers).map(([field, value]) => [field.toLowerCase(), value]),
    )
    must(await verify.run({ method: 'POST', url, headers, body }), `${name} does not verify what it signs`)
  }
  return { name, prepare, run, check }
}

export function verifier({ alg, body, keys }) {
  const key = alg === 'ed25519' ? keys.publicKey : keys.secretKey
  const trusted = { id: keyId, algs: [alg], verify: createVerifier(key, alg) }
  const config = {
    keyLookup: async ({ keyid }) => (keyid === keyId ? trusted : null),
    requiredFields: components,
    requiredParams: ['created', 'nonce', 'keyid'],
    maxAge: 60,
    tolerance: 10,
  }
  const prepare = async (count) => {
    const requests = await signedRequests(count, { alg, key: keys[alg].signing, body })
    return requests.map(({ headers }) => ({ method: 'POST', url, headers: lowerCase(headers), body }))
  }
  const run = async (request) => {
    if (request.headers['content-digest'] !== `sha-256=:${hash('sha256', request.body, 'base64')}:`) return false
    return httpbis.verifyMessage(config, request)
  }
  const check = async () => {
    const [request] = await prepare(1)
    must(await run(request), `${name} refuses a good request`)
    await mustRefuse(name, () => run(tampered(request)))
    await mustRefuse(name, () => run({ ...request, method: 'PUT' }))
  }
  return { name, prepare, run, check }
}

/** Fields as Node gives them. */
export function lowerCase(headers) {
  return Object.fromEntries(headers.map(([field, value]) => [field.toLowerCase(), value]))
}

function plain(body) {
  return { host: 'bank.example', 'content-type': 'application/json', 'content-length': String(body.length) }
}
