import { parseSignatures, readSignatureInput, type SignatureError, type SignatureErrorCode } from '@countersign/core'
import type { Cause } from '@countersign/verifier/doctor'
import type { GivenResponse } from '../../messages/given-message.ts'
import { signedMessage } from '../../messages/target-message.ts'
import type { VerificationPolicy } from './report.ts'

type LikelyCause = Omit<Cause, 'proven'>

const clock = 'Synchronize both clocks (NTP). For a response of earlier, --at created takes the time that it says.'

/** What most likely happened to a response that is refused, by its code. The doctor examines requests alone. */
const causes: Partial<Record<SignatureErrorCode, LikelyCause>> = {
  missing_signature: {
    cause: 'signer',
    finding:
      'The server does not sign its answers, or not this one: that to an unsigned request has nothing that it could be bound to. Or a proxy answered in its place.',
    cure: 'Sign answers at the server: signResponses or createSignedSender.',
  },
  component_not_covered: {
    cause: 'signer',
    finding: 'The signature leaves out what says which request is answered, or what the answer is.',
    cure: 'Let the server cover it: signResponses and createSignedSender do. Leave out --request to see whether the rest holds.',
  },
  missing_digest: {
    cause: 'signer',
    finding: 'The signature does not cover the body, which anybody could have changed.',
    cure: 'Let the server send Content-Digest, and cover it.',
  },
  missing_component: {
    cause: 'missing-field',
    finding: 'The signature covers a field that the response, or the request of --request, does not have.',
    cure: 'Pass the request as it was sent: --save-request FILE writes it. Else find what takes the field away.',
  },
  unknown_key: {
    cause: 'key',
    finding: 'Its keyid is that of no key here, or of the key that signed the request.',
    cure: 'Pass the key of the server. Where both sides hold one secret, add --allow-shared-key.',
  },
  inactive_key: {
    cause: 'key',
    finding: 'The key of the server is not trusted at this time.',
    cure: 'Take its present key. For a response of earlier, --at says when it was received.',
  },
  algorithm_mismatch: {
    cause: 'algorithm',
    finding: 'The signature was made with another algorithm than that of the key.',
    cure: 'Import the right key, or sign with the algorithm of this one.',
  },
  invalid_signature: {
    cause: 'unknown',
    finding:
      'It answers another request than that of --request, a covered component was changed on the way, or the key is another one.',
    cure: 'Pass the very request that was sent, --save-request FILE, and with --origin the name that the server has. explain --signed compares the signature bases.',
  },
  digest_mismatch: {
    cause: 'body',
    finding:
      'The body is not the one that was signed. Most often something has decompressed it: a browser, or a proxy that compresses.',
    cure: 'Keep the bytes as they arrive, and switch compression of signed answers off (Cache-Control: no-transform).',
  },
}

/** What most likely happened to a response, and its cure. It is not proven. */
export function responseCauses(
  { code }: SignatureError,
  given: GivenResponse,
  policy: VerificationPolicy,
): readonly Cause[] {
  const likely =
    code === 'stale' || code === 'expired' || code === 'not_yet_valid' ? timeCause(given, policy) : causes[code]
  return likely === undefined ? [] : [{ ...likely, proven: likely.cause === 'clock' }]
}

function timeCause(given: GivenResponse, policy: VerificationPolicy): LikelyCause | undefined {
  const created = createdOf(given)
  if (created === undefined) return undefined
  const seconds = Math.floor(policy.clock() / 1000) - created
  const when = seconds < 0 ? `${-seconds} s from now` : `${seconds} s ago`
  return {
    cause: 'clock',
    finding: `The response says that it was signed ${when}, by the clock of this side.`,
    cure: clock,
  }
}

function createdOf(given: GivenResponse): number | undefined {
  const [signature] = parseSignatures(signedMessage(given))
  return signature && readSignatureInput(signature.input).parameters.created
}
