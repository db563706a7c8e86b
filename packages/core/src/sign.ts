import { encodeUtf8 } from './bytes.ts'
import type { SigningKey } from './keys/key.ts'
import type { ComponentIdentifier } from './message/component.ts'
import type { Message } from './message/message.ts'
import type { FieldTypes } from './message/registered-fields.ts'
import { signatureBase } from './signature-base.ts'
import { createSignatureInput, type SignatureParameters } from './signature-input.ts'
import { noParameters } from './structured-fields/parse.ts'
import { serializeDictionary } from './structured-fields/serialize.ts'

/** What is signed, and how it is labelled. */
export interface SignOptions {
  /** The covered components, in the order of the signature base. Plain names, or {@link ComponentIdentifier}s with parameters. */
  readonly components: Iterable<string | ComponentIdentifier>
  /** Written in the order in which the object lists them. `created` and `nonce` are the caller's to choose. */
  readonly parameters: SignatureParameters
  /** Names the signature within the message. @default 'sig1' */
  readonly label?: string
  /** The structured types of fields that are covered with `sf`. @default the registered ones */
  readonly fieldTypes?: FieldTypes
}

/** The values of the two header fields that carry a signature (RFC 9421 section 4). */
export interface SignedFields {
  readonly signatureInput: string
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
  if (parameters.alg !== undefined && parameters.alg !== key.algorithm) {
    throw new TypeError(`alg is "${parameters.alg}", and the key signs with "${key.algorithm}"`)
  }
  const input = createSignatureInput(options.components, parameters)
  const base = signatureBase(message, input, options.fieldTypes)
  const signature = await key.sign(encodeUtf8(base))
  const value = serializeDictionary(
    new Map([[label, { value: { type: 'binary', value: signature }, parameters: noParameters }]]),
  )
  return { signatureInput: `${label}=${input.text}`, signature: value, base }
}
