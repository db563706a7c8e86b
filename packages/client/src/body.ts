import type { Bytes } from '@countersign/core'

/**
 * Reads the body of a Request once. The bytes that come out are hashed and sent: a FormData would get
 * another boundary the next time that it is serialized.
 *
 * @returns undefined when the request has no body. Engines that do not tell give an empty one.
 */
export async function readBody(request: Request): Promise<Bytes | undefined> {
  if (request.body === null || request.method === 'GET' || request.method === 'HEAD') return undefined
  return new Uint8Array(await request.arrayBuffer())
}
