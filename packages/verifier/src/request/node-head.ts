import type { FieldLine } from '@countersign/core'

/** What Node tells of a request before its body, with HTTP/1.1 as with HTTP/2. */
export interface NodeHead {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly rawHeaders: readonly string[]
  readonly httpVersionMajor?: number
}

/** Whether a request came as a stream of HTTP/2. */
export function isHttp2({ httpVersionMajor }: NodeHead): boolean {
  return httpVersionMajor === 2
}

/**
 * The request target as it was sent. connect, Express and Fastify may cut or rewrite `url`, and keep what was
 * requested in `originalUrl`.
 *
 * @param target where a framework keeps it elsewhere.
 */
export function requestTargetOf(request: NodeHead, target = ''): string {
  return (request as { originalUrl?: string }).originalUrl ?? (target || (request.url ?? ''))
}

/** `headers` hides duplicates of some fields; `rawHeaders` shows what came. */
export function fieldLinesOf(request: NodeHead): readonly FieldLine[] {
  const { rawHeaders } = request
  const lines: FieldLine[] = []
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    lines.push([rawHeaders[index] as string, rawHeaders[index + 1] as string])
  }
  return isHttp2(request) ? asInHttp1(lines) : lines
}

/**
 * The fields of HTTP/2 as those of HTTP/1.1: without pseudo-header fields, the pieces of a cookie put together
 * (RFC 9113 8.2.3), and `:authority` in the place of Host (8.3.1). A Host that says otherwise is a second one.
 */
function asInHttp1(all: readonly FieldLine[]): readonly FieldLine[] {
  const authority = all.find(([name]) => name === ':authority')?.[1]
  const cookies = all.filter(([name]) => name === 'cookie').map(([, value]) => value)
  const lines = all.filter(
    ([name, value]) => !name.startsWith(':') && name !== 'cookie' && !(name === 'host' && value === authority),
  )
  if (cookies.length > 0) lines.push(['cookie', cookies.join('; ')])
  return authority === undefined ? lines : [['host', authority], ...lines]
}

/** The longest body of a refused request, in bytes, that is worth reading to keep a connection. */
const shortBody = 65_536

/**
 * Whether the rest of a refused body is not worth its connection.
 *
 * Goes by what was declared, not by what was read: how far verification came would tell whether the keyid is known.
 */
export function hasLongBody({ headers }: NodeHead): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > shortBody
}
