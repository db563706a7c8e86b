import { createMessageDoctor, type DoctorOptions } from '../doctor/diagnose.ts'
import type { Diagnosis } from '../doctor/diagnosis.ts'
import { fetchRequest } from './transport/fetch-request.ts'
import { type NodeRequest, nodeChunks } from './transport/node-body.ts'
import { receivedRequest } from './transport/node-request.ts'

export { createMessageDoctor, type Doctor, type DoctorOptions } from '../doctor/diagnose.ts'
export type { Cause, CauseName, Diagnosis } from '../doctor/diagnosis.ts'
export type { ReceivedRequest } from '../request/received-request.ts'

/** The part of a response of `node:http` that is used. */
export interface DoctorResponse {
  writeHead(status: number, fields: Readonly<Record<string, string>>): { end(text: string): unknown }
}

/**
 * Makes a handler of the Fetch API that answers each request with what came between its signer and this server. It
 * lets nothing in. Put it in the place of the protected handler, while you set the server up, and keep it away from
 * the public.
 *
 *     export default { fetch: createDoctor({ keys, origin }) }
 *
 * @param tell gets what is answered. @default nobody
 * @throws TypeError when an option is missing, misspelt or of a wrong type.
 */
export function createDoctor(
  options: DoctorOptions<Request>,
  tell: (diagnosis: Diagnosis, request: Request) => void = () => {},
): (request: Request) => Promise<Response> {
  const diagnose = createMessageDoctor(options)
  return async (request) => {
    const diagnosis = await diagnose(fetchRequest(request, request))
    tell(diagnosis, request)
    return new Response(`${diagnosis.text}\n`, { headers: textFields })
  }
}

/**
 * The same for `node:http` and `node:http2`.
 *
 *     createServer(createNodeDoctor({ keys, origin })).listen(3000)
 *
 * @throws TypeError when an option is missing, misspelt or of a wrong type.
 */
export function createNodeDoctor<Request extends NodeRequest>(
  options: DoctorOptions<Request>,
  tell: (diagnosis: Diagnosis, request: Request) => void = () => {},
): (request: Request, response: DoctorResponse) => Promise<void> {
  const diagnose = createMessageDoctor(options)
  return async (request, response) => {
    const diagnosis = await diagnose(receivedRequest(request, request, { body: nodeChunks(request) }))
    tell(diagnosis, request)
    response.writeHead(200, textFields).end(`${diagnosis.text}\n`)
  }
}

const textFields = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' } as const
