/** A request as somebody on the way sees it: every part can be altered, and all of it sent again. */
export interface CapturedRequest {
  readonly method: string
  readonly url: string
  /** Without what every browser adds by itself (accept, user-agent, ...). Nobody needs to sign those. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** In the order in which they are explained. Requests list them by name. */
const fieldOrder = ['content-type', 'content-digest', 'signature-input', 'signature']

/** Takes a request down, and leaves it to be sent. */
export async function capture(request: Request): Promise<CapturedRequest> {
  const { method, url, headers } = request
  const lines = [...headers].sort(([a], [b]) => fieldOrder.indexOf(a) - fieldOrder.indexOf(b))
  return { method, url, headers: Object.fromEntries(lines), body: await request.clone().text() }
}

/** Sends a request as it is. Nothing is signed here. */
export async function resend({ method, url, headers, body }: CapturedRequest): Promise<Response> {
  return fetch(url, { method, headers, body })
}
