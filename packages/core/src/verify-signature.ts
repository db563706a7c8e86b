import { after, type Bytes, isPending, type MaybePromise } from './bytes.ts'
import { keepVerifiedList } from './covered-components/verified-lists.ts'
import { isSignatureError, SignatureError } from './errors.ts'
import { type VerifyingKey, verifyBase } from './keys/key.ts'
import type { Message } from './message/message.ts'
import type { FieldTypes } from './message/registered-fields.ts'
import { signatureBase } from './signature-base.ts'
import { readSignatureInput, type SignatureInput } from './signature-fields/signature-input.ts'
import type { UnverifiedSignature } from './signature-fields/unverified-signature.ts'

declare const verified: unique symbol

/**
 * A signature that verified: what it covers is what the holder of the key signed. It says nothing about
 * time or replay. Only {@link checkSignature} makes one.
 */
export interface VerifiedSignature extends SignatureInput {
  readonly label: string
  /** The name of the key that verified. */
  readonly keyId: string
  readonly algorithm: VerifyingKey['algorithm']
  readonly [verified]: true
}

/** What {@link verifySignature} can be told. */
export interface VerifySignatureOptions {
  /** The input of the signature, and the base made of it for this message, where the caller has them already. */
  readonly prepared?: { readonly input: SignatureInput; readonly base: string }
  /** The structured types of fields that are covered with `sf`. @default the registered ones */
  readonly fieldTypes?: FieldTypes
}

/**
 * Verifies one signature of a message with a key that the caller has chosen and trusts (RFC 9421 3.2,
 * steps 2 and 6 to 9). Coverage, time, body and replay are for the caller: `createVerifier` of
 * `@countersign/verifier` does all of it.
 *
 * @throws SignatureError `algorithm_mismatch`, `invalid_signature`, `key_unavailable` when the key itself
 * fails (a KMS that is down), or why the base cannot be built.
 */
export async function verifySignature(
  message: Message,
  unverified: UnverifiedSignature,
  key: VerifyingKey,
  options: VerifySignatureOptions = {},
): Promise<VerifiedSignature> {
  return checkSignature(message, unverified, key, options)
}

/**
 * Does what {@link verifySignature} does, at once where the key answers at once, as on Node: a server saves the
 * promise. Then it also throws at once: write `await checkSignature(...)`, and no `.catch` behind it.
 */
export function checkSignature(
  message: Message,
  unverified: UnverifiedSignature,
  key: VerifyingKey,
  options: VerifySignatureOptions = {},
): MaybePromise<VerifiedSignature> {
  const input = options.prepared?.input ?? readSignatureInput(unverified.input)
  const { alg } = input.parameters
  if (alg !== undefined && alg !== key.algorithm) throw new SignatureError('algorithm_mismatch')
  const base = options.prepared?.base ?? signatureBase(message, input, options.fieldTypes)
  return after(askKey(key, base, unverified.signature), (answer) => {
    // Only true will do: a key of the caller's own that answers 1 or 'ok' is broken.
    if (answer !== true) throw new SignatureError('invalid_signature')
    if ('items' in unverified.input) keepVerifiedList(unverified.input.items)
    const { components, covers, parameters, text } = input
    const { keyId, algorithm } = key
    return { components, covers, parameters, text, label: unverified.label, keyId, algorithm } as VerifiedSignature
  })
}

/** @throws SignatureError `key_unavailable` when the key fails, at once or later. */
function askKey(key: VerifyingKey, base: string, signature: Bytes): MaybePromise<unknown> {
  try {
    const answer = verifyBase(key, base, signature)
    return isPending(answer) ? answer.then(undefined, refuseKey) : answer
  } catch (cause) {
    return refuseKey(cause)
  }
}

function refuseKey(cause: unknown): never {
  throw new SignatureError('key_unavailable', '', { cause })
}

/**
 * Tries the signatures of a message one after the other. The first that counts is the answer: another one beside it
 * changes nothing, and lends nobody its key. It answers at once where `verify` does.
 *
 * @param verify throws a SignatureError for a signature that does not count. Any other error ends the search.
 * @throws SignatureError the refusal that says most: that of a signature which was meant for this verifier, and not
 * `no_matching_signature`; or `missing_signature` where there are no candidates.
 */
export function firstValidSignature<T>(
  candidates: readonly UnverifiedSignature[],
  verify: (candidate: UnverifiedSignature) => MaybePromise<T>,
): MaybePromise<T> {
  return search(candidates, verify, { next: 0, refusal: undefined })
}

/** What came of the signatures that were looked at so far. */
interface Progress {
  readonly next: number
  readonly refusal: SignatureError | undefined
}

function search<T>(
  candidates: readonly UnverifiedSignature[],
  verify: (candidate: UnverifiedSignature) => MaybePromise<T>,
  progress: Progress,
): MaybePromise<T> {
  let { next, refusal } = progress
  for (; next < candidates.length; next++) {
    try {
      const valid = verify(candidates[next] as UnverifiedSignature)
      if (!isPending(valid)) return valid
      const others = { next: next + 1, refusal }
      return valid.then(undefined, (error) => {
        return search(candidates, verify, { ...others, refusal: mostTelling(others.refusal, error) })
      })
    } catch (error) {
      refusal = mostTelling(refusal, error)
    }
  }
  throw refusal ?? new SignatureError('missing_signature')
}

function mostTelling(refusal: SignatureError | undefined, error: unknown): SignatureError {
  if (!isSignatureError(error)) throw error
  return refusal === undefined || refusal.code === 'no_matching_signature' ? error : refusal
}
