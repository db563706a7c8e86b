/**
 * What is left for JavaScript once every generality is gone: the same work as one function, for this request alone. It
 * knows the list of components, one key and one algorithm, keeps no limits, explains no refusal, and reads nothing that is
 * written otherwise than here. Whoever wants to be faster than this must do less than the checks that are in it.
 */
import { hash } from 'node:crypto'
import { bareHmac } from './bare.mjs'
import {
  components,
  freshParameters,
  keyId,
  must,
  mustRefuse,
  origin,
  plainHeaders,
  signedRequests,
  tampered,
  target,
  unixSeconds,
  url,
} from './message.mjs'

const list = `(${components.map((name) => `"${name}"`).join(' ')})`
const name = 'one function, by hand'

/** @returns {import('./rounds.mjs').Contestant} */
export function signerByHand({ body, keys }) {
  const hmac = bareHmac(keys.secret)
  const prepare = (count) =>
    Array.from({ length: count }, () => ({ headers: plainHeaders(body), parameters: freshParameters('hmac-sha256') }))
  const run = async ({ headers, parameters }) => {
    headers.push(['Content-Digest', `sha-256=:${hash('sha256', body, 'base64')}:`])
    const [, authority, path, query = ''] = /^https:\/\/([^/?#\\]+)([^?#]*)(\?[^#]*)?/.exec(url) ?? []
    const { created, nonce, keyid, alg } = parameters
    for (const text of [nonce, keyid, alg])
      must(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/.test(text), 'a parameter is no text')
    const input = `${list};created=${created};nonce="${nonce}";keyid="${keyid}";alg="${alg}"`
    const mac = hmac(
      baseOf({ method: 'POST', authority: authority.toLowerCase(), path, query }, fieldsOf(headers), input),
    )
    headers.push(['Signature-Input', `sig1=${input}`], ['Signature', `sig1=:${mac}:`])
    return headers
  }
  const verifier = verifierByHand({ body, keys })
  const check = async () =>
    must(await verifier.run({ method: 'POST', target, headers: await run(prepare(1)[0]), body }), name)
  return { name, prepare, run, check }
}

/** @returns {import('./rounds.mjs').Contestant} */
export function verifierByHand({ body, keys }) {
  const hmac = bareHmac(keys.secret)
  const authority = origin.slice('https://'.length)
  const run = async (request) => {
    const fields = fieldsOf(request.headers)
    for (const single of [
      'authorization',
      'content-digest',
      'content-length',
      'content-type',
      'host',
      'idempotency-key',
    ]) {
      must((fields.get(single)?.length ?? 1) === 1, 'a field occurs twice')
    }
    must(/^\d{1,15}$/.test(fields.get('content-length')?.[0] ?? '0'), 'the length is no number')
    const place = request.target.indexOf('?')
    const path = place < 0 ? request.target : request.target.slice(0, place)
    const query = place < 0 ? '' : request.target.slice(place)
    must(/^\/[\x21-\x7e]*$/.test(path) && /^[\x21-\x7e]*$/.test(query) && !request.target.includes('#'), 'no target')
    const input = inputOf(fields.get('signature-input')?.[0] ?? '')
    const now = unixSeconds()
    must(input.created >= now - 60 && input.created <= now + 10, 'not now')
    must(input.nonce.length >= 16 && input.nonce.length <= 128, 'no nonce')
    must(input.keyid === keyId && input.alg === 'hmac-sha256', 'no such key')
    const mac = hmac(baseOf({ method: request.method, authority, path, query }, fields, input.text))
    must(fields.get('signature')?.[0] === `${input.label}=:${mac}:`, 'another signature')
    must(fields.get('content-digest')?.[0] === `sha-256=:${hash('sha256', request.body, 'base64')}:`, 'another body')
    const text = () => new TextDecoder().decode(request.body)
    const message = { method: request.method, authority, path, query, fields }
    return Object.freeze({
      keyId: input.keyid,
      message,
      input,
      body: request.body,
      text,
      json: () => JSON.parse(text()),
    })
  }
  const prepare = async (count) => {
    const requests = await signedRequests(count, { alg: 'hmac-sha256', key: keys['hmac-sha256'].signing, body })
    return requests.map(({ headers }) => ({ method: 'POST', target, headers, body }))
  }
  const check = async () => {
    const [request] = await prepare(1)
    must((await run(request)).keyId, `${name} refuses what is right`)
    await mustRefuse(name, () => run(tampered(request)))
  }
  return { name, prepare, run, check }
}

/** Lines by lower-case name. */
function fieldsOf(headers) {
  const fields = new Map()
  for (const [name, value] of headers) {
    const key = name.toLowerCase()
    const lines = fields.get(key)
    if (lines === undefined) fields.set(key, [value])
    else lines.push(value)
  }
  return fields
}

function baseOf({ method, authority, path, query }, fields, input) {
  const [type] = fields.get('content-type')
  const [digest] = fields.get('content-digest')
  const base = `"@method": ${method}\n"@authority": ${authority}\n"@path": ${path}\n"@query": ${query}\n"content-type": ${type}\n"content-digest": ${digest}\n"@signature-params": ${input}`
  must(/^[\x20-\x7e\n]*$/.test(base), 'a value is no ASCII')
  return base
}

const keyPart = 1
const digit = 2
const unescaped = 4
const classes = new Uint8Array(128)
for (let code = 0x20; code < 0x7f; code++) {
  const character = String.fromCharCode(code)
  if (/[a-z0-9_.*-]/.test(character)) classes[code] |= keyPart
  if (/[0-9]/.test(character)) classes[code] |= digit
  if (!/["\\]/.test(character)) classes[code] |= unescaped
}

function endOf(characterClass, text, start) {
  let index = start
  while (index < text.length && (classes[text.charCodeAt(index)] & characterClass) !== 0) index++
  return index
}

/** Reads `label=(...);created=1;nonce="..."`. */
function inputOf(text) {
  const start = endOf(keyPart, text, 0) + 1
  const label = text.slice(0, start - 1)
  must(text.slice(start, start + list.length) === list, 'another list')
  const input = { label, text: text.slice(start), created: 0, nonce: '', keyid: '', alg: '' }
  let index = start + list.length
  while (text.charCodeAt(index) === 0x3b) {
    const equals = endOf(keyPart, text, index + 1)
    const name = text.slice(index + 1, equals)
    const quoted = text.charCodeAt(equals + 1) === 0x22
    const first = quoted ? equals + 2 : equals + 1
    const end = endOf(quoted ? unescaped : digit, text, first)
    const value = text.slice(first, end)
    index = quoted ? end + 1 : end
    if (name === 'created') input.created = Number(value)
    else if (name === 'nonce') input.nonce = value
    else if (name === 'keyid') input.keyid = value
    else if (name === 'alg') input.alg = value
    else must(false, 'another parameter')
  }
  must(index === text.length, 'something follows')
  return input
}
