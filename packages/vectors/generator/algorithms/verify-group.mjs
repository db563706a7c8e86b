import { vectorKey } from '../keys/key-ring.mjs'
import { signatureBase } from '../oracle/signature-base.mjs'
import { baseBytes, signBase, verifyBase } from '../oracle/signatures.mjs'
import { withSignature } from '../oracle/signed-message.mjs'

/** The request of RFC 9421 B.2. */
const request = {
  method: 'POST',
  url: 'https://example.com/foo?param=Value&Pet=dog',
  headers: [
    ['Host', 'example.com'],
    ['Date', 'Tue, 20 Apr 2021 02:07:55 GMT'],
    ['Content-Type', 'application/json'],
  ],
}

const covered = ['@method', '@authority', '@path', 'content-type']

/**
 * A signature, right or wrong, as its author writes it.
 *
 * @typedef {object} VerifyEntry
 * @property {string} id
 * @property {string} comment
 * @property {string} key whose name the signature bears, and who verifies
 * @property {string} [signer] another key that signs
 * @property {string} [alg]
 * @property {string} [nonce]
 * @property {boolean} [named] whether there is a keyid. There is one, where it is absent
 * @property {(base: string, input: string) => string} [as] the text that is signed in the place of the base
 * @property {(signature: Buffer, message: Buffer) => Buffer} [forge] another signature, made of the right one
 * @property {(message: Buffer) => Buffer} [make] a signature of a key that no oracle signs with
 * @property {(signature: Buffer, message: Buffer) => boolean} [until] the nonce is varied until it is so
 * @property {true} [openSsl] OpenSSL accepts the signature, and it has to be refused all the same
 * @property {string} [error] the code of a refused one
 * @property {readonly string[]} [also]
 */

/**
 * @param {{ id: string, comment: string } & Partial<VerifyEntry>} common
 * @param {readonly VerifyEntry[]} entries
 */
export function verifyGroup({ id, comment, ...common }, entries) {
  const tests = entries.map((entry) => verifyTest({ ...common, ...entry }))
  return { id, comment, type: 'verify', policy: { profile: 'rfc' }, tests }
}

/** @param {VerifyEntry} entry */
function verifyTest(entry) {
  const { id, comment, flags, rfc, level = 'must', requires, key, error, also } = entry
  const { input, base, signature } = signedText(entry)
  requireVerdict(entry, base, signature)
  const message = withSignature({ request }, { label: 'sig1', input, signature: signature.toString('base64') })
  const accepted = { result: 'accept', label: 'sig1', keyid: vectorKey(key).keyid }
  const refused = { result: 'reject', error, ...(also && { alsoAllowed: also }) }
  return {
    id,
    comment,
    flags,
    rfc,
    level,
    requires,
    message,
    keys: [key],
    expect: error === undefined ? accepted : refused,
  }
}

/** Tries one nonce after the other, where the signature has to look in some way. */
function signedText({ until = () => true, ...entry }) {
  for (let attempt = 0; attempt < 10_000; attempt++) {
    const { nonce = attempt === 0 ? undefined : `attempt-${attempt}` } = entry
    const signed = signOnce(entry, nonce)
    if (until(signed.signature, baseBytes(signed.base))) return signed
  }
  throw new Error(`${entry.id}: no nonce gives such a signature`)
}

function signOnce({ key, signer = key, alg, named = true, as = (same) => same, forge = (same) => same, make }, nonce) {
  const parameters = [
    ['created', 1618884473],
    ['nonce', nonce],
    ['alg', alg],
    ['keyid', named ? vectorKey(key).keyid : undefined],
  ].filter(([, value]) => value !== undefined)
  const components = covered.map((name) => ({ name }))
  const { input, base } = signatureBase({ request }, { components, parameters })
  const message = baseBytes(base)
  if (make !== undefined) return { input, base, signature: make(message) }
  return { input, base, signature: forge(Buffer.from(signBase(signer, as(base, input)), 'base64'), message) }
}

/** What OpenSSL says of the signature has to be what the author says. */
function requireVerdict({ id, key, error, openSsl = false }, base, signature) {
  const expected = error === undefined || error === 'algorithm_mismatch' || openSsl
  if (error !== 'algorithm_mismatch' && verifyBase(key, base, signature) !== expected) {
    throw new Error(`${id}: OpenSSL ${expected ? 'refuses' : 'accepts'} the signature`)
  }
}
