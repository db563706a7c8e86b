import { createHash, createPrivateKey, sign } from 'node:crypto'

/** The Ed25519 key of RFC 9421 B.1.4. Everybody knows it. */
export const testKey = {
  kty: 'OKP',
  crv: 'Ed25519',
  kid: 'test-key-ed25519',
  d: 'n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU',
  x: 'JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs',
} as const

/** Its public half. */
export const publicTestKey = {
  kty: 'OKP',
  crv: 'Ed25519',
  kid: 'test-key-ed25519',
  x: 'JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs',
} as const

/** When the requests of these tests are made, in Unix seconds. */
export const created = 1_795_305_600

/** A signed request, and what was signed. */
export interface SignedText {
  readonly text: string
  readonly base: string
}

/** What is unlike an honest request. */
export interface Shape {
  readonly host?: string
  readonly parameters?: string
  readonly body?: string
  readonly nonce?: string
}

/** A request that was signed by hand: the base is put together here, and the signature made by node:crypto. */
export function signedText(shape: Shape = {}): SignedText {
  const { host = 'bank.example', body = '{"to":"bob","amount":10}' } = shape
  const { nonce = '1f8c2a44-90b3-4d17-a65e-03d27bc8916a' } = shape
  const digest = `sha-256=:${createHash('sha256').update(body).digest('base64')}:`
  const { parameters = `created=${created};expires=${created + 60};nonce="${nonce}";alg="ed25519"` } = shape
  const input = `("@method" "@authority" "@path" "@query" "content-digest" "content-type");${parameters};keyid="${testKey.kid}"`
  const base = [
    '"@method": POST',
    `"@authority": ${host}`,
    '"@path": /transfers',
    '"@query": ?dry=1&to=bob',
    `"content-digest": ${digest}`,
    '"content-type": application/json',
    `"@signature-params": ${input}`,
  ].join('\n')
  const signature = sign(null, Buffer.from(base), createPrivateKey({ key: testKey, format: 'jwk' })).toString('base64')
  const head = [
    'POST /transfers?dry=1&to=bob HTTP/1.1',
    `Host: ${host}`,
    'Content-Type: application/json',
    `Content-Digest: ${digest}`,
    `Signature-Input: sig1=${input}`,
    `Signature: sig1=:${signature}:`,
  ]
  return { text: `${head.join('\r\n')}\r\n\r\n${body}`, base }
}
