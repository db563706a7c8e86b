import { createHash, createPrivateKey, sign } from 'node:crypto'
import { created, type SignedText, signedText } from './signed-text.ts'

/** The Ed25519 key of RFC 8037 A.1, for a server. Everybody knows it. */
export const bankKey = {
  kty: 'OKP',
  crv: 'Ed25519',
  kid: 'bank',
  d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
} as const

/** Its public half. */
export const publicBankKey = {
  kty: 'OKP',
  crv: 'Ed25519',
  kid: 'bank',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
} as const

/** What is unlike an honest answer. */
export interface AnswerShape {
  /** The request that is answered. */
  readonly request?: SignedText
  readonly body?: string
  /** Whether it says which request it answers. */
  readonly bound?: boolean
  readonly parameters?: string
  readonly keyId?: string
}

/** The answer to a request, signed by hand by the profile of docs/responses.md, with node:crypto alone. */
export function signedAnswer(shape: AnswerShape = {}): SignedText {
  const { request = signedText(), body = '{"paid":10}', bound = true, keyId = 'bank' } = shape
  const { parameters = `created=${created + 1};alg="ed25519"` } = shape
  const digest = `sha-256=:${createHash('sha256').update(body).digest('base64')}:`
  const own = ['"@status": 201', `"content-digest": ${digest}`, '"content-type": application/json']
  const requestLines = request.base.split('\n').map((line) => line.replace(': ', ';req: '))
  const asked = requestLines.map((line) => line.replace('"@signature-params";req: ', '"signature-input";req: sig1='))
  const lines = [...own, ...(bound ? asked : [])]
  const input = `(${lines.map((line) => line.slice(0, line.indexOf(': '))).join(' ')});${parameters};keyid="${keyId}"`
  const base = [...lines, `"@signature-params": ${input}`].join('\n')
  const signature = sign(null, Buffer.from(base), createPrivateKey({ key: bankKey, format: 'jwk' })).toString('base64')
  const head = [
    'HTTP/1.1 201 Created',
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    `Content-Digest: ${digest}`,
    `Signature-Input: sig1=${input}`,
    `Signature: sig1=:${signature}:`,
  ]
  return { text: `${head.join('\r\n')}\r\n\r\n${body}`, base }
}
