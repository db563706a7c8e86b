import { SignatureError } from '../errors.ts'
import { requirePlainText, type SigningKey } from '../keys/key.ts'
import { type ComponentIdentifier, plainComponent } from '../message/component.ts'
import { isDerivedFrom } from '../message/derived.ts'
import { combinedValue } from '../message/fields.ts'
import type { Message } from '../message/message.ts'
import { noParameters } from '../structured-fields/parse.ts'
import { serializeParameters } from '../structured-fields/serialize.ts'
import { type BareItem, isInnerList, type Member, type Parameters } from '../structured-fields/types.ts'
import { parseLabelled } from './signature-fields.ts'
import { createSignatureInput, readSignatureInput, type SignatureParameters } from './signature-input.ts'
import { defaultLimits, type SignatureFieldLimits } from './unverified-signature.ts'

/** The parameters that a requested signature must have (RFC 9421 5.1). */
export interface RequestedParameters {
  /** The signer states the time of signing. */
  readonly created?: true
  /** The signer states when the signature ends. */
  readonly expires?: true
  readonly nonce?: string
  readonly alg?: string
  readonly keyid?: string
  readonly tag?: string
}

/** One signature that the sender of an Accept-Signature field asks for. */
export interface SignatureRequest {
  /** The label that the signature must have. */
  readonly label: string
  /** What it must cover: these, and no others. */
  readonly components: readonly ComponentIdentifier[]
  readonly parameters: RequestedParameters
}

/** What {@link createAcceptSignature} is told of one signature. */
export interface SignatureRequestOptions {
  /** Names the signature within the message that will have it. @default 'sig1' */
  readonly label?: string
  /** What it must cover, and no others. Plain names, or {@link ComponentIdentifier}s with parameters. */
  readonly components: Iterable<string | ComponentIdentifier>
  /** Written in the order in which the object lists them. @default {} */
  readonly parameters?: RequestedParameters
}

/** What a signer decides for itself, whoever asks for a signature. */
export interface SigningPolicy {
  /** What the signature is made for: the next request, or the response to this request. */
  readonly target: Message['kind']
  /** No signature covers less than these. */
  readonly components: Iterable<string | ComponentIdentifier>
  /** Every signature has these: `created` of now, a fresh `nonce`, `keyid`. `expires` too, where it is given on request. */
  readonly parameters: SignatureParameters
}

/** What to give to `sign()`, so that the signature is the requested one. */
export interface FulfilledRequest extends Omit<SignatureRequest, 'parameters'> {
  readonly parameters: SignatureParameters
}

/** What each parameter is in a request: a flag that asks for a value, or the value itself (RFC 9421 5.1). */
const requestedParameters: Readonly<Record<keyof SignatureParameters, 'flag' | 'string'>> = {
  created: 'flag',
  expires: 'flag',
  nonce: 'string',
  alg: 'string',
  keyid: 'string',
  tag: 'string',
}

/** Characters of a nonce and a tag that a signer repeats: printable ASCII, without what has to be escaped. */
const repeatable: Readonly<Record<'nonce' | 'tag', RegExp>> = {
  nonce: /^[\x20-\x21\x23-\x5b\x5d-\x7e]{1,128}$/,
  tag: /^[\x20-\x21\x23-\x5b\x5d-\x7e]{1,256}$/,
}

/**
 * Makes the value of an Accept-Signature field (RFC 9421 5.1). A client sends it with a request, for the
 * response; a server with a response, for the client's next request. A response that depends on it is not cached,
 * or has `Vary: Accept-Signature`.
 *
 *     createAcceptSignature([{ components: ['@status', 'content-digest'], parameters: { created: true } }], 'response')
 *
 * @param target what the signatures are to be put on.
 * @throws SignatureError `invalid_component`, also for one that such a message cannot have, or `duplicate_component`
 * @throws TypeError for a wrong label or parameter, a label that occurs twice, or no request at all.
 */
export function createAcceptSignature(requests: Iterable<SignatureRequestOptions>, target: Message['kind']): string {
  const members = new Map<string, string>()
  for (const { label = 'sig1', components, parameters = {} } of requests) {
    if (!/^[a-z*][a-z0-9_\-.*]*$/.test(label) || members.has(label)) {
      throw new TypeError('each label must be a key of RFC 9651, and no other request may have it')
    }
    const input = createSignatureInput(components, {})
    for (const identifier of input.components) requireApplicable(identifier, target)
    members.set(label, input.text + serializeParameters(toBareItems(parameters)))
  }
  if (members.size === 0) throw new TypeError('createAcceptSignature needs at least one request')
  return Array.from(members, ([label, text]) => `${label}=${text}`).join(', ')
}

/**
 * Reads the Accept-Signature header field of a message, or the value of one (RFC 9421 5.2 steps 1 and 2). Whoever
 * sends it is not authenticated: nothing of it may be believed, and {@link fulfillSignatureRequest} weighs it.
 *
 * @param limits bounds on what is parsed, checked before anything is.
 * @returns one request for each label; none where there is no such field.
 * @throws SignatureError `limit_exceeded`, `malformed_accept_signature`, `malformed_parameter`, `duplicate_label`,
 * `invalid_component`, `duplicate_component`, or `unfulfillable_request` for a parameter that is not known here
 */
export function parseAcceptSignature(
  source: Message | string,
  limits: SignatureFieldLimits = defaultLimits,
): readonly SignatureRequest[] {
  const text = typeof source === 'string' ? source : (combinedValue(source.headers, 'accept-signature') ?? '')
  if (text.length > limits.maxFieldLength) {
    throw new SignatureError('limit_exceeded', `over ${limits.maxFieldLength} characters`)
  }
  const requests = parseLabelled(text, 'malformed_accept_signature')
  if (requests.size > limits.maxSignatures) {
    throw new SignatureError('limit_exceeded', `over ${limits.maxSignatures} requested signatures`)
  }
  return Array.from(requests, ([label, member]) => readRequest(label, member, limits))
}

/**
 * Weighs a requested signature against the signer's own policy, and gives what to sign with (RFC 9421 5.2). The
 * signature has the requested label, covers the same components, and has every requested parameter beside those
 * of the policy; a requested nonce takes the place of the policy's.
 *
 * A request for less than the policy covers is refused. To cover more would not be the requested signature: the set
 * is exact. A signer that wants both makes the requested one under a laxer policy, if it can bear that, and a
 * second one of its own with another label: see `appendSignature`.
 *
 * It is for the next request to the server that asked, and to no other. A requested nonce serves one message: a
 * second one with it is a replay. A refused request may also be ignored.
 *
 * @throws SignatureError `component_not_covered` for less than the policy covers, `invalid_component` for what the
 * target cannot have, `unknown_key` for another keyid, `algorithm_mismatch` for another alg than the key's, or
 * `unfulfillable_request` for another tag than the policy's, a nonce or tag that is not plain text, or a time that
 * the policy does not give
 */
export function fulfillSignatureRequest(
  request: SignatureRequest,
  key: Pick<SigningKey, 'keyId' | 'algorithm'>,
  policy: SigningPolicy,
): FulfilledRequest {
  const { label, components } = request
  for (const identifier of components) requireApplicable(identifier, policy.target)
  requireCovered(components, policy.components)
  const { alg, keyid } = request.parameters
  if (keyid !== undefined && keyid !== key.keyId) throw new SignatureError('unknown_key')
  if (alg !== undefined && alg !== key.algorithm) throw new SignatureError('algorithm_mismatch')
  return { label, components, parameters: mergeParameters(request.parameters, policy.parameters) }
}

/** RFC 9421 5: a request has no status and answers no other; a response has of a request only what `req` names. */
function requireApplicable({ name, parameters, text }: ComponentIdentifier, target: Message['kind']): void {
  const source = parameters.has('req') ? 'request' : target
  const derivable = !name.startsWith('@') || isDerivedFrom(source, name)
  if (derivable && !(parameters.has('req') && target === 'request')) return
  throw new SignatureError('invalid_component', `${text} has no place in the signature of a ${target}`)
}

/** Whole identifiers are compared: `"content-digest";req` does not stand in for `"content-digest"`. */
function requireCovered(components: readonly ComponentIdentifier[], minimum: SigningPolicy['components']): void {
  const covered = new Set(components.map((identifier) => identifier.sortedText))
  for (const entry of minimum) {
    const required = typeof entry === 'string' ? plainComponent(entry) : entry
    if (!covered.has(required.sortedText)) throw new SignatureError('component_not_covered', required.text)
  }
}

/** In the order of the registry, which some libraries write again whatever they received. */
function mergeParameters(requested: RequestedParameters, own: SignatureParameters): SignatureParameters {
  const { created, expires, ...dictated } = requested
  const { nonce, tag } = dictated
  if (created && own.created === undefined) throw unfulfillable('created')
  if (expires && own.expires === undefined) throw unfulfillable('expires')
  if (nonce !== undefined && !repeatable.nonce.test(nonce)) throw unfulfillable('nonce')
  if (tag !== undefined && !(repeatable.tag.test(tag) && tag === (own.tag ?? tag))) throw unfulfillable('tag')
  const merged = new Map<string, unknown>(Object.keys(requestedParameters).map((name) => [name, undefined]))
  for (const [name, value] of [...Object.entries(own), ...Object.entries(dictated)]) {
    if (value !== undefined) merged.set(name, value)
  }
  return Object.fromEntries([...merged].filter(([, value]) => value !== undefined))
}

function readRequest(label: string, member: Member, limits: SignatureFieldLimits): SignatureRequest {
  if (!isInnerList(member)) throw new SignatureError('malformed_accept_signature', 'each member must be an Inner List')
  if (member.items.length > limits.maxComponents) {
    throw new SignatureError('limit_exceeded', `over ${limits.maxComponents} components`)
  }
  const { components } = readSignatureInput({ items: member.items, parameters: noParameters })
  return { label, components, parameters: readParameters(member.parameters) }
}

/** A parameter that is not known cannot be processed, and all must be (RFC 9421 5.2). */
function readParameters(parameters: Parameters): RequestedParameters {
  const read: Record<string, true | string> = {}
  for (const [name, item] of parameters) {
    const kind = kindOf(name)
    if (kind === undefined) throw unfulfillable('a parameter is not known here')
    const fits = kind === 'flag' ? item.type === 'boolean' && item.value : item.type === 'string'
    if (!fits) throw new SignatureError('malformed_parameter', `a requested ${name} is a ${kind}`)
    read[name] = item.value as true | string
  }
  return read
}

function toBareItems(parameters: RequestedParameters): Parameters {
  const entries = Object.entries(parameters).filter(([, value]) => value !== undefined)
  return new Map(entries.map(([name, value]) => [name, toBareItem(name, value)]))
}

function toBareItem(name: string, value: unknown): BareItem {
  const kind = kindOf(name)
  if (kind === undefined) throw new TypeError(`there is no signature parameter "${name}"`)
  if (kind === 'string') return { type: 'string', value: requirePlainText(name, value, name === 'nonce' ? 128 : 256) }
  if (value === true) return { type: 'boolean', value }
  throw new TypeError(`${name} must be true: the signer chooses the time`)
}

function kindOf(name: string): 'flag' | 'string' | undefined {
  return Object.hasOwn(requestedParameters, name) ? requestedParameters[name as keyof SignatureParameters] : undefined
}

function unfulfillable(detail: string): SignatureError {
  return new SignatureError('unfulfillable_request', detail)
}
