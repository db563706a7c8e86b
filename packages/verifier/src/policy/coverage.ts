import { type RequestMessage, SignatureError, type SignatureInput } from '@countersign/core'
import type { Policy } from './policy.ts'

/** A field as policies name it, and as it is covered without parameters. */
interface CoveredField {
  readonly name: string
  readonly identifier: string
}

const fieldOf = (name: string): CoveredField => ({ name, identifier: `"${name}"` })

/** Must be covered when it is present: it changes who asks, or whether a retry runs again. */
const requiredWhenPresent: readonly CoveredField[] = ['authorization', 'idempotency-key'].map(fieldOf)

/** Must be covered when it is present beside a body: it changes what the bytes mean. */
const requiredWithBody: readonly CoveredField[] = ['content-type', 'content-encoding'].map(fieldOf)

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
  requireWhenPresent(requiredWhenPresent, message, input)
}

/**
 * Checks that a signature covers the body, for a request that has one.
 *
 * @throws SignatureError `missing_digest` or `component_not_covered`
 */
export function checkBodyCoverage(input: SignatureInput, message: RequestMessage): void {
  if (!coversDigest(input)) throw new SignatureError('missing_digest')
  requireWhenPresent(requiredWithBody, message, input)
}

/** Whether the digest of the body is covered as it stands, without parameters. */
export function coversDigest(input: SignatureInput): boolean {
  return input.covers('"content-digest"')
}

/** The fields that must be covered in a message like this one, beside what the policy always requires. */
export function conditionalFields(message: RequestMessage, hasBody: boolean): readonly string[] {
  const always = presentFields(requiredWhenPresent, message)
  return hasBody ? ['content-digest', ...presentFields(requiredWithBody, message), ...always] : always
}

function presentFields(fields: readonly CoveredField[], message: RequestMessage): readonly string[] {
  return fields.filter(({ name }) => message.headers.has(name)).map(({ name }) => name)
}

function requireWhenPresent(fields: readonly CoveredField[], message: RequestMessage, input: SignatureInput): void {
  for (const { name, identifier } of fields) {
    if (message.headers.has(name) && !input.covers(identifier)) {
      throw new SignatureError('component_not_covered', identifier)
    }
  }
}
