import { fetchTargetOf } from '../request/fetch-target.ts'
import { type OriginOption, originResolver } from '../request/origin.ts'
import { answeredRequest } from './answered-request.ts'
import { createAnswerSigner, type ResponseSigningOptions } from './sign-answer.ts'

/** What {@link signResponses} is told. */
export interface SignedResponsesOptions<Source> extends ResponseSigningOptions {
  /** What clients call this server: the same as that of the verifier. */
  readonly origin: OriginOption<Source>
}

/**
 * Signs whatever a handler of the Fetch API answers, refusals included, for the request that it answers.
 *
 *     const handler = signResponses(protect(verify, transfer), { key, origin: 'https://bank.example' })
 *
 * A body is read to its end first. A request that is not signed, or that cannot be read, is answered unsigned.
 *
 * @throws TypeError when an option is missing, misspelt or of a wrong type.
 */
export function signResponses<Rest extends readonly unknown[]>(
  handler: (request: Request, ...rest: Rest) => Response | Promise<Response>,
  options: SignedResponsesOptions<Request>,
): (request: Request, ...rest: Rest) => Promise<Response> {
  const { origin, ...signing } = options
  const originOf = originResolver(origin)
  const sign = createAnswerSigner(signing)
  return async (request, ...rest) => {
    const { method, headers } = request
    const answered = answeredRequest({ method, target: fetchTargetOf(request), headers, source: request }, originOf)
    const response = await handler(request, ...rest)
    if (answered === undefined) return response
    const body = response.body === null ? null : new Uint8Array(await response.arrayBuffer())
    const signed = await sign({ status: response.status, headers: response.headers, body }, answered)
    const { status, statusText } = response
    return new Response(signed.body, { status, statusText, headers: signed.headers as [string, string][] })
  }
}
