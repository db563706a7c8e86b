/**
 * The request target of a Fetch API `Request`: what stands behind the authority, which is the server's own to say. A
 * fragment that came over the wire is refused like everything else that cannot be in a request target.
 */
export function fetchTargetOf({ url }: Request): string {
  const target = url.replace(/^[a-z]+:\/\/[^/?#]*/i, '')
  return target.startsWith('/') ? target : `/${target}`
}
