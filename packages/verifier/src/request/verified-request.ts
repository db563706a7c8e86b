import type { Bytes, RequestMessage, VerifiedSignature } from '@countersign/core'

/** What was verified of a request before anything was said of its body. */
export interface VerifiedHead {
  /** The name of the key that verified. */
  readonly keyId: string
  /** Who signed: what the key says, else what `principal` of the verifier says, else the keyid. */
  readonly principal: string
  /** Method, target and fields. Only the fields in `signature.components` were signed. */
  readonly message: RequestMessage
  /** The covered components and parameters. */
  readonly signature: VerifiedSignature
  /** Whether its nonce was claimed. False where only time and signature are checked: it may have come before. */
  readonly replayChecked: boolean
}

/** A request that was let in. What it holds is exactly what was signed. */
export interface VerifiedRequest extends VerifiedHead {
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
export function verifiedRequest(head: VerifiedHead, body: Bytes): VerifiedRequest {
  const text = (): string => new TextDecoder().decode(body)
  const { keyId, principal, message, signature, replayChecked } = head
  const json = (): unknown => JSON.parse(text())
  return Object.freeze({ keyId, principal, message, signature, replayChecked, body, text, json })
}
