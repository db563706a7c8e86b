/** jose: a JSON Web Signature (HS256) over the body. It says nothing of method, target or fields. */
import { CompactSign, compactVerify } from 'jose'
import { freshParameters, must, mustRefuse } from '../message.mjs'

const name = 'jose, JWS HS256'

export async function signer({ body, keys }) {
  const key = await keyOf(keys)
  const prepare = (count) => Array.from({ length: count }, () => freshParameters('HS256'))
  const run = ({ alg, keyid: kid, nonce, created: iat }) =>
    new CompactSign(body).setProtectedHeader({ alg, kid, nonce, iat }).sign(key)
  const check = async () => {
    must((await compactVerify(await run(prepare(1)[0]), key)).payload, `${name} does not verify what it signs`)
  }
  return { name, prepare, run, check }
}

export async function verifier(work) {
  const key = await keyOf(work.keys)
  const { prepare: inputs, run: sign } = await signer(work)
  const prepare = (count) => Promise.all(inputs(count).map(sign))
  const run = (jws) => compactVerify(jws, key, { algorithms: ['HS256'] })
  const check = async () => {
    const [jws] = await prepare(1)
    must(await run(jws), `${name} refuses a good message`)
    const [head, payload, signature] = jws.split('.')
    await mustRefuse(name, () => run(`${head}.${payload.replace(/^./, 'f')}.${signature}`))
  }
  return { name, prepare, run, check }
}

function keyOf({ secret }) {
  return crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify'])
}
