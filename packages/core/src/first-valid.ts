import { isPending, type MaybePromise } from './bytes.ts'
import { isSignatureError, SignatureError } from './errors.ts'
import type { UnverifiedSignature } from './signature-fields.ts'

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
