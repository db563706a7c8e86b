import { createHmac, createPrivateKey, createPublicKey, sign, timingSafeEqual, verify, webcrypto } from 'node:crypto'
import {
  createSignature,
  isSignatureError,
  webcrypto as libraryKeys,
  SignatureErrorCode,
  verifySignature,
} from 'http-message-sig'
import { ask, converse } from '../protocol/conversation.mjs'
import { keyFor, labelsToTry, signatureFields, targetUriOf, withSignature } from '../protocol/messages.mjs'

/** The library has keys for these; for the others an application brings its own. */
const imports = { ed25519: { name: 'Ed25519' }, 'rsa-pss-sha512': { name: 'RSA-PSS', hash: 'SHA-512' } }

/** How Node signs with the algorithms that the library leaves to the application. */
const nodeSchemes = {
  'ecdsa-p256-sha256': { hash: 'sha256', options: { dsaEncoding: 'ieee-p1363' } },
  'ecdsa-p384-sha384': { hash: 'sha384', options: { dsaEncoding: 'ieee-p1363' } },
  'rsa-v1_5-sha256': { hash: 'sha256', options: {} },
}

const toFields = (lines = []) => lines.map(([name, value]) => ({ name, value }))

function toRequest({ method, url, requestTarget, headers, trailers }) {
  const targetUri = targetUriOf({ url })
  const target = requestTarget ?? targetUri.replace(/^[a-z]+:\/\/[^/?]*/i, '')
  const fields = { fields: toFields(headers), trailers: toFields(trailers) }
  return { kind: 'request', method, targetUri, requestTarget: target, ...fields }
}

function toMessage({ request, response }) {
  if (response === undefined) return toRequest(request)
  const { status, headers, trailers } = response
  const fields = { fields: toFields(headers), trailers: toFields(trailers) }
  return { kind: 'response', status, ...fields, request: toRequest(request) }
}

async function verifierOf({ algorithm, secret, publicJwk, publicPem }) {
  if (imports[algorithm] !== undefined) {
    const { alg: _alg, ...jwk } = publicJwk
    return libraryKeys.verifier(
      await webcrypto.subtle.importKey('jwk', { ...jwk, key_ops: ['verify'] }, imports[algorithm], true, ['verify']),
    )
  }
  if (algorithm === 'hmac-sha256') {
    return { algorithm, verify: (data, signature) => equal(hmac(secret, data), signature) }
  }
  const { hash, options } = nodeSchemes[algorithm]
  const key = createPublicKey(publicPem)
  return { algorithm, verify: (data, signature) => verify(hash, data, { key, ...options }, signature) }
}

async function signerOf({ algorithm, secret, privateJwk, privatePem }) {
  if (imports[algorithm] !== undefined) {
    const { alg: _alg, ...jwk } = privateJwk
    return libraryKeys.signer(
      await webcrypto.subtle.importKey('jwk', { ...jwk, key_ops: ['sign'] }, imports[algorithm], true, ['sign']),
    )
  }
  if (algorithm === 'hmac-sha256') return { algorithm, sign: (data) => hmac(secret, data) }
  const { hash, options } = nodeSchemes[algorithm]
  const key = createPrivateKey(privatePem)
  return { algorithm, sign: (data) => new Uint8Array(sign(hash, data, { key, ...options })) }
}

function hmac(secret, data) {
  return new Uint8Array(createHmac('sha256', Buffer.from(secret, 'base64')).update(data).digest())
}

function equal(expected, actual) {
  return expected.length === actual.length && timingSafeEqual(expected, actual)
}

/** The policy that checks no more than RFC 9421 does: times are read at the second of `created`, where there is one. */
function verifyWith(message, { label, resolve, now }) {
  const policy = { algorithms, requiredComponents: [], requiredParameters: [], now, clockSkew: forEver }
  return verifySignature(message, { label, policy, resolveVerifier: resolve })
}

const algorithms = [...Object.keys(imports), ...Object.keys(nodeSchemes), 'hmac-sha256']

/** Seconds. */
const forEver = Number.MAX_SAFE_INTEGER

async function signed({ message, key, label, components, parameters }, keys) {
  const signer = await signerOf(keys[key])
  const descriptors = components.map(({ name, parameters: own = [] }) => ({
    name,
    parameters: Object.fromEntries(own),
  }))
  return ask(async () => {
    const fields = await createSignature(toMessage(message), {
      label,
      components: descriptors,
      parameters: Object.fromEntries(parameters),
      signer,
    })
    return [...signatureFields(message), ['Signature-Input', fields.signatureInput], ['Signature', fields.signature]]
  })
}

async function verified(test, keys) {
  const now = test.now ?? 0
  const answers = labelsToTry(test).map((label) =>
    ask(() =>
      verifyWith(toMessage(test.message), {
        label,
        now,
        async resolve({ parameters: { keyid } }) {
          const key = keyFor(test, keys, keyid)
          if (key === undefined) throw new Error('unknown key')
          return verifierOf(key)
        },
      }),
    ),
  )
  const given = await Promise.all(answers)
  return given.find(({ result }) => result === 'accept') ?? given[0]
}

async function base(test, keys) {
  const resolve = () => verifierOf(keys[test.key])
  const message = withSignature(test, keys[test.key])
  return ask(async () => {
    try {
      await verifyWith(toMessage(message), { label: test.label ?? 'sig', resolve, now: 0 })
    } catch (error) {
      const madeBase = isSignatureError(error) && error.code === SignatureErrorCode.VerificationFailed
      if (test.expect.result === 'accept' || !madeBase) throw error
    }
  })
}

await converse({ base, sign: signed, verify: verified })
