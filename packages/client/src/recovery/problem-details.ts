import { readStream } from '../body/stream.ts'
import type { Problem } from './problem.ts'

/** Bytes. Problem details of a Countersign server take a few hundred. */
const maxProblemBytes = 16_384

/** What the `type` of problem details begins with. */
const typePrefix = 'urn:countersign:problem:'

/** Reads the problem details of a response, and leaves its body to others. It is loaded at the first refusal. */
export async function readProblemDetails(response: Response): Promise<Problem | undefined> {
  const details = await readDetails(response, maxProblemBytes)
  return details === undefined ? undefined : problemOf(details, response.status)
}

/** Reads the JSON object of a response, and leaves its body to others. Undefined where there is none, or a longer one. */
export async function readDetails(response: Response, maxBytes: number): Promise<object | undefined> {
  try {
    const copy = response.clone()
    // Longer than it may be, it is undefined, and no JSON.
    const body = copy.body ? await readStream(copy.body, { maxBytes, signal: undefined }) : await copy.arrayBuffer()
    const details: unknown = JSON.parse(new TextDecoder().decode(body))
    return typeof details === 'object' && details !== null ? details : undefined
  } catch {
    // Cut off, too long or no JSON: whatever it is, it is no refusal that can be believed.
    return undefined
  }
}

function problemOf(details: object, status: number): Problem | undefined {
  const { type, title, serverTime } = details as Readonly<Record<string, unknown>>
  if (typeof type !== 'string' || !type.startsWith(typePrefix)) return undefined
  return Object.freeze({
    kind: type.slice(typePrefix.length),
    title: typeof title === 'string' ? title : '',
    status,
    ...(Number.isSafeInteger(serverTime) ? { serverTime: serverTime as number } : {}),
  })
}
