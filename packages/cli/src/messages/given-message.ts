import { parseOrigin } from '@countersign/core'
import { usageFailure } from '../failure.ts'
import type { World } from '../world.ts'
import { isHar, readHarEntry } from './har-entry.ts'
import { readInput } from './message-input.ts'
import { fieldValues, parseRawMessage, type RawMessage, type RawRequest } from './raw-message.ts'

/** How a message is found. */
export interface MessageOptions {
  /** Which entry of a HAR file, from 0. */
  readonly entry?: string
  /** Scheme and authority of a request, where Host is not what the signer called. */
  readonly origin?: string
}

/** A message, and where it was sent to. */
export interface GivenMessage {
  readonly message: RawMessage
  /** Scheme and authority of a request: `https://bank.example`. */
  readonly origin: string | undefined
}

/** A request, and where it was sent to. */
export interface GivenRequest {
  readonly request: RawRequest
  readonly origin: string
}

/**
 * Reads a raw HTTP message, or an entry of a HAR file, from a file or from standard input.
 *
 * @throws CommandFailure when there is none.
 */
export async function readMessage(path: string, options: MessageOptions, world: World): Promise<GivenMessage> {
  checkOrigin(options.origin)
  const bytes = await readInput(path, 'the message', world)
  const text = Buffer.from(bytes.subarray(0, 256)).toString('utf8')
  if (isHar(text)) {
    const { url, request } = readHarEntry(Buffer.from(bytes).toString('utf8'), entryIndex(options.entry))
    return { message: request, origin: options.origin ?? new URL(url).origin }
  }
  if (options.entry !== undefined) throw usageFailure('--entry is for HAR files, and this is none')
  const message = parseRawMessage(bytes)
  return { message, origin: options.origin ?? (message.kind === 'request' ? originOf(message) : undefined) }
}

/**
 * Reads a message that must be a request.
 *
 * @throws CommandFailure for a response, and for a request that does not say where it goes.
 */
export async function readRequest(path: string, options: MessageOptions, world: World): Promise<GivenRequest> {
  const { message, origin } = await readMessage(path, options, world)
  if (message.kind !== 'request')
    throw usageFailure('this is a response: only requests can be verified and explained here')
  if (origin === undefined)
    throw usageFailure('the request has no Host: say where it goes with --origin https://bank.example')
  return { request: message, origin }
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

/** A raw message does not tell its scheme; what is signed is most often sent over TLS. */
function originOf({ target, headers }: RawRequest): string | undefined {
  const absolute = /^(https?:\/\/[^/?#]+)/i.exec(target)?.[1]
  if (absolute !== undefined) return absolute
  const [host] = fieldValues(headers, 'host')
  return host === undefined ? undefined : `https://${host}`
}
