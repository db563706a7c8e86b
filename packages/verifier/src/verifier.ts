import {
  type Bytes,
  combinedValue,
  isSignatureError,
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
import { checkFreshness } from './freshness.ts'
import { type KeyResolver, keyResolver, resolveKey } from './key-resolver.ts'
import {
  checkBodyCoverage,
  checkCoverage,
  checkNames,
  covers,
  type Policy,
  resolvePolicy,
  type VerifierOptions,
} from './policy.ts'
import { claimNonce } from './replay/claim.ts'
import { type BodySource, readBody } from './request/body.ts'
import { originResolver } from './request/origin.ts'
import { contentLength, type ReceivedRequest, snapshotOf } from './request/received-request.ts'
import { type VerifiedRequest, verifiedRequest } from './request/verified-request.ts'

/** Lets a request in exactly once, or throws a `SignatureError`. */
export type MessageVerifier<Source = unknown> = (request: ReceivedRequest<Source>) => Promise<VerifiedRequest>

/** What the steps below work on. */
interface Verification {
  readonly message: RequestMessage
  readonly policy: Policy
  readonly keys: KeyResolver
}

/**
 * Makes a verifier that knows no framework: the adapters build on it. Use the `createVerifier` of an
 * adapter where there is one.
 *
 * @throws TypeError when an option is missing, misspelt or of a wrong type.
 */
export function createMessageVerifier<Source>(options: VerifierOptions<Source>): MessageVerifier<Source> {
  const policy = resolvePolicy(options)
  const keys = keyResolver(options.keys)
  const originOf = originResolver(options.origin)
  const { replayStore, onRefused } = options

  async function verify(request: ReceivedRequest<Source>): Promise<VerifiedRequest> {
    const message = snapshotOf(request, originOf(request))
    const verification: Verification = { message, policy, keys }
    // 1. Limits and syntax.
    const candidates = parseSignatures(message, policy.limits)
    // 2. to 4. Selection, coverage, time, key and signature.
    const signature = await firstValid(candidates, verification)
    // 5. The body, and the digest that covers it.
    const body = await readCoveredBody(request.body, signature, verification)
    // 6. The nonce. Reading the body took time, so the window is checked again.
    const now = unixSeconds(policy)
    checkFreshness(signature.parameters, now, policy)
    const principal = policy.principal(signature.keyId)
    await claimNonce(replayStore, signature, { ...policy, principal, now })
    // 7. Only now the handler. The claim is never released, whatever it does.
    return verifiedRequest({ message, signature, principal, body })
  }

  return async (request) => {
    try {
      return await verify(request)
    } catch (error) {
      if (isSignatureError(error)) tell(onRefused, error, request.source)
      throw error
    }
  }
}

/** A hook that fails must not change what the client is told. */
function tell<Source>(hook: VerifierOptions<Source>['onRefused'], error: SignatureError, source: Source): void {
  try {
    hook?.(error, source)
  } catch {
    // The refusal stands.
  }
}

/**
 * The first signature that meets the policy and verifies. Another one beside it changes nothing, and
 * lends nobody its key. At most `limits.maxSignatures` keys are looked up.
 */
async function firstValid(
  candidates: readonly UnverifiedSignature[],
  verification: Verification,
): Promise<VerifiedSignature> {
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
): Promise<VerifiedSignature> {
  // 2. Cheap refusals first.
  const input = readSignatureInput(candidate.innerList)
  if (policy.tag !== undefined && input.parameters.tag !== policy.tag) throw new SignatureError('no_matching_signature')
  const { keyId } = checkNames(input)
  checkCoverage(input, message, policy)
  if (declaresBody(message)) checkBodyCoverage(input, message)
  checkFreshness(input.parameters, unixSeconds(policy), policy)
  // 4. The base, before the key: what cannot verify with any key causes no lookup, and does not tell which keyids exist.
  const base = signatureBase(message, input)
  // 3. The key.
  const key = await resolveKey(keys, keyId)
  // 4. The algorithm and the signature.
  return verifySignature(message, candidate, key, { prepared: { input, base } })
}

async function readCoveredBody(
  source: BodySource,
  input: SignatureInput,
  { message, policy }: Verification,
): Promise<Bytes> {
  const body = await readBody(source, contentLength(message), policy.maxBodyBytes)
  // Now it is certain whether there is a body, whatever the fields declared.
  if (body.length > 0) checkBodyCoverage(input, message)
  if (covers(input, 'content-digest')) {
    await verifyContentDigest(combinedValue(message.headers, 'content-digest') ?? '', body)
  }
  return body
}

/** RFC 9112 6: a request has a body when it says how it is framed. */
function declaresBody(message: RequestMessage): boolean {
  return (contentLength(message) ?? 0) > 0 || message.headers.has('transfer-encoding')
}

function unixSeconds(policy: Policy): number {
  return Math.floor(policy.clock() / 1000)
}
