import { fieldValues, type RawResponse } from '../../../messages/raw-message.ts'

/** What came back for one request: a response, or silence and why. */
export type Answer =
  | { readonly kind: 'response'; readonly response: RawResponse }
  | { readonly kind: 'silent'; readonly why: string }

/** Why there is no answer where there had to be one: that is no refusal. */
export const noAnswerInTime = 'no answer in time'

/** How an answer reads in a report: "201 Created", "no answer". */
export function shownAnswer(answer: Answer): string {
  if (answer.kind === 'silent') return answer.why
  return `${answer.response.status} ${answer.response.reason}`.trimEnd()
}

/** Whether a server says that it has too much to do: then the answer tells nothing of the request. */
export function isBusy(answer: Answer): boolean {
  return answer.kind === 'response' && [429, 503].includes(answer.response.status)
}

/** Milliseconds that a busy server asks to wait for. Dates are not taken. */
export function retryAfter(answer: Answer): number | undefined {
  if (answer.kind === 'silent') return undefined
  const text = fieldValues(answer.response.headers, 'retry-after')[0]
  return text !== undefined && /^\d{1,4}$/.test(text) ? Number(text) * 1000 : undefined
}

/** The status class that says yes. */
export function isSuccess(answer: Answer): boolean {
  return answer.kind === 'response' && answer.response.status >= 200 && answer.response.status < 300
}

/** The body of an answer as text; empty where there is none. */
export function bodyText(answer: Answer): string {
  return answer.kind === 'silent' ? '' : Buffer.from(answer.response.body).toString('utf8')
}

/**
 * What a body looks like, whatever its values are: the members of a JSON object, or the text without its digits. So a
 * server that says 200 and `{"error":…}` is told from one that says 200 and `{"id":…}`.
 */
export function bodyShape({ body }: RawResponse): string {
  const text = Buffer.from(body.subarray(0, 65_536)).toString('utf8').trim()
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object.keys(value).sort().join(',')
    return Array.isArray(value) ? '[]' : typeof value
  } catch {
    return text.replace(/\d+/g, '0').slice(0, 200)
  }
}

/** Whether two answers are of one kind: the same status and media type, and objects with the same members. */
export function isAlike(one: Answer, other: Answer): boolean {
  if (one.kind === 'silent' || other.kind === 'silent') return false
  const [first, second] = [one.response, other.response]
  if (first.status !== second.status || mediaType(first) !== mediaType(second)) return false
  // An answer to HEAD has no body to compare.
  const hasBodies = first.body.length > 0 && second.body.length > 0
  return !hasBodies || !mediaType(first).endsWith('json') || bodyShape(first) === bodyShape(second)
}

function mediaType({ headers }: RawResponse): string {
  return fieldValues(headers, 'content-type')[0]?.split(';')[0]?.trim().toLowerCase() ?? ''
}
