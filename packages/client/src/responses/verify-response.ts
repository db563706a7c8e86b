import {
  type Bytes,
  combinedValue,
  type FetchRequest,
  firstValidSignature,
  parseSignatures,
  type ResponseMessage,
  readSignatureInput,
  responseMessageOf,
  SignatureError,
  type UnverifiedSignature,
  type VerifiedSignature,
  verifyContentDigest,
  verifySignature,
} from '@countersign/core'
import { type ResponsePolicy, type ResponseVerifierOptions, resolveKey, resolveResponsePolicy } from './policy.ts'
import { checkResponseCoverage, checkResponseKeyId, checkResponseTime } from './requirements.ts'
import { readResponseBody } from './response-body.ts'
import { type SentRequest, sentRequest } from './sent-request.ts'

/** A response that the server signed as the answer to one request. */
export interface VerifiedResponse {
  /** The name of the key that verified. */
  readonly keyId: string
  /** Status and fields. Only the fields in `signature.components` were signed. */
  readonly message: ResponseMessage
  /** The covered components and parameters. */
  readonly signature: VerifiedSignature
  /** The body, exactly as it was signed; empty when there was none. */
  readonly body: Bytes
  /** The body as UTF-8 text. */
  text(): string
  /**
   * The body as JSON.
   *
   * @throws SyntaxError when it is none.
   */
  json(): unknown
}

/**
 * Believes a response, or throws a `SignatureError`. It reads the body.
 *
 * @param request the signed request as it was sent.
 */
export type ResponseVerifier = (request: FetchRequest, response: Response) => Promise<VerifiedResponse>

/** What the steps below work on. */
interface Verification {
  readonly message: ResponseMessage
  readonly request: SentRequest
  readonly policy: ResponsePolicy
}

/**
 * Makes a verifier of signed responses: each is accepted only as the answer to the very request that it is given with.
 *
 *     const verifyResponse = createResponseVerifier({ keys: [serverKey] })
 *     const { body } = await verifyResponse(request, response)
 *
 * @throws TypeError when an option is missing, misspelt or of a wrong type.
 */
export function createResponseVerifier(options: ResponseVerifierOptions): ResponseVerifier {
  const policy = resolveResponsePolicy(options)
  return async (request, response) => {
    if (response.bodyUsed) throw new TypeError('the body was read before verification: verify the response first')
    const sent = sentRequest(request)
    try {
      return await verify(sent, response, policy)
    } catch (error) {
      // A refused body is not read on; one that failed cannot be.
      await response.body?.cancel().catch(() => {})
      throw error
    }
  }
}

async function verify(request: SentRequest, response: Response, policy: ResponsePolicy): Promise<VerifiedResponse> {
  if (response.redirected || response.type === 'opaqueredirect') {
    throw new SignatureError(
      'redirect_refused',
      'the platform followed or hides it: only the answer to what was signed',
    )
  }
  const message = responseMessageOf(response, request.message)
  const verification: Verification = { message, request, policy }
  const candidates = parseSignatures(message)
  const signature = await firstValidSignature(candidates, (candidate) => verifyCandidate(candidate, verification))
  const body = await readCoveredBody(response, signature, verification)
  const text = (): string => new TextDecoder().decode(body)
  const json = (): unknown => JSON.parse(text())
  return Object.freeze({ keyId: signature.keyId, message, signature, body, text, json })
}

async function verifyCandidate(
  candidate: UnverifiedSignature,
  { message, request, policy }: Verification,
): Promise<VerifiedSignature> {
  const input = readSignatureInput(candidate.input)
  if (policy.tag !== undefined && input.parameters.tag !== policy.tag) throw new SignatureError('no_matching_signature')
  checkResponseCoverage(input, message, { request, policy })
  checkResponseTime(input, policy)
  const keyId = checkResponseKeyId(input, request, policy)
  return verifySignature(message, candidate, await resolveKey(policy.resolve, keyId))
}

async function readCoveredBody(
  response: Response,
  signature: VerifiedSignature,
  { message, request, policy }: Verification,
): Promise<Bytes> {
  const body = await readResponseBody(response, policy.maxBodyBytes)
  const covered = signature.components.some(({ text }) => text === '"content-digest"')
  if (body.length > 0 && !covered) throw new SignatureError('missing_digest')
  // The fields of these tell what the content would be, and they have none (RFC 9110 9.3.2 and 15.4.5).
  const describesOther = request.message.method === 'HEAD' || message.status === 304
  if (covered && !(describesOther && body.length === 0)) {
    await verifyContentDigest(combinedValue(message.headers, 'content-digest') ?? '', body)
  }
  return body
}
