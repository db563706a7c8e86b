import { createHash, createHmac, type KeyObject, sign } from 'node:crypto'

/**
 * A signer that shares no code with the library: node:crypto, and texts put together by hand. It makes what a
 * correct signer would, and everything that none would make: a part is whatever text it is given.
 */
export interface RawKey {
  readonly keyId: string
  /** What goes into the `alg` parameter by default. */
  readonly algorithm: string
  sign(base: string): Buffer
}

/** HMAC-SHA-256 (RFC 9421 3.3.3). Any bytes will do as a secret, a public key among them. */
export function hmacKey(keyId: string, secret: Uint8Array): RawKey {
  return { keyId, algorithm: 'hmac-sha256', sign: (base) => createHmac('sha256', secret).update(base).digest() }
}

/** Ed25519 (RFC 9421 3.3.6). */
export function ed25519Key(keyId: string, privateKey: KeyObject): RawKey {
  return { keyId, algorithm: 'ed25519', sign: (base) => sign(null, Buffer.from(base), privateKey) }
}

/** One line of a signature base: `"@method"` and `POST`. */
export interface CoveredLine {
  /** The component identifier as serialized, with its quotation marks and parameters. */
  readonly identifier: string
  readonly value: string
}

/** Each parameter as the text behind its equals sign; undefined leaves it out. */
export type ParameterTexts = Readonly<Record<string, string | undefined>>

/** One signature of a message. */
export interface RawSignature {
  readonly label: string
  /** The value of the label in Signature-Input. */
  readonly input: string
  readonly bytes: Buffer
}

/** The parameters of `@signature-params`, in the order of the object. */
export function parametersText(parameters: ParameterTexts): string {
  return Object.entries(parameters)
    .filter(([, text]) => text !== undefined)
    .map(([name, text]) => `;${name}=${text}`)
    .join('')
}

/** RFC 9421 2.5. */
export function signatureBase(lines: readonly CoveredLine[], input: string): string {
  return [...lines.map(({ identifier, value }) => `${identifier}: ${value}`), `"@signature-params": ${input}`].join(
    '\n',
  )
}

/** RFC 9421 3.1. */
export function signLines(
  key: RawKey,
  label: string,
  { lines, parameters }: { readonly lines: readonly CoveredLine[]; readonly parameters: ParameterTexts },
): RawSignature {
  const input = `(${lines.map((line) => line.identifier).join(' ')})${parametersText(parameters)}`
  return { label, input, bytes: key.sign(signatureBase(lines, input)) }
}

/** The value of Signature-Input (RFC 9421 4.1). */
export function signatureInputText(signatures: readonly RawSignature[]): string {
  return signatures.map(({ label, input }) => `${label}=${input}`).join(', ')
}

/** The value of Signature (RFC 9421 4.2). */
export function signatureText(signatures: readonly RawSignature[]): string {
  return signatures.map(({ label, bytes }) => `${label}=:${bytes.toString('base64')}:`).join(', ')
}

/** One member of Content-Digest (RFC 9530 2). */
export function digestMember(body: Uint8Array, name: 'sha-256' | 'sha-512' | 'md5' | 'sha' = 'sha-256'): string {
  const hash = name === 'sha' ? 'sha1' : name.replace('-', '')
  return `${name}=:${createHash(hash).update(body).digest('base64')}:`
}
