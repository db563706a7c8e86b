import {
  after,
  type Bytes,
  checkContentDigest,
  checkSignature,
  combinedValue,
  firstValidSignature,
  isPending,
  isSignatureError,
  type MaybePromise,
  parseSignatures,
  type RequestMessage,
  readSignatureInput,
  SignatureError,
  type SignatureInput,
  signatureBase,
  type UnverifiedSignature,
  type VerifiedSignature,
} from '@countersign/core'
import { type Observation, observer } from './events.ts'
import { type KeyResolver, keyResolver, resolveKey } from './keys/key-resolver.ts'
import type { TrustedKey } from './keys/trusted-key.ts'
import { withChallenge } from './nonces/challenge.ts'
import { checkNonce } from './nonces/check-nonce.ts'
import { checkBodyCoverage, checkCoverage, checkNames, coversDigest } from './policy/coverage.ts'
import { checkFreshness } from './policy/freshness.ts'
import type { RefusalExplainer, VerifierOptions } from './policy/options.ts'
import { type Policy, policySelector } from './policy/policy.ts'
import { requireReplayProtection } from './policy/replay-protection.ts'
import { claimNonce } from './replay/claim.ts'
import { type BodySource, readBody, type WholeBody } from './request/body.ts'
import { originResolver } from './request/origin.ts'
import {
  contentLength,
  declaresBody,
  type ReceivedHead,
  type ReceivedRequest,
  snapshotOf,
} from './request/received-request.ts'
import { type VerifiedHead, type VerifiedRequest, verifiedRequest } from './request/verified-request.ts'

/** Lets a request in exactly once, or throws a `SignatureError`. */
export type MessageVerifier<Source = unknown> = (request: ReceivedRequest<Source>) => Promise<VerifiedRequest>

/** What the steps below work on. */
export interface Verification {
  readonly message: RequestMessage
  readonly policy: Policy
  readonly keys: KeyResolver
  readonly observation: Observation
  /** What the options say that the sender of a refused request is told. */
  readonly explain: RefusalExplainer | undefined
}

/** A signature, and the key that it verified with. */
interface Verified {
  readonly signature: VerifiedSignature
  readonly key: TrustedKey
}

/**
 * Makes a verifier that knows no framework: the adapters build on it. Use the `createVerifier` of an
 * adapter where there is one.
 *
 * @throws TypeError when an option is missing, misspelt or of a wrong type.
 */
export function createMessageVerifier<Source>(options: VerifierOptions<Source>): MessageVerifier<Source> {
  const verify = promptVerifier(options)
  return async (request) => {
    const verified = verify(request)
    return isPending(verified) ? await verified : verified
  }
}

/** The same for adapters that make a promise of their own: it lets in at once where nothing waits. */
export function promptVerifier<Source>(
  options: VerifierOptions<Source>,
): (request: ReceivedHead<Source> & { readonly body: BodySource | WholeBody }) => MaybePromise<VerifiedRequest> {
  return verifierOf(options, letIn)
}

/**
 * Makes a verifier of the options, and of the way in which a request is let in.
 *
 * @throws TypeError when an option is missing, misspelt or of a wrong type.
 */
export function verifierOf<Source, Body, Accepted extends VerifiedHead>(
  options: VerifierOptions<Source>,
  admit: (body: Body, verification: Verification) => MaybePromise<Accepted>,
): (request: ReceivedHead<Source> & { readonly body: Body }) => MaybePromise<Accepted> {
  const policyOf = policySelector(options)
  const keys = keyResolver(options.keys)
  const originOf = originResolver(options.origin)
  const observe = observer(options)
  const { explain } = options
  if (explain !== undefined && typeof explain !== 'function') {
    throw new TypeError('explain takes what explainRefusals() of @countersign/verifier/explain gives')
  }

  return (request) => {
    const observation = observe(request.source)
    const accept = (accepted: Accepted): Accepted => {
      observation.accepted(accepted)
      return accepted
    }
    let verification: Verification | undefined
    const refuse = async (error: unknown): Promise<never> => {
      const refusal =
        isSignatureError(error) && verification !== undefined
          ? await explained(error, verification).catch((mistake: unknown) => mistake)
          : error
      if (isSignatureError(refusal)) observation.refused(refusal)
      throw refusal
    }
    try {
      const message = snapshotOf(request, originOf(request))
      verification = { message, policy: policyOf(message), keys, observation, explain }
      const accepted = admit(request.body, verification)
      return isPending(accepted) ? accepted.then(accept, refuse) : accept(accepted)
    } catch (error) {
      return refuse(error)
    }
  }
}

/** Adds to a refusal what the options say that its sender is told. */
export async function explained(
  error: SignatureError,
  { message, policy, explain }: Verification,
): Promise<SignatureError> {
  const refusal = await withChallenge(error, message, policy)
  return explain === undefined ? refusal : explain(refusal, message)
}

function letIn(source: BodySource | WholeBody, verification: Verification): MaybePromise<VerifiedRequest> {
  const { message, policy } = verification
  // 1. to 4. Whatever can be said without the body.
  return after(verifyHead(verification), (verified) => {
    // 5. The body, and the digest that covers it.
    return after(readBody(source, contentLength(message), policy.maxBodyBytes), (body) => {
      return after(checkBody(body, verified.signature, message), () => {
        // 6. The nonce. Reading the body took time, so the window is checked again.
        // 7. Only now the handler. The claim is never released, whatever it does.
        return after(claim(verified, verification), (head) => verifiedRequest(head, body))
      })
    })
  })
}

/** Steps 1 to 4: all that is checked of a request before its body. */
export function verifyHead(verification: Verification): MaybePromise<Verified> {
  const { message, policy, observation } = verification
  requireReplayProtection(message, policy)
  // 1. Limits and syntax.
  const candidates = parseSignatures(message, policy.limits)
  // 2. to 4. Selection, coverage, nonce, time, key and signature.
  const found = firstValidSignature(candidates, (candidate) => verifyCandidate(candidate, verification))
  return after(found, (verified) => {
    observation.signedBy(verified.signature.keyId)
    return verified
  })
}

/** Step 6: the window, and the nonce within it. */
export function claim({ signature, key }: Verified, verification: Verification): MaybePromise<VerifiedHead> {
  const { message, policy, observation } = verification
  const now = unixSeconds(policy)
  checkFreshness(signature.parameters, now, policy)
  const { keyId } = signature
  const principal = key.principal ?? policy.principal(keyId)
  const { replayStore, scope, maxAgeSeconds, replayTimeoutMilliseconds } = policy
  if (replayStore === undefined) return { keyId, principal, message, signature, replayChecked: false }
  // The window was checked a moment ago. The store gets the widest skew, to reckon with what it may have lost.
  const futureSkewSeconds = policy.widestFutureSkewSeconds
  const context = { scope, principal, now, maxAgeSeconds, futureSkewSeconds, replayTimeoutMilliseconds }
  const claimed = observation.store(() => claimNonce(replayStore, signature, context))
  return after(claimed, () => ({ keyId, principal, message, signature, replayChecked: true }))
}

function verifyCandidate(candidate: UnverifiedSignature, verification: Verification): MaybePromise<Verified> {
  const { message, policy } = verification
  // 2. Cheap refusals first.
  const input = readSignatureInput(candidate.input)
  const { tag } = input.parameters
  if (policy.tags !== undefined && (tag === undefined || !policy.tags.includes(tag))) {
    throw new SignatureError('no_matching_signature')
  }
  const { keyId, nonce } = checkNames(input, policy)
  checkCoverage(input, message, policy)
  if (declaresBody(message)) checkBodyCoverage(input, message)
  const issued = policy.nonces === undefined ? undefined : checkNonce(nonce, keyId, policy.nonces)
  return after(issued, () => verifyWithKey(candidate, { input, keyId }, verification))
}

function verifyWithKey(
  candidate: UnverifiedSignature,
  { input, keyId }: { readonly input: SignatureInput; readonly keyId: string },
  { message, policy, keys }: Verification,
): MaybePromise<Verified> {
  checkFreshness(input.parameters, unixSeconds(policy), policy)
  // 4. The base, before the key: what cannot verify with any key causes no lookup, and does not tell which keyids exist.
  const base = signatureBase(message, input)
  // 3. The key.
  const found = resolveKey(keys, keyId, () => unixSeconds(policy))
  // 4. The algorithm and the signature.
  return after(found, (key) =>
    after(checkSignature(message, candidate, key.key, { prepared: { input, base } }), (signature) => ({
      signature,
      key,
    })),
  )
}

/** Step 5: the digest that covers the body. */
export function checkBody(body: Bytes, input: SignatureInput, message: RequestMessage): MaybePromise<void> {
  // Now it is certain whether there is a body, whatever the fields declared.
  if (body.length > 0) checkBodyCoverage(input, message)
  if (!coversDigest(input)) return
  return checkContentDigest(combinedValue(message.headers, 'content-digest') ?? '', body)
}

function unixSeconds(policy: Policy): number {
  return Math.floor(policy.clock() / 1000)
}
