import {
  createSignatureInput,
  parseSignatures,
  readSignatureInput,
  registeredFields,
  signatureBase,
  verifySignature,
} from '@countersign/core'
import { identifiersOf, innerListOf } from '../covered-components.ts'
import type { KeyRing } from '../key-ring.ts'
import { messageOf } from '../message.ts'
import { requireMember, type Vector } from '../vector.ts'

/** The base as a receiver makes it, the input as a signer writes it, and the signature as it comes over the wire. */
export async function runBase(vector: Vector, keys: KeyRing): Promise<string | undefined> {
  const parts = requireMember(vector, 'message')
  const fieldTypes = { ...registeredFields, ...vector.policy?.fieldTypes }
  const input = readSignatureInput(innerListOf(vector))
  const base = signatureBase(messageOf(parts), input, fieldTypes)
  if (vector.signatureBase === undefined) return undefined
  if (base !== vector.signatureBase) return `the base is\n${base}`
  if (input.text !== vector.signatureInput) return `the signature input is ${input.text}`
  const written = createSignatureInput(identifiersOf(vector), Object.fromEntries(vector.parameters ?? []))
  if (written.text !== input.text) return `the signature input is written as ${written.text}`
  const label = requireMember(vector, 'label')
  const received = messageOf(parts, [
    ['Signature-Input', `${label}=${vector.signatureInput}`],
    ['Signature', `${label}=:${requireMember(vector, 'signature')}:`],
  ])
  const signature = parseSignatures(received).find((candidate) => candidate.label === label)
  if (signature === undefined) return `there is no signature ${label}`
  await verifySignature(received, signature, await keys.verifyingKey(requireMember(vector, 'key')), { fieldTypes })
  return undefined
}
