import { componentValue } from '../oracle/component-values.mjs'
import { digestMember } from '../oracle/digests.mjs'
import { assembleBase } from '../oracle/signature-base.mjs'
import { signBase } from '../oracle/signatures.mjs'
import { serializeIdentifier } from '../oracle/structured-fields.mjs'

/** The time of the vectors, in Unix seconds, and of the clock of their verifiers. */
export const now = 1_700_000_000

/** A request without a body. */
export const get = {
  method: 'GET',
  url: 'https://bank.example/accounts/7?full=1',
  headers: [['Host', 'bank.example']],
}

/** A request with a body, whose digest is covered. */
export const post = withBody('{"amount":10,"to":"carol"}', {
  method: 'POST',
  url: 'https://bank.example/transfers',
  headers: [
    ['Host', 'bank.example'],
    ['Content-Type', 'application/json'],
  ],
})

/**
 * A request with a body and its Content-Digest, by sha-256 or as `value` says.
 *
 * @param {string | Buffer} content
 * @param {object} request
 * @param {string} [value]
 */
export function withBody(content, request, value = digestMember('sha-256', content)) {
  const headers = value === '' ? request.headers : [...request.headers, ['Content-Digest', value]]
  return { ...request, headers, body: Buffer.from(content).toString('base64') }
}

/** The same request with more field lines. */
export function withFields(request, ...lines) {
  return { ...request, headers: [...request.headers, ...lines] }
}

/** The parameters of a sound signature. `undefined` leaves one out; the order is that of the profile. */
export function parametersOf(key, changed = {}) {
  const sound = { created: now, nonce: 'b5c3a1de-vectors-0001', keyid: key }
  const names = ['created', 'expires', 'nonce', 'alg', 'keyid', 'tag']
  const all = { ...sound, ...changed }
  return [...names, ...Object.keys(changed).filter((name) => !names.includes(name))]
    .filter((name) => all[name] !== undefined)
    .map((name) => [name, all[name]])
}

/** What the profile wants covered of a request. */
export function coverageOf({ headers, body }) {
  const present = new Set(headers.map(([name]) => name.toLowerCase()))
  const ofBody = body ? ['content-digest', 'content-type', 'content-encoding'] : []
  return [
    ...['@method', '@authority', '@path', '@query'],
    ...[...ofBody, 'authorization', 'idempotency-key'].filter((name) => present.has(name)),
  ]
}

/**
 * One signature of a request.
 *
 * - `key`, `keyid`, `label` and `parameters` (see {@link parametersOf});
 * - `components`: names, or `{ name, parameters, value }` where the value is not simply that of the field;
 * - `as`: the request that is signed in the place of the one that is sent;
 * - `input`: the text of the signature input, edited before it is signed, so that the signature fits it;
 * - `lines`: more lines of the base, for components that no sound signer covers;
 * - `bytes`: the bytes of the signature, edited.
 */
export function sign(request, { key = 'alice-1', label = 'sig1', as = request, ...shape } = {}) {
  const components = (shape.components ?? coverageOf(as)).map((entry) => {
    return typeof entry === 'string' ? { name: entry } : entry
  })
  const sound = assembleBase(
    components.map(
      (entry) => `${serializeIdentifier(entry)}: ${entry.value ?? componentValue({ request: as }, entry)}`,
    ),
    { components, parameters: parametersOf(shape.keyid ?? key, shape.parameters) },
  )
  const input = shape.input === undefined ? sound.input : shape.input(sound.input)
  const lines = [...sound.base.split('\n').slice(0, -1), ...(shape.lines ?? [])]
  const bytes = Buffer.from(signBase(key, [...lines, `"@signature-params": ${input}`].join('\n')), 'base64')
  return { label, input, bytes: shape.bytes === undefined ? bytes : shape.bytes(bytes) }
}

/** The message with signatures: each field on one line, or as `lines` lays them out. */
export function attach(request, signatures, { inputField = same, signatureField = same } = {}) {
  const input = signatures.map(({ label, input }) => `${label}=${input}`).join(', ')
  const signature = signatures.map(({ label, bytes }) => `${label}=:${bytes.toString('base64')}:`).join(', ')
  const lines = [...linesOf('Signature-Input', inputField(input)), ...linesOf('Signature', signatureField(signature))]
  return { request: withFields(request, ...lines) }
}

/** A message with one signature; `inputField` and `signatureField` edit the fields after it is signed. */
export function signed(request, { inputField, signatureField, ...shape } = {}) {
  return attach(request, [sign(request, shape)], {
    ...(inputField && { inputField }),
    ...(signatureField && { signatureField }),
  })
}

/** A field as it is. */
function same(text) {
  return text
}

/** A field may be edited into several lines, or none. */
function linesOf(name, value) {
  const values = Array.isArray(value) ? value : [value]
  return values.map((text) => [name, text])
}
