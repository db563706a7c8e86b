import type { Problem } from './problem.ts'

/**
 * Reads why a server refused a request. The body of the response can still be read afterwards, so ask before you read it.
 *
 *     const response = await signedFetch(url)
 *     const problem = await readProblem(response)
 *     if (problem?.kind === 'replayed') ...
 *
 * @returns undefined when the response is no refusal of a Countersign server, or its body was read before.
 */
export async function readProblem(response: Response): Promise<Problem | undefined> {
  const contentType = response.headers.get('content-type') ?? ''
  if (response.status < 400 || response.bodyUsed || !/^application\/problem\+json\s*(;|$)/i.test(contentType)) {
    return undefined
  }
  const { readProblemDetails } = await import('./problem-details.ts')
  return readProblemDetails(response)
}
