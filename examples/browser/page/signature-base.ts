import {
  parseSignatures,
  readSignatureInput,
  requestMessageOf,
  signatureBase,
  type UnverifiedSignature,
} from '@countersign/core'
import type { CapturedRequest } from './captured-request.ts'

/** A piece of text that can be pointed at, both in the base and on the wire. */
export interface BasePart {
  /** A covered component or a signature parameter. */
  readonly name: string
  readonly text: string
}

/**
 * Writes the signature base (RFC 9421 section 2.5) from what went over the wire, as the bank does.
 *
 * @returns its parts, or undefined when nothing was signed. The last line, the longest, is taken apart.
 */
export function basePartsOf(captured: CapturedRequest): readonly BasePart[] | undefined {
  if (captured.headers['signature-input'] === undefined) return undefined
  const message = requestMessageOf({ ...captured, headers: new Headers(captured.headers) })
  const [unverified] = parseSignatures(message) as [UnverifiedSignature]
  const lines = signatureBase(message, readSignatureInput(unverified.input)).split('\n')
  return lines.flatMap((line) => {
    const [, name = '', text = ''] = /^"([^"]+)": (.*)$/.exec(line) ?? []
    return name === '@signature-params' ? parameterParts(text) : [{ name, text }]
  })
}

/** Takes the value of `"@signature-params"` apart, which Signature-Input repeats: `("@method" ...);created=1;nonce="a"`. */
export function parameterParts(text: string): readonly BasePart[] {
  const [covered = '', ...parameters] = text.match(/\([^)]*\)|;[^;="]+=(?:"[^"]*"|[^;]*)/g) ?? []
  const named = parameters.map((parameter) => ({ name: parameter.slice(1, parameter.indexOf('=')), text: parameter }))
  return [{ name: '@signature-params', text: covered }, ...named]
}

/** What each part is good for. */
const explanations: Readonly<Record<string, (text: string) => string>> = {
  '@method': () => 'The method. A signed POST cannot be turned into a DELETE.',
  '@authority': () => 'Whom the request is for. What is signed for this bank is worth nothing at another.',
  '@path': () => 'The path. A transfer cannot be turned into another call.',
  '@query': (text) =>
    text === '?' ? 'The query: there is none, and nobody can add one.' : 'The query, as it was sent.',
  'content-digest': () => 'A hash of the body. With it, each byte of the body is signed.',
  'content-type': () => 'How the body is to be read. The same bytes can mean something else as another type.',
  '@signature-params': () => 'The list of what is covered. It is signed too, so nothing can be dropped from it.',
  created: (text) => `When it was signed: ${timeOf(text)}. The bank takes nothing older than a minute.`,
  expires: (text) => `When it ends, by the will of the signer: ${timeOf(text)}.`,
  nonce: () => 'A random name for this one request. The bank remembers it: that is why nothing runs twice.',
  alg: () => 'The algorithm. It is only compared with that of the key: a message never chooses it.',
  keyid: () => 'Which key signed: the thumbprint of the public key, which the bank has computed by itself.',
}

/** Says in plain words what a part is good for. */
export function explain({ name, text }: BasePart): string {
  return explanations[name]?.(text) ?? `The field ${name}, as it was sent.`
}

function timeOf(parameter: string): string {
  const seconds = Number(parameter.slice(parameter.indexOf('=') + 1))
  return new Date(seconds * 1000).toLocaleTimeString()
}
