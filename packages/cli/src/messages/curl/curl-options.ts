/** Options without a value that say nothing of the request. */
export const ignoredFlags: ReadonlySet<string> = new Set(
  'silent show-error include verbose location location-trusted fail fail-with-body insecure path-as-is globoff http1.0 http1.1 http2 http2-prior-knowledge http3 no-buffer no-progress-meter progress-bar tcp-nodelay ipv4 ipv6 no-keepalive remote-name remote-header-name raw tr-encoding'.split(
    ' ',
  ),
)

/** Options with a value that say nothing of the request. */
export const ignoredOptions: ReadonlySet<string> = new Set(
  'output max-time connect-timeout write-out retry retry-delay retry-max-time max-redirs dump-header stderr trace trace-ascii cookie-jar limit-rate keepalive-time interface'.split(
    ' ',
  ),
)

/** The long names of the short options. */
export const optionLetters: Readonly<Record<string, string>> = {
  X: 'request',
  H: 'header',
  d: 'data',
  u: 'user',
  b: 'cookie',
  A: 'user-agent',
  e: 'referer',
  G: 'get',
  I: 'head',
  s: 'silent',
  S: 'show-error',
  i: 'include',
  v: 'verbose',
  L: 'location',
  f: 'fail',
  k: 'insecure',
  g: 'globoff',
  N: 'no-buffer',
  O: 'remote-name',
  J: 'remote-header-name',
  '0': 'http1.0',
  '4': 'ipv4',
  '6': 'ipv6',
  '#': 'progress-bar',
  o: 'output',
  m: 'max-time',
  w: 'write-out',
  D: 'dump-header',
  c: 'cookie-jar',
}
