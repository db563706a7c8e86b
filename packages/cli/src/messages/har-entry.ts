import type { FieldLine } from '@countersign/core'
import { failure, usageFailure } from '../failure.ts'
import { fieldValues, type RawMessage, type RawRequest, type RawResponse } from './raw-message.ts'

/** One entry of a HAR file: a request, and what was answered. */
export interface HarEntry {
  /** The absolute URL of the request. */
  readonly url: string
  readonly request: RawRequest
  readonly response: RawResponse | undefined
}

/** Fields that a browser lists and that no HTTP/1.1 message has: those of HTTP/2 (RFC 9113 8.3). */
const isPseudoField = (name: string): boolean => name.startsWith(':')

/**
 * Reads an entry of a HAR file (version 1.2), as browsers save it.
 *
 * @param index counts from 0; without it the file must have one entry.
 * @throws CommandFailure when there is no such entry.
 */
export function readHarEntry(text: string, index?: number): HarEntry {
  const entries = entriesOf(text)
  if (entries.length === 0) throw failure('the HAR file has no entries')
  if (index === undefined && entries.length > 1) {
    throw usageFailure(`the HAR file has ${entries.length} entries: say which with --entry N\n${listOf(entries)}`)
  }
  const entry = entries[index ?? 0]
  if (entry === undefined) throw usageFailure(`the HAR file has no entry ${index ?? 0}\n${listOf(entries)}`)
  return entryOf(entry)
}

/** Whether a text looks like a HAR file. No HTTP message begins with a brace. */
export function isHar(text: string): boolean {
  return /^\s*\{/.test(text)
}

/** What a browser did not save of a body, where the message tells: then no digest of it can be right. */
export function bodyLoss({ kind, headers, body }: RawMessage): string | undefined {
  const stated = Number(fieldValues(headers, 'content-length')[0] ?? Number.NaN)
  const hasDigest = fieldValues(headers, 'content-digest').length > 0
  if (body.length === 0 && (stated > 0 || hasDigest)) return `the HAR file does not hold the body of this ${kind}`
  if (body.length > 0 && fieldValues(headers, 'content-encoding').length > 0) {
    return `this ${kind} was compressed, and a HAR file holds what was made of it`
  }
  if (body.length === stated || Number.isNaN(stated)) return undefined
  return `the HAR file holds ${body.length} bytes of this ${kind}, and ${stated} were sent: it is for text`
}

// What a file says of itself: each member can be missing.
interface Pair {
  readonly name?: unknown
  readonly value?: unknown
}
interface Entry {
  readonly request?: {
    readonly method?: unknown
    readonly url?: unknown
    readonly headers?: unknown
    readonly postData?: { readonly text?: unknown; readonly encoding?: unknown }
  }
  readonly response?: {
    readonly status?: unknown
    readonly statusText?: unknown
    readonly headers?: unknown
    readonly content?: { readonly text?: unknown; readonly encoding?: unknown }
  }
}

function entriesOf(text: string): readonly Entry[] {
  try {
    const { log } = JSON.parse(text.replace(/^\ufeff/, '')) as { log?: { entries?: unknown } }
    if (Array.isArray(log?.entries)) return log.entries.map((entry: Entry | null) => entry ?? {})
  } catch {
    // What is wrong with the JSON can quote a body.
  }
  throw failure('this is neither an HTTP message nor a HAR file: it has no log.entries')
}

function listOf(entries: readonly Entry[]): string {
  const lines = entries.slice(0, 20).map(({ request }, index) => `  ${index}  ${listed(request)}`)
  return [...lines, ...(entries.length > 20 ? [`  and ${entries.length - 20} more`] : [])].join('\n')
}

/** Method and URL, without what may be a secret: a password, and the values of a query. */
function listed(request: Entry['request']): string {
  const { method, url } = request ?? {}
  if (typeof method !== 'string' || typeof url !== 'string') return '(no request)'
  return `${method} ${url.replace(/^([a-z]+:\/\/)[^/?#]*@/i, '$1').replace(/[?#].*$/s, '?…')}`.slice(0, 160)
}

function entryOf({ request, response }: Entry): HarEntry {
  const { method, url } = request ?? {}
  if (typeof method !== 'string' || typeof url !== 'string')
    throw failure('the entry has no request with method and url')
  const found = /^https?:\/\/[^/?#]+([^#]*)/i.exec(url)
  if (found === null) throw failure(`the entry is for ${url.slice(0, 80)}, which is neither http nor https`)
  const rest = found[1] as string
  return {
    url,
    request: {
      kind: 'request',
      method,
      target: rest.startsWith('/') ? rest : `/${rest}`,
      headers: fieldLines(request?.headers),
      body: bodyOf(request?.postData),
    },
    response: responseOf(response),
  }
}

function responseOf(response: Entry['response']): RawResponse | undefined {
  const { status, statusText } = response ?? {}
  // Browsers write 0 where nothing was answered.
  if (typeof status !== 'number' || status < 100) return undefined
  return {
    kind: 'response',
    status,
    reason: typeof statusText === 'string' ? statusText : '',
    headers: fieldLines(response?.headers),
    body: bodyOf(response?.content),
  }
}

function fieldLines(headers: unknown): readonly FieldLine[] {
  if (!Array.isArray(headers)) return []
  return (headers as (Pair | null)[]).flatMap((pair) => {
    const { name, value } = pair ?? {}
    return typeof name !== 'string' || typeof value !== 'string' || isPseudoField(name) ? [] : [[name, value] as const]
  })
}

function bodyOf(content: { readonly text?: unknown; readonly encoding?: unknown } | undefined): Uint8Array {
  if (typeof content?.text !== 'string') return new Uint8Array()
  return Buffer.from(content.text, content.encoding === 'base64' ? 'base64' : 'utf8')
}
