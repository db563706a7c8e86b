/** hawk: a scheme of its own, with HMAC over a normalized request and a hash of the payload. */
import hawk from 'hawk'
import { must, mustRefuse, tampered, target, url } from '../message.mjs'

const name = 'hawk'

export function signer(work) {
  const { body } = work
  const options = clientOptions(work)
  const prepare = (count) => Array.from({ length: count }, () => body)
  const run = (payload) => hawk.client.header(url, 'POST', { ...options, payload }).header
  const check = async () => {
    const request = {
      method: 'POST',
      url: target,
      host: 'bank.example',
      port: 443,
      contentType,
      authorization: run(body),
    }
    must(await authenticate(work, request, body), `${name} does not verify what it signs`)
  }
  return { name, prepare, run, check }
}

export function verifier(work) {
  const { body } = work
  const { run: sign } = signer(work)
  const prepare = (count) =>
    Array.from({ length: count }, () => ({
      request: { method: 'POST', url: target, host: 'bank.example', port: 443, contentType, authorization: sign(body) },
      body,
    }))
  const run = ({ request, body }) => authenticate(work, request, body)
  const check = async () => {
    const [input] = prepare(1)
    must(await run(input), `${name} refuses a good request`)
    await mustRefuse(name, () => run(tampered(input)))
  }
  return { name, prepare, run, check }
}

const contentType = 'application/json'

function credentialsOf({ keys }) {
  return { id: 'partner-1', key: Buffer.from(keys.secret).toString('hex'), algorithm: 'sha256' }
}

function clientOptions(work) {
  return { credentials: credentialsOf(work), contentType }
}

function authenticate(work, request, payload) {
  work.hawkCredentials ??= credentialsOf(work)
  return hawk.server.authenticate(request, () => work.hawkCredentials, { payload })
}
