import { parseSignatures, SignatureError, type SignedFields, sign, verifySignature } from '@countersign/core'
import { identifiersOf } from '../covered-components.ts'
import type { KeyRing } from '../key-ring.ts'
import { messageOf } from '../message.ts'
import { requireMember, type Vector } from '../vector.ts'

/** The two fields of a new signature. One whose bytes differ each time has to verify. */
export async function runSign(vector: Vector, keys: KeyRing): Promise<string | undefined> {
  const signed = await signedFieldsOf(vector, keys)
  const label = requireMember(vector, 'label')
  if (vector.signatureInput === undefined) return undefined
  if (signed.signatureInput !== `${label}=${vector.signatureInput}`) {
    return `the signature input is ${signed.signatureInput}`
  }
  if (vector.signatureBase !== undefined && signed.base !== vector.signatureBase) return `the base is\n${signed.base}`
  if (vector.deterministic === true) {
    const expected = `${label}=:${requireMember(vector, 'signature')}:`
    return signed.signature === expected ? undefined : 'the signature has other bytes'
  }
  const received = messageOf(requireMember(vector, 'message'), [
    ['Signature-Input', signed.signatureInput],
    ['Signature', signed.signature],
  ])
  const made = parseSignatures(received).find((candidate) => candidate.label === label)
  if (made === undefined) return `there is no signature ${label}`
  await verifySignature(received, made, await keys.verifyingKey(requireMember(vector, 'key')))
  return undefined
}

/** A mistake of the caller is a TypeError in this library; a vector calls it what a receiver would. */
async function signedFieldsOf(vector: Vector, keys: KeyRing): Promise<SignedFields> {
  const message = messageOf(requireMember(vector, 'message'))
  const key = await keys.signingKey(requireMember(vector, 'key'))
  try {
    return await sign(message, key, {
      components: identifiersOf(vector),
      parameters: Object.fromEntries(vector.parameters ?? []),
      label: requireMember(vector, 'label'),
    })
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
    const code = /^alg is /.test(cause.message) ? 'algorithm_mismatch' : 'malformed_parameter'
    throw new SignatureError(code, cause.message, { cause })
  }
}
