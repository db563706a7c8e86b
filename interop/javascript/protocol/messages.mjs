import { createPublicKey } from 'node:crypto'

/**
 * The message of a test with the fields of its signature: what a verifier receives. A vector of which no base can be
 * made has no signature. It gets one of zeros: a library that refuses it for that has made a base.
 */
export function withSignature(test, key) {
  const { message, label = 'sig' } = test
  const part = message.response === undefined ? 'request' : 'response'
  const signature = test.signature ?? Buffer.alloc(signatureLength(key)).toString('base64')
  const fields = [
    ['Signature-Input', `${label}=${inputOf(test)}`],
    ['Signature', `${label}=:${signature}:`],
  ]
  return { ...message, [part]: { ...message[part], headers: [...message[part].headers, ...fields] } }
}

/** The member of Signature-Input: that of the vector, or what its components and parameters say. */
function inputOf({ signatureInput, components, parameters }) {
  return signatureInput ?? `(${components.map(identifierOf).join(' ')})${serialized(parameters)}`
}

/** A component identifier as it is serialized (RFC 9421 2). */
export function identifierOf({ name, parameters = [] }) {
  return `${quoted(name)}${serialized(parameters)}`
}

function serialized(parameters) {
  const parts = parameters.map(([name, value]) => {
    if (value === true) return `;${name}`
    if (value === false) return `;${name}=?0`
    return `;${name}=${typeof value === 'string' ? quoted(value) : value}`
  })
  return parts.join('')
}

function quoted(text) {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}

/** @returns {number} bytes */
function signatureLength({ algorithm, publicPem }) {
  const known = { 'hmac-sha256': 32, ed25519: 64, 'ecdsa-p256-sha256': 64, 'ecdsa-p384-sha384': 96 }
  return known[algorithm] ?? createPublicKey(publicPem).asymmetricKeyDetails.modulusLength / 8
}

/**
 * The labels to try: the one that the application chose, else all of the message.
 *
 * @returns {(string | undefined)[]} undefined: the library finds the only one by itself
 */
export function labelsToTry({ policy, message }) {
  if (policy?.label !== undefined) return [policy.label]
  const { headers } = message.response ?? message.request
  const inputs = headers.filter(([name]) => name.toLowerCase() === 'signature-input').map(([, value]) => value)
  const labels = [...inputs.join(', ').matchAll(/(?:^|,)\s*([a-z*][a-z0-9_\-.*]*)\s*=\s*\(/g)].map(([, label]) => label)
  return labels.length > 1 ? labels : [undefined]
}

/** The key that a signature names; without a name, the only one that the verifier knows. */
export function keyFor({ keys: known }, keys, keyid) {
  const entries = known.map((name) => keys[name])
  if (keyid === undefined) return entries.length === 1 ? entries[0] : undefined
  return entries.find((key) => key.keyid === keyid)
}

/**
 * The target URI as a receiver puts it together (RFC 9110 7.1): without the fragment, which is not sent, and with a
 * path.
 */
export function targetUriOf({ url }) {
  return url.replace(/#.*$/, '').replace(/^([a-z]+:\/\/[^/?]*)(\?|$)/i, '$1/$2')
}

/** The fields of the signatures that a message has. */
export function signatureFields({ request, response }) {
  return (response ?? request).headers.filter(([name]) => /^signature(-input)?$/i.test(name))
}
