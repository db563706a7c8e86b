import type { RawRequest } from './raw-message.ts'

/**
 * A curl command that sends the same request, for a POSIX shell.
 *
 * @param url where it goes; its path and query are replaced by the request target, byte for byte.
 * @param secretFiles files that hold credentials, which curl reads too, and the lower-case names of all their lines.
 */
export function curlCommand(
  url: string,
  { method, target, headers, body }: RawRequest,
  secretFiles: ReadonlyMap<string, ReadonlySet<string>> = new Map(),
): string {
  const { protocol, host } = new URL(url)
  const inFiles = [...secretFiles.values()].flatMap((names) => [...names])
  const skipped = new Set(['host', 'content-length', 'connection', ...inFiles])
  const words = [
    // Otherwise curl resolves dot segments, and takes brackets for a pattern.
    'curl --path-as-is --globoff',
    `-X ${quoted(method)}`,
    ...headers
      .filter(([name]) => !skipped.has(name.toLowerCase()))
      .map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...[...secretFiles.keys()].map((file) => `-H ${quoted(`@${file}`)}`),
    ...noContentType(headers, body),
  ]
  const text = textOf(body)
  if (body.length > 0) words.push(`--data-binary ${text === undefined ? '@-' : quoted(text)}`)
  const command = [...words, quoted(`${protocol}//${host}${target}`)].join(' \\\n  ')
  return text === undefined ? `printf %s ${Buffer.from(body).toString('base64')} | base64 -d | ${command}` : command
}

/** curl gives data a Content-Type unless it is told not to. */
function noContentType(headers: RawRequest['headers'], body: Uint8Array): string[] {
  const has = headers.some(([name]) => name.toLowerCase() === 'content-type')
  return body.length > 0 && !has ? ["-H 'Content-Type:'"] : []
}

/** The body as an argument, where a shell and curl keep it as it is: curl reads a file where it begins with @. */
function textOf(body: Uint8Array): string | undefined {
  const text = Buffer.from(body).toString('utf8')
  const survives = !text.startsWith('@') && !text.includes('\0') && Buffer.from(text, 'utf8').equals(body)
  return survives && body.length <= 65_536 ? text : undefined
}

function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
