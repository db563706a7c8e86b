import { describe, expect, it } from 'vitest'
import {
  type ComponentIdentifier,
  createSignatureInput,
  type KeySource,
  type Message,
  parseSignatures,
  readSignatureInput,
  type SignatureParameters,
  type SignedFields,
  sign,
  signatureBase,
  type VerifiedSignature,
  verifySignature,
} from '../../src/index.ts'
import { expectCode } from '../expect-code.ts'
import { type ExampleKeyId, exampleKeys, signingKey, verifyingKey } from './keys.ts'
import { fieldValue, messageOf, unwrap, withFields } from './rfc-text.ts'

/** A signature that the RFC prints. All texts are as printed there, line wrapping included. */
export interface SignedExample {
  readonly section: string
  /** The message before it is signed. */
  readonly message: string
  /** The request that a response answers, where it covers some of it. */
  readonly request?: string
  /** The signature base, without a line break at its end. */
  readonly base: string
  /** The lines of Signature-Input and Signature. */
  readonly fields: string
  readonly label: string
  readonly components: readonly (string | ComponentIdentifier)[]
  readonly parameters: SignatureParameters & { readonly keyid: ExampleKeyId }
}

/** Proves that the library makes the base and the signature of an example, and that it accepts the printed one. */
export function describeSignedExample(example: SignedExample): void {
  const { section, base, components, parameters } = example
  const { algorithm, deterministic, signing, verifying } = exampleKeys[parameters.keyid]

  describe(`RFC 9421 ${section}, by ${algorithm.name}`, () => {
    it('has the printed signature base, for the signer and the verifier', () => {
      const input = createSignatureInput(components, parameters)
      expect(signatureBase(messageOf(example.message, example.request), input)).toBe(unwrap(base))
      expect(receivedBase(signedMessage(example, example.fields))).toBe(unwrap(base))
    })

    it.each(signing)(`is made ${deterministic ? 'byte for byte ' : ''}with a key from %s`, async (_form, source) => {
      const signed = await signAgain(example, source)
      expect(signed.base).toBe(unwrap(base))
      expect(signed.signatureInput).toBe(fieldValue(example.fields, 'Signature-Input'))
      if (deterministic) expect(signed.signature).toBe(fieldValue(example.fields, 'Signature'))
      const fields = `Signature-Input: ${signed.signatureInput}\nSignature: ${signed.signature}`
      expectVerified(example, await verifyExample(example, fields))
    })

    it.each(verifying)('verifies as printed with a key from %s', async (_form, source) => {
      expectVerified(example, await verifyExample(example, example.fields, source))
    })

    it('is refused once a bit of the signature is another one', async () => {
      const printed = fieldValue(example.fields, 'Signature')
      const changed = example.fields.replace(/(Signature: .*?=:)(.)/, (_, start, first) => start + nextLetter(first))
      expect(fieldValue(changed, 'Signature')).not.toBe(printed)
      await expectCode('invalid_signature', () => verifyExample(example, changed))
    })
  })
}

/** Verifies the one signature that the fields add to the message of an example. */
export async function verifyExample(
  example: SignedExample,
  fields: string,
  source?: KeySource,
): Promise<VerifiedSignature> {
  const message = signedMessage(example, fields)
  const key = await verifyingKey(example.parameters.keyid, source)
  const [signature] = parseSignatures(message)
  return verifySignature(message, signature!, key)
}

function signedMessage({ message, request }: SignedExample, fields: string): Message {
  return messageOf(withFields(message, fields), request)
}

async function signAgain(example: SignedExample, source: KeySource): Promise<SignedFields> {
  const { message, request, label, components, parameters } = example
  const key = await signingKey(parameters.keyid, source)
  return sign(messageOf(message, request), key, { label, components, parameters })
}

function receivedBase(message: Message): string {
  const [signature] = parseSignatures(message)
  return signatureBase(message, readSignatureInput(signature!.input))
}

function expectVerified({ label, components, parameters }: SignedExample, verified: VerifiedSignature): void {
  expect(verified.label).toBe(label)
  expect(verified.keyId).toBe(parameters.keyid)
  expect(verified.algorithm).toBe(exampleKeys[parameters.keyid].algorithm.name)
  expect(verified.parameters).toEqual(parameters)
  expect(verified.components.map(({ text }) => text)).toEqual(
    components.map((identifier) => (typeof identifier === 'string' ? `"${identifier}"` : identifier.text)),
  )
}

/** Another letter of base64, one bit away. */
function nextLetter(letter: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  return alphabet[alphabet.indexOf(letter) ^ 1] as string
}
