import {
  combinedValue,
  createRequestMessage,
  isSignatureError,
  parseOrigin,
  resolveRequestTarget,
  SignatureError,
  verifyContentDigest,
} from '@countersign/core'
import { problemOf } from '@countersign/verifier'
import {
  admit,
  checkCoverage,
  checkNames,
  checkSignature,
  checkTimes,
  findKey,
  makeBase,
  readSignatures,
  requiredComponents,
  verifyCandidate,
} from './signature-steps.mjs'
import { handle, json } from './transfers.mjs'

const maxBodyBytes = 1_048_576
const singletons = ['authorization', 'content-digest', 'content-length', 'content-type', 'host', 'idempotency-key']

/**
 * Every step of the honest server, in the order in which they are taken. A flaw replaces one of them.
 *
 * @typedef {import('./honest-server.mjs').Exchange} Exchange
 * @typedef {import('@countersign/core').RequestMessage} RequestMessage
 * @typedef {Exchange & { message: RequestMessage }} Received
 * @typedef {import('@countersign/core').SignatureInput} SignatureInput
 */
export const honestSteps = Object.freeze({
  /** Options of the parser of `node:http`. */
  parserOptions: Object.freeze({}),
  takeMessage,
  isOpen,
  admit,
  readSignatures,
  verifyCandidate,
  checkNames,
  requiredComponents,
  checkCoverage,
  checkTimes,
  makeBase,
  findKey,
  checkSignature,
  readBody,
  checkBody,
  claim,
  handle,
  refuse,
})

/**
 * What came over the wire. The authority is the one of the configuration.
 *
 * @param {Exchange} exchange
 */
function takeMessage({ request, service }) {
  const message = messageOf(request, { origin: service.origin })
  for (const name of singletons) {
    if ((message.headers.get(name)?.length ?? 0) > 1) throw new SignatureError('malformed_message', `two ${name}`)
  }
  return message
}

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {{ origin: string, target?: string, method?: string }} parts
 */
export function messageOf(request, { origin, target = request.url, method = request.method }) {
  return createRequestMessage({
    method,
    url: resolveRequestTarget(parseOrigin(origin), target),
    requestTarget: target,
    headers: fieldLinesOf(request.rawHeaders),
  })
}

/** `headers` hides duplicates of some fields; `rawHeaders` shows what came. */
function fieldLinesOf(rawHeaders) {
  return Array.from({ length: rawHeaders.length / 2 }, (_, index) => rawHeaders.slice(2 * index, 2 * index + 2))
}

/** @param {Received} received */
function isOpen({ message }) {
  return message.method === 'GET' && message.path === '/count'
}

/** @param {Received} received */
async function readBody({ request }) {
  const chunks = []
  let length = 0
  // The connection is still needed for a refusal.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    length += chunk.length
    if (length > maxBodyBytes) throw new SignatureError('body_too_large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/**
 * @param {Received} received
 * @param {SignatureInput} input
 * @param {Uint8Array} body
 */
async function checkBody({ message }, input, body) {
  if (!input.components.some(({ text }) => text === '"content-digest"')) return
  await verifyContentDigest(combinedValue(message.headers, 'content-digest') ?? '', new Uint8Array(body))
}

/**
 * Forgets nothing as long as the server runs. A server that runs for longer takes a replay store.
 *
 * @param {Received} received
 * @param {{ input: SignatureInput, keyId: string }} signed
 */
function claim({ service: { claimed } }, { input, keyId }) {
  // Length-prefixed, so that ("a:b", "c") and ("a", "b:c") differ.
  claimOnce(claimed, `${keyId.length}:${keyId}${input.parameters.nonce}`)
}

/**
 * @param {Set<string>} claimed
 * @param {string} key
 */
export function claimOnce(claimed, key) {
  if (claimed.has(key)) throw new SignatureError('replayed')
  claimed.add(key)
}

/** Says no more than it has to. */
function refuse(error) {
  return isSignatureError(error) ? problemOf(error) : json(500, { error: 'internal' })
}
