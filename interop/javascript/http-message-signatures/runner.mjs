import { createSigner, createVerifier, httpbis } from 'http-message-signatures'
import { ask, converse, saysInvalid } from '../protocol/conversation.mjs'
import { identifierOf, keyFor, targetUriOf, withSignature } from '../protocol/messages.mjs'

/** The library wants a record of fields: lines of one name become an array. */
function toHeaders(lines) {
  const headers = {}
  for (const [name, value] of lines) {
    const known = Object.keys(headers).find((other) => other.toLowerCase() === name.toLowerCase())
    if (known === undefined) headers[name] = value
    else headers[known] = [headers[known], value].flat()
  }
  return headers
}

function toRequest({ method, url, headers }) {
  return { method, url: targetUriOf({ url }), headers: toHeaders(headers) }
}

/** @returns {[message: object, request?: object]} as the library's functions take them */
function toMessages({ request, response }) {
  if (response === undefined) return [toRequest(request)]
  return [{ status: response.status, headers: toHeaders(response.headers) }, toRequest(request)]
}

function verifyingKeyOf({ algorithm, keyid, secret, publicPem }) {
  const material = secret === undefined ? publicPem : Buffer.from(secret, 'base64')
  return { id: keyid, algs: [algorithm], verify: createVerifier(material, algorithm) }
}

/** Times as Dates; the library writes a parameter only where it is named in `params`. */
function toParameters(parameters) {
  const times = ['created', 'expires']
  const values = parameters.map(([name, value]) => [name, times.includes(name) ? new Date(value * 1000) : value])
  return { params: parameters.map(([name]) => name), paramValues: Object.fromEntries(values) }
}

/** Whether the library's types can say it: times as Dates, everything else as text. */
function canAsk(parameters) {
  return parameters.every(([name, value]) =>
    ['created', 'expires'].includes(name)
      ? Number.isInteger(value) && !Number.isNaN(new Date(value * 1000).getTime())
      : typeof value === 'string',
  )
}

async function signed({ message, key: name, label, components, parameters }, keys) {
  if (!canAsk(parameters)) return { result: 'skip' }
  const { algorithm, keyid, secret, privatePem } = keys[name]
  const key = createSigner(secret === undefined ? privatePem : Buffer.from(secret, 'base64'), algorithm, keyid)
  const options = { key, name: label, fields: components.map(identifierOf), ...toParameters(parameters) }
  return ask(async () => {
    const { headers } = await httpbis.signMessage(options, ...toMessages(message))
    return [
      ['Signature-Input', headers['Signature-Input']],
      ['Signature', headers.Signature],
    ]
  })
}

/** Seconds: the library reads `created` and `expires` by its own clock. */
const forEver = Number.MAX_SAFE_INTEGER

/** Without a key for it, the library answers null for a signature: neither valid nor not. That is no acceptance. */
function verifyWith(message, keyLookup) {
  return ask(async () => {
    const options = { keyLookup, notAfter: forEver, tolerance: forEver }
    return (await httpbis.verifyMessage(options, ...toMessages(message))) === true
  })
}

function verified(test, keys) {
  const lookup = async ({ keyid }) => {
    const key = keyFor(test, keys, keyid)
    return key === undefined ? null : verifyingKeyOf(key)
  }
  return verifyWith(test.message, lookup)
}

async function base(test, keys) {
  const key = keys[test.key]
  const answer = await verifyWith(withSignature(test, key), async () => verifyingKeyOf(key))
  // It throws where it makes no base, and says false of a wrong signature.
  const madeBase = answer.reason === saysInvalid
  return test.expect.result === 'reject' && madeBase ? { result: 'accept' } : answer
}

await converse({ base, sign: signed, verify: verified })
