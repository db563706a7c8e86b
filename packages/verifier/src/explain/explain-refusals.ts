import {
  encodeBase64Url,
  type LineHash,
  lineHashes,
  parseSignatures,
  type RequestMessage,
  readSignatureInput,
  refuseUnknownOptions,
  SignatureError,
  signatureBase,
} from '@countersign/core'
import { refusalKinds } from '../http-status.ts'
import type { RefusalExplainer } from '../policy/options.ts'

/** What {@link explainRefusals} can be told. */
export interface ExplainOptions {
  /**
   * Fields whose lines are not hashed, beside Authorization, Proxy-Authorization and Cookie: those that a proxy of yours
   * adds or rewrites, and that its clients must not learn.
   *
   * @default []
   */
  readonly withhold?: readonly string[]
  /** 16 random bytes, fresh at each call. @default the secure random source of the platform */
  readonly random?: () => Uint8Array
}

/** How this server saw the signatures of a request: the member `explanation` of problem details. */
export interface RefusalExplanation {
  /** Goes into each hash. */
  readonly salt: string
  readonly signatures: readonly { readonly label: string; readonly lines: readonly LineHash[] }[]
}

/** A sender can put anything into its own request, and a proxy its own secrets into the same fields. */
const alwaysWithheld = ['authorization', 'proxy-authorization', 'cookie'] as const

/**
 * Makes the `explain` option of a verifier. For development and support, not for everybody for ever: whoever gets an
 * answer can try out guesses of values that a proxy has put into covered components.
 *
 *     const verify = createVerifier({ keys, replayStore, origin, explain: explainRefusals() })
 *
 * A refusal of the kind `invalid` then carries a salted and truncated hash of each line of the signature base, as this
 * server has rebuilt it. `explainRefusal()` of `@countersign/client/explain` compares it with what was signed.
 *
 * @throws TypeError when an option is misspelt or of a wrong type.
 */
export function explainRefusals(options: ExplainOptions = {}): RefusalExplainer {
  refuseUnknownOptions('explainRefusals', options, ['withhold', 'random'])
  const { withhold = [], random = defaultRandom } = options
  if (!Array.isArray(withhold) || !withhold.every((name) => typeof name === 'string')) {
    throw new TypeError('withhold must be a list of field names')
  }
  const withheld = [...alwaysWithheld, ...withhold.map((name: string) => name.toLowerCase())]
  return async (refusal, message) => {
    // All of this kind look alike: an explanation does not tell an unknown key from a bad signature either.
    if (refusalKinds[refusal.code] !== 'invalid') return refusal
    try {
      const salt = encodeBase64Url(random())
      return withExplanation(refusal, { salt, signatures: await hashesOf(message, { salt, withheld }) })
    } catch {
      // Some of what the message covers cannot be resolved. The refusal stands.
      return refusal
    }
  }
}

const defaultRandom = (): Uint8Array => globalThis.crypto.getRandomValues(new Uint8Array(16))

async function hashesOf(
  message: RequestMessage,
  options: { readonly salt: string; readonly withheld: readonly string[] },
): Promise<RefusalExplanation['signatures']> {
  const signatures = parseSignatures(message).map(({ label, input }) => ({
    label,
    base: signatureBase(message, readSignatureInput(input)),
  }))
  return Promise.all(signatures.map(async ({ label, base }) => ({ label, lines: await lineHashes(base, options) })))
}

function withExplanation(refusal: SignatureError, explanation: RefusalExplanation): SignatureError {
  const { code, detail, retryAfterSeconds, serverTime, acceptSignature, cause } = refusal
  return new SignatureError(code, detail, {
    ...(cause === undefined ? {} : { cause }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    ...(serverTime === undefined ? {} : { serverTime }),
    ...(acceptSignature === undefined ? {} : { acceptSignature }),
    explanation,
  })
}
