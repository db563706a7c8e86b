import { type ResponseMessage, SignatureError, type SignatureInput } from '@countersign/core'
import type { ResponsePolicy } from './policy.ts'
import type { SentRequest } from './sent-request.ts'

/** What the response is, and what it answers. */
const alwaysRequired = ['"@status"', '"@method";req', '"@authority";req', '"@path";req', '"@query";req'] as const

/**
 * Checks that a signature covers enough of a response, and of the request that it answers (RFC 9421 2.4, 7.3.7).
 * Whole identifiers are compared: `"content-digest";req` does not stand in for `"content-digest"`.
 *
 * @throws SignatureError `component_not_covered`
 */
export function checkResponseCoverage(
  input: SignatureInput,
  response: ResponseMessage,
  { request, policy }: { readonly request: SentRequest; readonly policy: ResponsePolicy },
): void {
  const covered = new Set(input.components.map((identifier) => identifier.sortedText))
  const required: string[] = [...alwaysRequired]
  if (request.message.headers.has('content-digest')) required.push('"content-digest";req')
  for (const name of policy.coveredWhenPresent) if (response.headers.has(name)) required.push(`"${name}"`)
  for (const text of required) if (!covered.has(text)) throw new SignatureError('component_not_covered', text)
  if (!isBound(input, request)) throw new SignatureError('component_not_covered', '"signature-input";req')
}

/** Whether the signature names the nonce of the request: by the whole field, or by the member of one signature. */
function isBound(input: SignatureInput, { uniqueLabels }: SentRequest): boolean {
  return input.components.some(({ name, parameters }) => {
    if (name !== 'signature-input' || !parameters.has('req') || parameters.has('tr')) return false
    const member = parameters.get('key')
    return member === undefined || uniqueLabels.has(String(member.value))
  })
}

/**
 * Checks the times of a signature (RFC 9421 2.3). They are those of another clock, so they are taken loosely: that the
 * response is no old one follows from the nonce of the request.
 *
 * @throws SignatureError `missing_parameter`, `not_yet_valid`, `stale` or `expired`
 */
export function checkResponseTime(input: SignatureInput, policy: ResponsePolicy): void {
  const now = Math.floor(policy.clock() / 1000)
  const { created, expires } = input.parameters
  if (created === undefined) throw new SignatureError('missing_parameter', 'created')
  if (created > now + policy.futureSkewSeconds) throw new SignatureError('not_yet_valid')
  if (created < now - policy.maxAgeSeconds) throw new SignatureError('stale')
  if (expires !== undefined && expires < now) throw new SignatureError('expired')
}

/**
 * Checks who claims to have signed: not the client itself, whose own signature could be sent back to it.
 *
 * @returns the keyid.
 * @throws SignatureError `missing_parameter` or `unknown_key`
 */
export function checkResponseKeyId(input: SignatureInput, request: SentRequest, policy: ResponsePolicy): string {
  const { keyid } = input.parameters
  if (keyid === undefined) throw new SignatureError('missing_parameter', 'keyid')
  if (policy.allowSharedKey || !request.keyIds.has(keyid)) return keyid
  throw new SignatureError('unknown_key', 'it is the key of the request, and allowSharedKey is not set')
}
