import { accepted, refused } from '../fields/expectation.mjs'
import { now, signed, withFields } from '../fields/signed-request.mjs'

const origin = 'https://bank.example'
const ok = accepted({ label: 'sig1', keyid: 'alice-1' })
const invalid = refused('invalid_signature')
const otherTarget = refused('malformed_message', 'invalid_signature')

/** What the client signs and sends. */
const sent = { method: 'GET', url: `${origin}/accounts/7?full=1`, headers: [['Host', 'bank.example']] }

/** What the server sees behind a proxy: another scheme, host and port. */
const seen = { ...sent, url: 'http://10.0.0.5:8080/accounts/7?full=1', headers: [['Host', '10.0.0.5:8080']] }

const as = (url) => ({ as: { ...sent, url } })
const controlData = ['@method', '@authority', '@path', '@query']

/** Attacks 40, 55, 56, 60 and 81: [id, comment, what is received, how it was signed, expect, policy beside `origin`]. */
const rows = [
  ['other-host', 'The proxy has changed scheme, host and port', seen, as(sent.url), ok],
  [
    'host-kept',
    'The proxy has changed scheme and port, and kept Host',
    { ...seen, headers: sent.headers },
    as(sent.url),
    ok,
  ],
  [
    'signed-inner-host',
    'Signed for the host that the proxy connects to',
    seen,
    as('http://10.0.0.5:8080/accounts/7?full=1'),
    invalid,
  ],
  [
    'signed-other-host',
    'Signed for another host that shares the keys, which Host names',
    { ...seen, headers: [['Host', 'shop.example']] },
    as('https://shop.example/accounts/7?full=1'),
    invalid,
  ],
  [
    'host-spoofed',
    'Signed for another host; Host names this one',
    { ...seen, headers: sent.headers },
    as('https://shop.example/accounts/7?full=1'),
    invalid,
  ],
  [
    'forwarded-host-spoofed',
    'Signed for another host, which X-Forwarded-Host names',
    withFields(seen, ['X-Forwarded-Host', 'shop.example'], ['X-Forwarded-Proto', 'https']),
    as('https://shop.example/accounts/7?full=1'),
    invalid,
  ],
  [
    'forwarded-spoofed',
    'Signed for another host, which Forwarded names',
    withFields(seen, ['Forwarded', 'host=shop.example;proto=https']),
    as('https://shop.example/accounts/7?full=1'),
    invalid,
  ],
  [
    'forwarded-host-without-effect',
    'Signed for this host; X-Forwarded-Host names another',
    withFields(seen, ['X-Forwarded-Host', 'shop.example']),
    as(sent.url),
    ok,
  ],
  [
    'original-url-without-effect',
    'X-Original-URL and X-Rewrite-URL name another path',
    withFields(seen, ['X-Original-URL', '/admin'], ['X-Rewrite-URL', '/admin']),
    as(sent.url),
    ok,
  ],
  [
    'original-url-spoofed',
    'Signed for another path, which X-Original-URL names',
    withFields(seen, ['X-Original-URL', '/admin']),
    as(`${origin}/admin`),
    invalid,
  ],
  [
    'prefix-removed',
    'The proxy has removed the first segment of the path',
    seen,
    as(`${origin}/api/accounts/7?full=1`),
    invalid,
  ],
  [
    'query-removed',
    'The proxy has removed the query',
    { ...seen, url: 'http://10.0.0.5:8080/accounts/7' },
    as(sent.url),
    invalid,
  ],
  [
    'path-decoded',
    'The proxy has decoded the path',
    { ...seen, url: 'http://10.0.0.5:8080/a-b' },
    as(`${origin}/a%2Db`),
    invalid,
  ],
  [
    'scheme-of-origin',
    '@scheme is required: it is that of the origin, however the proxy connects',
    seen,
    { ...as(sent.url), components: [...controlData, '@scheme'] },
    ok,
    { requiredComponents: ['"@scheme"'] },
  ],
  [
    'scheme-of-connection',
    '@scheme is required, and signed as the proxy connects',
    seen,
    { ...as('http://bank.example/accounts/7?full=1'), components: [...controlData, '@scheme'] },
    invalid,
    { requiredComponents: ['"@scheme"'] },
  ],
  [
    'target-uri',
    '@target-uri is covered too: it is put together with the origin',
    seen,
    { ...as(sent.url), components: [...controlData, '@target-uri'] },
    ok,
  ],
  [
    'port-of-origin',
    'The origin has a port, which is signed',
    seen,
    as('https://bank.example:8443/accounts/7?full=1'),
    ok,
    { origin: 'https://bank.example:8443' },
  ],
  [
    'port-not-signed',
    'The origin has a port, which is not signed',
    seen,
    as(sent.url),
    invalid,
    { origin: 'https://bank.example:8443' },
  ],
  [
    'default-port-of-origin',
    'The origin has the default port, which nobody signs',
    seen,
    as(sent.url),
    ok,
    { origin: 'https://bank.example:443' },
  ],
  [
    'origin-in-upper-case',
    'The origin is written in upper case',
    seen,
    as(sent.url),
    ok,
    { origin: 'https://BANK.example' },
  ],
  [
    'absolute-form',
    'The request line has the absolute form, with the origin',
    { ...seen, requestTarget: sent.url },
    as(sent.url),
    ok,
  ],
  [
    'absolute-form-of-other-host',
    'The request line has the absolute form with another host, which is signed',
    { ...seen, requestTarget: 'https://shop.example/accounts/7?full=1' },
    as('https://shop.example/accounts/7?full=1'),
    otherTarget,
  ],
  [
    'absolute-form-of-other-host-signed-here',
    'The request line has the absolute form with another host; this one is signed',
    { ...seen, requestTarget: 'https://shop.example/accounts/7?full=1' },
    as(sent.url),
    otherTarget,
  ],
  [
    'double-slash',
    'The path begins with two slashes: what follows is no host',
    { ...seen, url: 'http://10.0.0.5:8080//shop.example/a' },
    as(`${origin}//shop.example/a`),
    ok,
  ],
]

export const proxies = {
  id: 'proxies',
  type: 'verify',
  comment:
    'Messages as a server receives them behind a proxy: `url` is what it sees, `origin` is what it was told that clients call it. No field of the message names the origin.',
  policy: { profile: 'countersign', origin },
  now,
  tests: rows.map(([id, what, request, shape, expect, more]) => ({
    id: `proxy-${id}`,
    comment: `${what}.`,
    flags: ['Proxy'],
    rfc: ['RFC 9421 2.2.3', 'RFC 9421 7.4.3'],
    level: 'policy',
    ...(more && { policy: { profile: 'countersign', origin, ...more } }),
    message: signed(request, shape),
    keys: ['alice-1'],
    expect,
  })),
}
