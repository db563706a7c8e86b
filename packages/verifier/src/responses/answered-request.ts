import {
  createResponseMessage,
  createSignatureInput,
  isSignatureError,
  type RequestMessage,
  signatureBase,
} from '@countersign/core'
import type { OriginResolver } from '../request/origin.ts'
import { type ReceivedHead, snapshotOf } from '../request/received-request.ts'
import { requestComponents } from './request-components.ts'

/**
 * The request that an answer is bound to. It may be one that was refused: nobody says here that its signature is
 * valid, only that an answer can name it.
 *
 * @returns undefined for a request that is not signed or cannot be read: its answer goes out unsigned.
 */
export function answeredRequest<Source>(
  received: ReceivedHead<Source>,
  originOf: OriginResolver<Source>,
): RequestMessage | undefined {
  try {
    const message = snapshotOf(received, originOf(received))
    if (!message.headers.has('signature')) return undefined
    // Whether each value can stand in a signature base; whatever fails later is a mistake of this server.
    const response = createResponseMessage({ status: 200, headers: [], request: message })
    signatureBase(response, createSignatureInput(requestComponents(message), {}))
    return message
  } catch (error) {
    if (isSignatureError(error)) return undefined
    throw error
  }
}
