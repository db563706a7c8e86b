import { type RequestMessage, SignatureError, type SignatureInput } from '@countersign/core'
import type { Policy } from './policy.ts'

/** Must be covered when it is present: it changes who asks, or whether a retry runs again. */
const requiredWhenPresent = ['authorization', 'idempotency-key'] as const

/** Must be covered when it is present beside a body: it changes what the bytes mean. */
const requiredWithBody = ['content-type', 'content-encoding'] as const

/** A keyid longer than this is no honest name. */
const maxKeyIdLength = 256

/** A nonce shorter than this can be guessed or meet another by chance; a longer one serves nobody. */
const nonceLength = { minimum: 16, maximum: 128 } as const

/**
 * Checks that keyid and nonce are there and of a sensible size. A nonce may only be absent where nobody looks at it.
 *
 * @throws SignatureError `missing_parameter` or `malformed_parameter`
 */
export function checkNames(
  input: SignatureInput,
  { replayStore, nonces }: Pick<Policy, 'replayStore' | 'nonces'>,
): { keyId: string; nonce: string | undefined } {
  const { keyid: keyId, nonce } = input.parameters
  if (keyId === undefined) throw new SignatureError('missing_parameter', 'keyid')
  if (keyId.length === 0 || keyId.length > maxKeyIdLength) throw new SignatureError('malformed_parameter', 'keyid')
  if (nonce === undefined) {
    // Where the server issues nonces, their absence is answered with one.
    if (replayStore === undefined || nonces !== undefined) return { keyId, nonce }
    throw new SignatureError('missing_parameter', 'nonce')
  }
  if (nonce.length < nonceLength.minimum || nonce.length > nonceLength.maximum) {
    const { minimum, maximum } = nonceLength
    throw new SignatureError('malformed_parameter', `the nonce must have ${minimum} to ${maximum} characters`)
  }
  return { keyId, nonce }
}

/**
 * Checks that a signature covers what the policy requires of every request (RFC 9421 3.2.1). Whole
 * identifiers are compared: `"content-digest";req` does not stand in for `"content-digest"`.
 *
 * @throws SignatureError `component_not_covered`
 */
export function checkCoverage(input: SignatureInput, message: RequestMessage, policy: Pick<Policy, 'required'>): void {
  for (const required of policy.required) {
    if (!input.covers(required.sortedText)) throw new SignatureError('component_not_covered', required.text)
  }
  requireCoveredWhenPresent(requiredWhenPresent, message, input)
}

/**
 * Checks that a signature covers the body, for a request that has one.
 *
 * @throws SignatureError `missing_digest` or `component_not_covered`
 */
export function checkBodyCoverage(input: SignatureInput, message: RequestMessage): void {
  if (!covers(input, 'content-digest')) throw new SignatureError('missing_digest')
  requireCoveredWhenPresent(requiredWithBody, message, input)
}

/** Whether a field is covered as it stands, without parameters. */
export function covers(input: SignatureInput, fieldName: string): boolean {
  return input.covers(`"${fieldName}"`)
}

/** The fields that must be covered in a message like this one, beside what the policy always requires. */
export function conditionalFields(message: RequestMessage, hasBody: boolean): readonly string[] {
  const always = presentFields(requiredWhenPresent, message)
  return hasBody ? ['content-digest', ...presentFields(requiredWithBody, message), ...always] : always
}

function presentFields(names: readonly string[], message: RequestMessage): readonly string[] {
  return names.filter((name) => message.headers.has(name))
}

function requireCoveredWhenPresent(names: readonly string[], message: RequestMessage, input: SignatureInput): void {
  for (const name of names) {
    if (message.headers.has(name) && !covers(input, name)) {
      throw new SignatureError('component_not_covered', `"${name}"`)
    }
  }
}
