import {
  type Bytes,
  combinedValue,
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
  verifyContentDigest,
  verifySignature,
} from '@countersign/core'
import { type Observation, observer } from './events.ts'
import { type KeyResolver, keyResolver, resolveKey } from './keys/key-resolver.ts'
import type { TrustedKey } from './keys/trusted-key.ts'
import { withChallenge } from './nonces/challenge.ts'
import { checkNonce } from './nonces/check-nonce.ts'
import { checkBodyCoverage, checkCoverage, checkNames, covers } from './policy/coverage.ts'
import { checkFreshness } from './policy/freshness.ts'
import type { VerifierOptions } from './policy/options.ts'
import { type Policy, policySelector } from './policy/policy.ts'
import { requireReplayProtection } from './policy/replay-protection.ts'
import { claimNonce } from './replay/claim.ts'
import { type BodySource, readBody } from './request/body.ts'
import { originResolver } from './request/origin.ts'
import { contentLength, declaresBody, type ReceivedRequest, snapshotOf } from './request/received-request.ts'
import { type VerifiedHead, type VerifiedRequest, verifiedRequest } from './request/verified-request.ts'

/** Lets a request in exactly once, or throws a `SignatureError`. */
export type MessageVerifier<Source = unknown> = (request: ReceivedRequest<Source>) => Promise<VerifiedRequest>

/** What the steps below work on. */
export interface Verification {
  readonly message: RequestMessage
  readonly policy: Policy
  readonly keys: KeyResolver
  readonly observation: Observation
  /** Adds to a refusal what the options say that its sender is told. */
  readonly refused: (error: SignatureError) => Promise<SignatureError>
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
  return verifierOf(options, letIn)
}

/**
 * Makes a verifier of the options, and of the way in which a request is let in.
 *
 * @throws TypeError when an option is missing, misspelt or of a wrong type.
 */
export function verifierOf<Source, Accepted extends VerifiedHead>(
  options: VerifierOptions<Source>,
  admit: (bodySource: BodySource, verification: Verification) => MaybePromise<Accepted>,
): (request: ReceivedRequest<Source>) => Promise<Accepted> {
  const policyOf = policySelector(options)
  const keys = keyResolver(options.keys)
  const originOf = originResolver(options.origin)
  const observe = observer(options)
  const { explain } = options
  if (explain !== undefined && typeof explain !== 'function') {
    throw new TypeError('explain takes what explainRefusals() of @countersign/verifier/explain gives')
  }

  function verify(request: ReceivedRequest<Source>, observation: Observation): MaybePromise<Accepted> {
    const message = snapshotOf(request, originOf(request))
    const policy = policyOf(message)
    const refused = async (error: SignatureError): Promise<SignatureError> => {
      const refusal = await withChallenge(error, message, policy)
      return explain === undefined ? refusal : explain(refusal, message)
    }
    const refuse = async (error: unknown): Promise<never> => {
      throw isSignatureError(error) ? await refused(error) : error
    }
    try {
      const accepted = admit(request.body, { message, policy, keys, observation, refused })
      return isPending(accepted) ? accepted.catch(refuse) : accepted
    } catch (error) {
      return refuse(error)
    }
  }

  return async (request) => {
    const observation = observe(request.source)
    try {
      const accepted = verify(request, observation)
      const verified = isPending(accepted) ? await accepted : accepted
      observation.accepted(verified)
      return verified
    } catch (error) {
      if (isSignatureError(error)) observation.refused(error)
      throw error
    }
  }
}

async function letIn(bodySource: BodySource, verification: Verification): Promise<VerifiedRequest> {
  // 1. to 4. Whatever can be said without the body.
  const verified = await verifyHead(verification)
  // 5. The body, and the digest that covers it.
  const body = await readCoveredBody(bodySource, verified.signature, verification)
  // 6. The nonce. Reading the body took time, so the window is checked again.
  const claimed = claim(verified, verification)
  // 7. Only now the handler. The claim is never released, whatever it does.
  return verifiedRequest(isPending(claimed) ? await claimed : claimed, body)
}

/** Steps 1 to 4: all that is checked of a request before its body. */
export async function verifyHead(verification: Verification): Promise<Verified> {
  const { message, policy, observation } = verification
  requireReplayProtection(message, policy)
  // 1. Limits and syntax.
  const candidates = parseSignatures(message, policy.limits)
  // 2. to 4. Selection, coverage, nonce, time, key and signature.
  const verified = await firstValid(candidates, verification)
  observation.signedBy(verified.signature.keyId)
  return verified
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
  const head: VerifiedHead = { keyId, principal, message, signature, replayChecked: true }
  return isPending(claimed) ? claimed.then(() => head) : head
}

/**
 * The first signature that meets the policy and verifies. Another one beside it changes nothing, and
 * lends nobody its key. At most `limits.maxSignatures` keys are looked up.
 */
async function firstValid(candidates: readonly UnverifiedSignature[], verification: Verification): Promise<Verified> {
  let refusal: SignatureError | undefined
  for (const candidate of candidates) {
    try {
      return await verifyCandidate(candidate, verification)
    } catch (error) {
      if (!isSignatureError(error)) throw error
      // Of several refusals, the one of a signature that was meant for this verifier says most.
      if (refusal === undefined || refusal.code === 'no_matching_signature') refusal = error
    }
  }
  throw refusal ?? new SignatureError('missing_signature')
}

async function verifyCandidate(
  candidate: UnverifiedSignature,
  { message, policy, keys }: Verification,
): Promise<Verified> {
  // 2. Cheap refusals first.
  const input = readSignatureInput(candidate.innerList)
  const { tag } = input.parameters
  if (policy.tags !== undefined && (tag === undefined || !policy.tags.includes(tag))) {
    throw new SignatureError('no_matching_signature')
  }
  const { keyId, nonce } = checkNames(input, policy)
  checkCoverage(input, message, policy)
  if (declaresBody(message)) checkBodyCoverage(input, message)
  if (policy.nonces !== undefined) await checkNonce(nonce, keyId, policy.nonces)
  checkFreshness(input.parameters, unixSeconds(policy), policy)
  // 4. The base, before the key: what cannot verify with any key causes no lookup, and does not tell which keyids exist.
  const base = signatureBase(message, input)
  // 3. The key.
  const found = resolveKey(keys, keyId, () => unixSeconds(policy))
  const key = isPending(found) ? await found : found
  // 4. The algorithm and the signature.
  return { key, signature: await verifySignature(message, candidate, key.key, { prepared: { input, base } }) }
}

/** Step 5: reads the body as a whole. */
export async function readCoveredBody(
  source: BodySource,
  input: SignatureInput,
  { message, policy }: Verification,
): Promise<Bytes> {
  const read = readBody(source, contentLength(message), policy.maxBodyBytes)
  const body = isPending(read) ? await read : read
  // Now it is certain whether there is a body, whatever the fields declared.
  if (body.length > 0) checkBodyCoverage(input, message)
  if (covers(input, 'content-digest')) {
    await verifyContentDigest(combinedValue(message.headers, 'content-digest') ?? '', body)
  }
  return body
}

function unixSeconds(policy: Policy): number {
  return Math.floor(policy.clock() / 1000)
}
