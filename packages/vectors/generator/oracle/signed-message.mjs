import { assembleBase, signatureBase } from './signature-base.mjs'
import { signBase } from './signatures.mjs'

/**
 * Adds a signature to a message: its Signature-Input and Signature fields stand at the end of the headers of the
 * response, where there is one, else of the request.
 *
 * @param {object} shape
 * @param {{ request: object, response?: object }} shape.message
 * @param {string} [shape.label]
 * @param {readonly import('./structured-fields.mjs').Component[]} shape.components
 * @param {readonly import('./structured-fields.mjs').Parameter[]} shape.parameters
 * @param {string} shape.key its name in keys.json
 * @param {readonly string[]} [shape.lines] of the base, where the components are not plain
 * @param {(signature: Buffer, base: string) => Buffer} [shape.forge] makes another signature of the right one
 */
export function signedMessage({ message, label = 'sig1', components, parameters, key, lines, forge = (same) => same }) {
  const covered = { components, parameters }
  const { input, base } = lines === undefined ? signatureBase(message, covered) : assembleBase(lines, covered)
  const signature = forge(Buffer.from(signBase(key, base), 'base64'), base)
  return withSignature(message, { label, input, signature: signature.toString('base64') })
}

/**
 * Adds the two fields of a signature to a message.
 *
 * @param {{ request: object, response?: object }} message
 * @param {{ label: string, input: string, signature: string }} signed
 */
export function withSignature(message, { label, input, signature }) {
  const lines = [
    ['Signature-Input', `${label}=${input}`],
    ['Signature', `${label}=:${signature}:`],
  ]
  const kind = message.response === undefined ? 'request' : 'response'
  return { ...message, [kind]: { ...message[kind], headers: [...message[kind].headers, ...lines] } }
}
