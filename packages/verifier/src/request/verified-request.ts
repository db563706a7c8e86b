import type { Bytes, RequestMessage, VerifiedSignature } from '@countersign/core'

/** A request that was let in. What it holds is exactly what was signed. */
export interface VerifiedRequest {
  /** The name of the key that verified. */
  readonly keyId: string
  /** Who signed: the keyid, unless `principal` of the verifier says otherwise. */
  readonly principal: string
  /** Method, target and fields. Only the fields in `signature.components` were signed. */
  readonly message: RequestMessage
  /** The covered components and parameters. */
  readonly signature: VerifiedSignature
  /** The body as it came over the wire; empty when there was none. */
  readonly body: Bytes
  /** The body as UTF-8 text. */
  text(): string
  /**
   * The body as JSON.
   *
   * @throws SyntaxError when it is none.
   */
  json(): unknown
}

/** Puts together what the handler gets. */
export function verifiedRequest(
  parts: Pick<VerifiedRequest, 'message' | 'signature' | 'principal' | 'body'>,
): VerifiedRequest {
  const text = (): string => new TextDecoder().decode(parts.body)
  return Object.freeze({
    ...parts,
    keyId: parts.signature.keyId,
    text,
    json: (): unknown => JSON.parse(text()),
  })
}
