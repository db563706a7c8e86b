import type { RemoteJwksFailure } from './remote-jwks-events.ts'
import type { RemoteJwksSettings } from './remote-jwks-options.ts'

/** The text of a set, and for how many seconds its server says that it is good, if it does. */
export interface FetchedText {
  readonly text: string
  readonly maxAgeSeconds: number | undefined
}

/** A failure, and the error behind it. */
export interface Failed {
  readonly failure: RemoteJwksFailure
  readonly cause?: unknown
}

type FetchSettings = Pick<RemoteJwksSettings, 'url' | 'headers' | 'fetch' | 'timeoutMilliseconds' | 'maxBytes'>

/** Fetches the text of a set within its limits. It never throws, and always ends in time. */
export async function fetchJwks(settings: FetchSettings): Promise<FetchedText | Failed> {
  const ending = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  // A fetch of the caller's own need not listen to the signal.
  const timeout = new Promise<Failed>((resolve) => {
    timer = setTimeout(() => resolve({ failure: 'timeout' }), settings.timeoutMilliseconds)
  })
  try {
    return await Promise.race([exchange(settings, ending.signal), timeout])
  } catch (cause) {
    return { failure: 'network', cause }
  } finally {
    clearTimeout(timer)
    // Whatever is still to come is not waited for: the rest of a huge body, or of a redirect.
    ending.abort()
  }
}

async function exchange(settings: FetchSettings, signal: AbortSignal): Promise<FetchedText | Failed> {
  const response = await settings.fetch(settings.url, {
    method: 'GET',
    headers: {
      accept: 'application/jwk-set+json, application/json',
      // A copy on the way could lack a key that is new, or have one that is revoked.
      'cache-control': 'no-cache',
      ...settings.headers,
    },
    // Not 'error', which Workers do not know: a redirect is refused by its status.
    redirect: 'manual',
    signal,
  })
  if (response.redirected || response.type === 'opaqueredirect' || Math.floor(response.status / 100) === 3) {
    return { failure: 'redirect' }
  }
  if (response.status !== 200) return { failure: 'status', cause: new Error(`the status was ${response.status}`) }
  const chunks = await readAtMost(response, settings.maxBytes)
  if (chunks === undefined) return { failure: 'too-large' }
  const text = decodeUtf8(chunks)
  return text === undefined ? { failure: 'not-json' } : { text, maxAgeSeconds: maxAgeOf(response.headers) }
}

/** Counts while it reads: Content-Length may lie, and says nothing of what a content coding unfolds to. */
async function readAtMost(response: Response, maxBytes: number): Promise<readonly Uint8Array[] | undefined> {
  const chunks: Uint8Array[] = []
  const reader = response.body?.getReader()
  if (reader === undefined) return chunks
  let length = 0
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    length += read.value.length
    if (length > maxBytes) return undefined
    chunks.push(read.value)
  }
  return chunks
}

function decodeUtf8(chunks: readonly Uint8Array[]): string | undefined {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  try {
    return chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join('') + decoder.decode()
  } catch {
    return undefined
  }
}

/** The freshness that is left (RFC 9111 4.2), where Cache-Control says one. */
function maxAgeOf(headers: Headers): number | undefined {
  const directives = (headers.get('cache-control') ?? '').toLowerCase().split(',')
  const names = directives.map((directive) => directive.trim())
  if (names.includes('no-store') || names.includes('no-cache')) return 0
  const stated = names.map((name) => /^max-age="?(\d{1,9})"?$/.exec(name)?.[1]).find((digits) => digits !== undefined)
  if (stated === undefined) return undefined
  const age = /^\d{1,9}$/.exec(headers.get('age') ?? '')?.[0] ?? '0'
  return Math.max(0, Number(stated) - Number(age))
}
