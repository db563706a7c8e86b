import {
  createAcceptSignature,
  parseSignatures,
  type RequestedParameters,
  type RequestMessage,
  readSignatureInput,
  SignatureError,
  type SignatureInput,
} from '@countersign/core'
import { conditionalFields } from '../policy/coverage.ts'
import type { Policy } from '../policy/policy.ts'
import { declaresBody } from '../request/received-request.ts'
import type { ServerNonces } from './server-nonces.ts'

/**
 * What another signature would mend. Whatever else is wrong is not answered with a nonce: there is none to give to an
 * unknown key, and nobody shall learn which keys are known.
 */
const mendable: ReadonlySet<SignatureError['code']> = new Set([
  'missing_signature',
  'no_matching_signature',
  'component_not_covered',
  'missing_parameter',
  'missing_digest',
  'nonce_refused',
  'stale',
  'expired',
  'not_yet_valid',
  'replayed',
])

/** A policy whose nonces the server issues. */
interface IssuingPolicy extends Policy {
  readonly nonces: ServerNonces
}

/**
 * Adds to a refusal the signature that would be accepted (RFC 9421 5.1), where nonces are issued by the server.
 *
 * @returns the same refusal where there is nothing to add.
 */
export async function withChallenge(
  refusal: SignatureError,
  message: RequestMessage,
  policy: Policy,
): Promise<SignatureError> {
  const { nonces } = policy
  if (nonces === undefined || !mendable.has(refusal.code)) return refusal
  try {
    const acceptSignature = await challengeFor(message, { ...policy, nonces })
    const { code, detail, retryAfterSeconds, serverTime, cause } = refusal
    const time = serverTime ?? Math.floor(policy.clock() / 1000)
    return new SignatureError(code, detail, {
      ...(cause === undefined ? {} : { cause }),
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
      // A client without a clock of its own needs both, and gets them in one answer.
      serverTime: time,
      acceptSignature,
    })
  } catch {
    // No nonce can be issued right now. The refusal stands.
    return refusal
  }
}

/**
 * What a signature of this very message must be like. A nonce is issued to whoever says which key it will sign with: a
 * message without a readable signature is only told what to cover.
 */
async function challengeFor(message: RequestMessage, { required, tags, nonces }: IssuingPolicy): Promise<string> {
  const signer = claimedSigner(message, tags)
  const tag = signer?.tag ?? tags?.[0]
  const parameters: RequestedParameters = {
    created: true,
    ...(signer === undefined ? {} : { nonce: await nonces.issue(signer.keyId), keyid: signer.keyId }),
    ...(tag === undefined ? {} : { tag }),
  }
  const names = new Set(required.map((identifier) => identifier.sortedText))
  // HTTP/2 frames a body without a field that says so.
  const hasBody = declaresBody(message) || message.headers.has('content-digest')
  const fields = conditionalFields(message, hasBody).filter((name) => !names.has(`"${name}"`))
  return createAcceptSignature([{ components: [...required, ...fields], parameters }], 'request')
}

/** Who says to have signed, of the signatures that this policy looks at. Nobody has checked it. */
function claimedSigner(
  message: RequestMessage,
  tags: Policy['tags'],
): { readonly keyId: string; readonly tag: string | undefined } | undefined {
  const signers = claims(message)
  const meant = signers.find(({ tag }) => tags === undefined || (tag !== undefined && tags.includes(tag)))
  if (meant !== undefined) return { keyId: meant.keyId, tag: tags === undefined ? undefined : meant.tag }
  const [first] = signers
  return first && { keyId: first.keyId, tag: undefined }
}

/** The keyids that can be repeated in a field: a quotation mark would have to be escaped, which others do wrongly. */
function claims(message: RequestMessage): readonly { readonly keyId: string; readonly tag: string | undefined }[] {
  return inputs(message).flatMap(({ parameters: { keyid: keyId, tag } }) => {
    if (keyId === undefined || !/^[\x20-\x21\x23-\x5b\x5d-\x7e]{1,256}$/.test(keyId)) return []
    return [{ keyId, tag }]
  })
}

function inputs(message: RequestMessage): readonly SignatureInput[] {
  try {
    return parseSignatures(message).map(({ input }) => readSignatureInput(input))
  } catch {
    return []
  }
}
