/** The parameters that a library must sign as it was told. It may have its own idea of `created` and `expires`. */
const faithful = ['nonce', 'keyid', 'tag']

/**
 * Verifies what a library signed, with the built packages, as an application would.
 *
 * @param {import('./vectors.mjs').Keys} keys
 * @returns {Promise<(test: import('./vectors.mjs').Test, fields: [string, string][]) => Promise<{ exact: boolean }>>}
 * the function throws when the signature is not what was asked for; `exact`: it is byte for byte what the vector has
 */
export async function foreignVerifier(keys) {
  const core = await import('@countersign/core')
  const verifier = await import('@countersign/verifier')
  return async (test, fields) => {
    const key = await importKey(core, keys[test.key])
    const message = messageOf(core, test.message, fields)
    const unverified = core.parseSignatures(message).find(({ label }) => label === test.label)
    if (unverified === undefined) throw new Error(`no signature has the label ${test.label}`)
    const { fieldTypes } = test.policy ?? {}
    const signature = await core.verifySignature(message, unverified, key, fieldTypes ? { fieldTypes } : {})
    checkFaithful(test, signature)
    if (test.policy?.profile === 'countersign') await letIn(verifier, { test, fields, key, signature })
    return { exact: isExact(test, signature.text, unverified.signature) }
  }
}

/** Passes the request to a verifier with the default policy, at the second in which it was signed. */
async function letIn({ createMessageVerifier, createMemoryReplayStore }, { test, fields, key, signature }) {
  const { method, url, headers, body } = test.message.request
  const { origin, pathname, search } = new URL(url)
  const verify = createMessageVerifier({
    keys: [key],
    replayStore: createMemoryReplayStore({ startsFresh: true }),
    origin,
    clock: () => signature.parameters.created * 1000,
  })
  await verify({
    method,
    target: pathname + search,
    headers: [...headers, ...fields],
    body: body === undefined ? null : Buffer.from(body, 'base64'),
    source: undefined,
  })
}

/** @param {Record<string, any>} key an entry of keys.json */
function importKey(core, { algorithm, keyid, secret, publicJwk }) {
  const algorithms = [core.hmacSha256, core.ed25519, core.ecdsaP256Sha256, core.ecdsaP384Sha384]
  const known = [...algorithms, core.rsaPssSha512, core.rsaV15Sha256].find(({ name }) => name === algorithm)
  const source = secret === undefined ? { jwk: publicJwk } : { secret: Buffer.from(secret, 'base64') }
  return core.importVerifyingKey(known, source, { keyId: keyid })
}

/** The message that was given to the library, with the fields of signatures that it has now. */
function messageOf(core, { request, response }, fields) {
  const names = fields.map(([name]) => name.toLowerCase())
  const withFields = ({ headers, ...message }) => {
    const others = headers.filter(([name]) => !names.includes(name.toLowerCase()))
    return { ...message, headers: [...others, ...fields] }
  }
  if (response === undefined) return core.createRequestMessage(withFields(request))
  return core.createResponseMessage({ ...withFields(response), request: core.createRequestMessage(request) })
}

/** A signature that verifies may still cover less than was asked for. */
function checkFaithful({ components, parameters }, signature) {
  const covered = signature.components.map(({ text }) => text).join(' ')
  const asked = components.map(identifierOf).join(' ')
  if (covered !== asked) throw new Error(`it covers ${covered}, not ${asked}`)
  for (const [name, value] of parameters) {
    if (faithful.includes(name) && signature.parameters[name] !== value) throw new Error(`${name} is another`)
  }
}

/** RFC 9421 2: a String with parameters. */
function identifierOf({ name, parameters = [] }) {
  const text = parameters.map(([key, value]) => {
    if (value === true) return `;${key}`
    return `;${key}=${typeof value === 'string' ? quoted(value) : value}`
  })
  return `${quoted(name)}${text.join('')}`
}

function quoted(text) {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}

function isExact({ deterministic, signatureInput, signature }, text, bytes) {
  if (text !== signatureInput) return false
  return deterministic !== true || Buffer.from(bytes).toString('base64') === signature
}
