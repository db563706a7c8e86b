import { algorithmNames } from './algorithms/algorithm.ts'
import { isPending } from './bytes.ts'
import { isSignatureError, SignatureError } from './errors.ts'
import { type SigningKey, signBase } from './keys/key.ts'
import type { ComponentIdentifier } from './message/component.ts'
import { createResponseMessage, type FieldLine, type Message } from './message/message.ts'
import type { FieldTypes } from './message/registered-fields.ts'
import { signatureBase } from './signature-base.ts'
import { parseSignatures } from './signature-fields/signature-fields.ts'
import { createSignatureInput, type SignatureParameters } from './signature-fields/signature-input.ts'
import { defaultLimits, type SignatureFieldLimits } from './signature-fields/unverified-signature.ts'

/** What is signed, and how it is labelled. */
export interface SignOptions {
  /** The covered components, in the order of the signature base. Plain names, or {@link ComponentIdentifier}s with parameters. */
  readonly components: Iterable<string | ComponentIdentifier>
  /** Written in the order in which the object lists them. `created` and `nonce` are the caller's to choose. */
  readonly parameters: SignatureParameters
  /** Names the signature within the message. A message that is signed already needs another one. @default 'sig1' */
  readonly label?: string
  /**
   * The structured types of fields that are covered with `sf`: `{ ...registeredFields, 'x-mine': 'list' }`.
   *
   * @default registeredFields
   */
  readonly fieldTypes?: FieldTypes
}

/** The values of the two header fields that carry a signature (RFC 9421 section 4). */
export interface SignedFields {
  /** The member to put into Signature-Input: `sig1=("@method");created=1` */
  readonly signatureInput: string
  /** The member to put into Signature: `sig1=:...:` */
  readonly signature: string
  /** The text that was signed. It holds the values of all covered components: keep it out of logs. */
  readonly base: string
}

/**
 * Signs a message (RFC 9421 3.1).
 *
 * @throws SignatureError when a component is unknown, missing or cannot be canonicalized.
 * @throws TypeError when a parameter is of a wrong type, or `alg` is not the algorithm of the key.
 */
export async function sign(message: Message, key: SigningKey, options: SignOptions): Promise<SignedFields> {
  const { label = 'sig1', parameters } = options
  if (!/^[a-z*][a-z0-9_\-.*]*$/.test(label)) {
    throw new TypeError('label must be a key of RFC 9651: lower-case letters, digits, "_", "-", "." and "*"')
  }
  // A key of the caller's own could say anything; `alg` must be of the registry (3.3).
  if (parameters.alg !== undefined && !(algorithmNames as readonly string[]).includes(parameters.alg)) {
    throw new TypeError(`alg must be one of ${algorithmNames.join(', ')}`)
  }
  if (parameters.alg !== undefined && parameters.alg !== key.algorithm) {
    throw new TypeError(`alg is "${parameters.alg}", and the key signs with "${key.algorithm}"`)
  }
  const input = createSignatureInput(options.components, parameters)
  const base = signatureBase(message, input, options.fieldTypes)
  const signed = signBase(key, base)
  const signature = isPending(signed) ? await signed : signed
  return { signatureInput: `${label}=${input.text}`, signature: `${label}=:${signature}:`, base }
}

/**
 * Adds a signature to the header field lines of a message, which may have others already: those of a client
 * before that of a proxy, or of one signer with several keys (RFC 9421 4.3). It becomes two lines of its own at
 * the end, so that all others stay as they are, byte for byte.
 *
 *     const signed = await sign(message, key, { label: 'proxy_sig', components, parameters })
 *     const headers = new Headers(appendSignature(request.headers, signed))
 *
 * Nothing here says whether the signatures that were there before are valid. To cover one of them is not
 * recommended (RFC 9421 7.3.7).
 *
 * @param limits what the receiver accepts of all signatures together.
 * @throws SignatureError `duplicate_label` when a signature of the message has this label, `limit_exceeded`, or
 * `malformed_signature_input`, `malformed_signature`, `malformed_parameter` and `label_mismatch` for signature
 * fields that no receiver could read.
 */
export function appendSignature(
  headers: Iterable<FieldLine>,
  signed: Pick<SignedFields, 'signatureInput' | 'signature'>,
  limits: SignatureFieldLimits = defaultLimits,
): [name: string, value: string][] {
  const lines = Array.from(headers, ([name, value]): [string, string] => [name, value])
  lines.push(['Signature-Input', signed.signatureInput], ['Signature', signed.signature])
  try {
    // Read as the receiver will. A response, since only the headers count here.
    parseSignatures(createResponseMessage({ status: 200, headers: lines }), limits)
  } catch (cause) {
    if (!isSignatureError(cause) || cause.code !== 'duplicate_label') throw cause
    throw new SignatureError('duplicate_label', 'give sign() a label that the message does not have yet', { cause })
  }
  return lines
}
