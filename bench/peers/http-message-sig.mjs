/** http-message-sig: RFC 9421 alone, with cryptography that the caller brings: the fastest of Node. */
import { createHmac, hash, sign, timingSafeEqual, verify } from 'node:crypto'
import { createSignature, verifySignature } from 'http-message-sig'
import {
  components,
  freshParameters,
  keyId,
  must,
  mustRefuse,
  plainHeaders,
  signedRequests,
  tampered,
  url,
} from '../message.mjs'

const name = 'http-message-sig'

export function signer({ alg, body, keys }) {
  const { mac, privateKey } = secretsOf(keys)
  const own = { algorithm: alg, sign: alg === 'ed25519' ? (data) => sign(null, data, privateKey) : mac }
  const prepare = (count) =>
    Array.from({ length: count }, () => ({ fields: fieldsOf(plainHeaders(body)), parameters: freshParameters(alg) }))
  const run = async ({ fields, parameters }) => {
    fields.push({ name: 'Content-Digest', value: `sha-256=:${hash('sha256', body, 'base64')}:` })
    const message = { kind: 'request', method: 'POST', targetUri: url, fields }
    const signed = await createSignature(message, { label: 'sig1', components, parameters, signer: own })
    fields.push(
      { name: 'Signature-Input', value: signed.signatureInput },
      { name: 'Signature', value: signed.signature },
    )
    return fields
  }
  const check = async () => {
    const fields = await run(prepare(1)[0])
    must(await verifier({ alg, body, keys }).run({ fields, body }), `${name} does not verify what it signs`)
  }
  return { name, prepare, run, check }
}

export function verifier({ alg, body, keys }) {
  const { mac, publicKey } = secretsOf(keys)
  const isValid =
    alg === 'ed25519'
      ? (data, signature) => verify(null, data, publicKey, signature)
      : (data, signature) => signature.length === 32 && timingSafeEqual(mac(data), signature)
  const trusted = { algorithm: alg, verify: isValid }
  const options = {
    policy: {
      algorithms: [alg],
      requiredComponents: components,
      requiredParameters: ['created', 'nonce', 'keyid'],
      maxAge: 60,
      clockSkew: 10,
    },
    resolveVerifier: ({ parameters }) => {
      if (parameters.keyid !== keyId) throw new Error('unknown key')
      return trusted
    },
  }
  const prepare = async (count) => {
    const requests = await signedRequests(count, { alg, key: keys[alg].signing, body })
    return requests.map(({ headers }) => ({ fields: fieldsOf(headers), body }))
  }
  const run = async ({ fields, body, method = 'POST' }) => {
    const digest = fields.find((field) => field.name === 'Content-Digest').value
    if (digest !== `sha-256=:${hash('sha256', body, 'base64')}:`) return false
    return verifySignature({ kind: 'request', method, targetUri: url, fields }, options)
  }
  const check = async () => {
    const [request] = await prepare(1)
    must(await run(request), `${name} refuses a good request`)
    await mustRefuse(name, () => run(tampered(request)))
    await mustRefuse(name, () => run({ ...request, method: 'PUT' }))
  }
  return { name, prepare, run, check }
}

function secretsOf({ secretKey, privateKey, publicKey }) {
  return { privateKey, publicKey, mac: (data) => createHmac('sha256', secretKey).update(data).digest() }
}

function fieldsOf(headers) {
  return headers.map(([field, value]) => ({ name: field, value }))
}
