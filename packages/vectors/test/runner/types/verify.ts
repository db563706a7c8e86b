import {
  parseSignatures,
  readSignatureInput,
  registeredFields,
  SignatureError,
  type UnverifiedSignature,
  type VerifiedSignature,
  verifySignature,
} from '@countersign/core'
import { createMemoryReplayStore, createMessageVerifier, type VerifierOptions } from '@countersign/verifier'
import { readIdentifier } from '../covered-components.ts'
import type { KeyRing } from '../key-ring.ts'
import { messageOf, originOf, receivedRequestOf } from '../message.ts'
import { requireMember, type Vector, type VectorPolicy } from '../vector.ts'

/** A message with its signature fields: by RFC 9421 alone, or with all of the profile. */
export async function runVerify(vector: Vector, keys: KeyRing): Promise<string | undefined> {
  const policy = requireMember(vector, 'policy')
  const signature = policy.profile === 'rfc' ? await byRfc(vector, keys) : await byProfile(vector, keys)
  const { label, keyid } = vector.expect ?? {}
  if (label !== undefined && signature.label !== label) return `it was accepted by ${signature.label}`
  if (keyid !== undefined && signature.keyId !== keyid) return `it was accepted by the key ${signature.keyId}`
  return undefined
}

async function byProfile(vector: Vector, keys: KeyRing): Promise<VerifiedSignature> {
  const message = requireMember(vector, 'message')
  const now = requireMember(vector, 'now')
  const verify = createMessageVerifier({
    ...(await profileOptions(vector, keys)),
    origin: vector.policy?.origin ?? originOf(message),
    replayStore: createMemoryReplayStore({ startsFresh: true }),
    clock: () => now * 1000,
  })
  return (await verify(receivedRequestOf(message))).signature
}

/** What a vector says of policy and keys, as options of a verifier. */
export async function profileOptions(
  vector: Vector,
  keys: KeyRing,
): Promise<Omit<VerifierOptions<undefined>, 'origin' | 'replayStore'>> {
  const { tag, requiredComponents, maxAgeSeconds, futureSkewSeconds, maxBodyBytes } = requireMember(vector, 'policy')
  const trusted = requireMember(vector, 'keys').map(async (name) => {
    return { key: await keys.verifyingKey(name), principal: keys.principalOf(name) }
  })
  return {
    keys: await Promise.all(trusted),
    ...(tag !== undefined && { tag }),
    ...(requiredComponents !== undefined && { requiredComponents: requiredComponents.map(readIdentifier) }),
    ...(maxAgeSeconds !== undefined && { maxAgeSeconds }),
    ...(futureSkewSeconds !== undefined && { futureSkewSeconds }),
    ...(maxBodyBytes !== undefined && { maxBodyBytes }),
  }
}

/** RFC 9421 3.2: the signature that the application chose, or else any. The first refusal counts. */
async function byRfc(vector: Vector, keys: KeyRing): Promise<VerifiedSignature> {
  const message = messageOf(requireMember(vector, 'message'))
  const policy = requireMember(vector, 'policy')
  const candidates = parseSignatures(message).filter(({ label }) => (policy.label ?? label) === label)
  let refusal: unknown = new SignatureError('no_matching_signature')
  for (const [index, candidate] of candidates.entries()) {
    try {
      return await verifyOne(candidate, { vector, keys, policy })
    } catch (error) {
      if (index === 0) refusal = error
    }
  }
  throw refusal
}

async function verifyOne(
  candidate: UnverifiedSignature,
  { vector, keys, policy }: { vector: Vector; keys: KeyRing; policy: VectorPolicy },
): Promise<VerifiedSignature> {
  const message = messageOf(requireMember(vector, 'message'))
  const { keyid } = readSignatureInput(candidate.input).parameters
  const known = await Promise.all(requireMember(vector, 'keys').map((name) => keys.verifyingKey(name)))
  // Where a signature names no key, the application knows it: the one that it has.
  const key = keyid === undefined && known.length === 1 ? known[0] : known.find((entry) => entry.keyId === keyid)
  if (key === undefined) throw new SignatureError('unknown_key')
  const fieldTypes = { ...registeredFields, ...policy.fieldTypes }
  return verifySignature(message, candidate, key, { fieldTypes })
}
