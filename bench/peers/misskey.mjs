/** @misskey-dev/node-http-message-signatures: of RFC 9421 it makes the base; cryptography and digest are by hand. */
import { createHmac, hash, sign, timingSafeEqual, verify } from 'node:crypto'
import { RFC9421SignatureBaseFactory } from '@misskey-dev/node-http-message-signatures'
import { components, freshParameters, must, mustRefuse, signedRequests, tampered, target } from '../message.mjs'
import { lowerCase } from './http-message-signatures.mjs'

const name = '@misskey-dev/node-http-message-signatures'

export function signer({ alg, body, keys }) {
  const { signBytes } = cryptographyOf(alg, keys)
  const prepare = (count) => Array.from({ length: count }, () => freshParameters(alg))
  const list = components.map((component) => `"${component}"`).join(' ')
  const run = ({ created, nonce, keyid }) => {
    const headers = { host: 'bank.example', 'content-type': 'application/json', 'content-length': String(body.length) }
    headers['content-digest'] = `sha-256=:${hash('sha256', body, 'base64')}:`
    headers['signature-input'] = `sig1=(${list});created=${created};nonce="${nonce}";keyid="${keyid}";alg="${alg}"`
    const signature = signBytes(Buffer.from(baseOf('POST', headers), 'latin1'))
    headers.signature = `sig1=:${signature.toString('base64')}:`
    return headers
  }
  const check = async () => {
    const headers = run(prepare(1)[0])
    must(verifier({ alg, body, keys }).run({ method: 'POST', headers, body }), `${name} does not verify what it signs`)
  }
  return { name, prepare, run, check }
}

export function verifier({ alg, body, keys }) {
  const { isValid } = cryptographyOf(alg, keys)
  const prepare = async (count) => {
    const requests = await signedRequests(count, { alg, key: keys[alg].signing, body })
    return requests.map(({ headers }) => ({ method: 'POST', headers: lowerCase(headers), body }))
  }
  const run = ({ method, headers, body }) => {
    if (headers['content-digest'] !== `sha-256=:${hash('sha256', body, 'base64')}:`) return false
    const signature = Buffer.from(/^sig1=:([^:]*):$/.exec(headers.signature)[1], 'base64')
    return isValid(Buffer.from(baseOf(method, headers), 'latin1'), signature)
  }
  const check = async () => {
    const [request] = await prepare(1)
    must(run(request), `${name} refuses a good request`)
    await mustRefuse(name, () => run(tampered(request)))
    await mustRefuse(name, () => run({ ...request, method: 'PUT' }))
  }
  return { name, prepare, run, check }
}

function baseOf(method, headers) {
  return new RFC9421SignatureBaseFactory({ method, url: target, headers }, 'https').generate('sig1')
}

function cryptographyOf(alg, { secretKey, privateKey, publicKey }) {
  if (alg === 'ed25519') {
    return {
      signBytes: (bytes) => sign(null, bytes, privateKey),
      isValid: (bytes, signature) => verify(null, bytes, publicKey, signature),
    }
  }
  const mac = (bytes) => createHmac('sha256', secretKey).update(bytes).digest()
  return { signBytes: mac, isValid: (bytes, found) => found.length === 32 && timingSafeEqual(mac(bytes), found) }
}
