import { type FieldLine, parseOrigin } from '@countersign/core'
import { failure, usageFailure } from '../failure.ts'
import { notice } from '../terminal/notice.ts'
import type { World } from '../world.ts'
import { bodyLoss, isHar, readHarEntry } from './har-entry.ts'
import { readInput } from './message-input.ts'
import { fieldValues, parseRawMessage, type RawMessage, type RawRequest, type RawResponse } from './raw-message.ts'

/** How a message is found. */
export interface MessageOptions {
  /** Which entry of a HAR file, from 0. */
  readonly entry?: string
  /** Scheme and authority of a request, where Host is not what the signer called. */
  readonly origin?: string
  /** The file of the request that a response answers. */
  readonly request?: string
  /** The response of a HAR entry is meant, and not its request. */
  readonly response?: boolean
}

/** A request, and where it was sent to. */
export interface GivenRequest {
  readonly kind: 'request'
  readonly request: RawRequest
  /** Scheme and authority: `https://bank.example`. */
  readonly origin: string
}

/** A response, and what it answers, where that was given too. */
export interface GivenResponse {
  readonly kind: 'response'
  readonly response: RawResponse
  readonly answers: GivenRequest | undefined
}

/** A message, as the arguments give it. */
export type GivenMessage = GivenRequest | GivenResponse

/** What stands in the file of a message. */
export function rawMessageOf(given: GivenMessage): RawMessage {
  return given.kind === 'request' ? given.request : given.response
}

/**
 * Reads a raw HTTP message, or an entry of a HAR file, from a file or from standard input; for a response also the
 * request that it answers.
 *
 * @throws CommandFailure when there is none, or a request does not say where it goes.
 */
export async function readMessage(path: string, options: MessageOptions, world: World): Promise<GivenMessage> {
  const { request, response, entry, origin } = options
  checkOrigin(origin)
  const found = await readFound(path, { entry, what: 'the message' }, world)
  if (found.message.kind === 'request' && response !== true) {
    if (request !== undefined) throw usageFailure('--request is for responses, and the message is a request')
    return requestOf(found, origin, world)
  }
  const answered =
    request === undefined ? found : await readFound(request, { entry: undefined, what: 'the request' }, world)
  const answers = answered.message.kind === 'response' && request === undefined ? undefined : answered
  return {
    kind: 'response',
    response: responseOf(found, world),
    answers: answers && requestOf(answers, origin, world),
  }
}

/** What a file holds. */
interface Found {
  readonly message: RawMessage
  /** What a HAR entry has beside its request. */
  readonly answer: RawResponse | undefined
  /** Scheme and authority. undefined: the file does not say. */
  readonly origin: string | undefined
  readonly isHar: boolean
}

async function readFound(
  path: string,
  { entry, what }: { readonly entry: string | undefined; readonly what: string },
  world: World,
): Promise<Found> {
  const bytes = await readInput(path, what, world)
  if (isHar(bytes.subarray(0, 256).toString('utf8'))) {
    const { url, request, response } = readHarEntry(bytes.toString('utf8'), entryIndex(entry))
    const { origin, host } = new URL(url)
    return { message: { ...request, headers: withHost(request.headers, host) }, answer: response, origin, isHar: true }
  }
  if (entry !== undefined) throw usageFailure('--entry is for HAR files, and this is none')
  const message = parseRawMessage(bytes)
  const origin = message.kind === 'request' ? originOf(message) : undefined
  return { message, answer: undefined, origin, isHar: false }
}

function requestOf({ message, origin, isHar }: Found, said: string | undefined, world: World): GivenRequest {
  if (message.kind === 'response')
    throw usageFailure('--request takes the request that was answered: this is a response')
  if (isHar) warnOfLoss(message, world)
  const where = said ?? origin
  if (where === undefined)
    throw usageFailure('the request has no Host: say where it goes with --origin https://bank.example')
  return { kind: 'request', request: message, origin: where }
}

function responseOf({ message, answer, isHar }: Found, world: World): RawResponse {
  if (message.kind === 'response') return message
  if (!isHar) throw usageFailure('--response is for HAR files, which hold both: this is a request')
  if (answer === undefined) throw failure('the entry of the HAR file has no response')
  warnOfLoss(answer, world)
  return answer
}

function warnOfLoss(message: RawMessage, world: World): void {
  const loss = bodyLoss(message)
  if (loss !== undefined) notice('warning', `${loss}: its digest cannot be right`, world)
}

function checkOrigin(origin: string | undefined): void {
  try {
    if (origin !== undefined) parseOrigin(origin)
  } catch {
    throw usageFailure('--origin takes scheme and host, as in https://bank.example')
  }
}

function entryIndex(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,6}$/.test(text)) return Number(text)
  throw usageFailure('--entry takes a number: 0 is the first entry')
}

/** HTTP/2 says the host outside of its fields (RFC 9113 8.3.1), and what is written down here is HTTP/1.1. */
function withHost(headers: readonly FieldLine[], host: string): readonly FieldLine[] {
  return fieldValues(headers, 'host').length > 0 ? headers : [['Host', host], ...headers]
}

/** Where a raw request goes. It does not tell its scheme; what is signed is most often sent over TLS. */
export function originOf({ target, headers }: RawRequest): string | undefined {
  const absolute = /^(https?:\/\/[^/?#]+)/i.exec(target)?.[1]
  if (absolute !== undefined) return absolute
  const [host] = fieldValues(headers, 'host')
  return host === undefined ? undefined : `https://${host}`
}
