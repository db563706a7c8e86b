import { baseGroup } from '../base-group.mjs'

const key = 'test-shared-secret'

const method = baseGroup({ id: 'method', comment: '@method: the method as it stands.', key, rfc: ['RFC 9421 2.2.1'] }, [
  { id: 'method-upper-case', comment: 'A method of RFC 9110.', method: 'POST', lines: ['"@method": POST'] },
  {
    id: 'method-lower-case',
    comment: 'Methods are case-sensitive: `patch` is not PATCH, and no transformation is done.',
    method: 'patch',
    flags: ['NoNormalization'],
    lines: ['"@method": patch'],
  },
  {
    id: 'method-mixed-case',
    comment: 'Not even a method that only looks like a known one is changed.',
    method: 'gEt',
    flags: ['NoNormalization'],
    requires: ['raw-target'],
    lines: ['"@method": gEt'],
  },
  {
    id: 'method-token-characters',
    comment: 'A method is any token (RFC 9110 9.1, 5.6.2).',
    method: "!#$%&'*+-.^_`|~9aZ",
    requires: ['raw-target'],
    lines: ['"@method": !#$%&\'*+-.^_`|~9aZ'],
  },
  {
    id: 'method-not-overridden',
    comment: 'X-HTTP-Method-Override is a field like any other: the method is that of the request line.',
    method: 'POST',
    headers: [['X-HTTP-Method-Override', 'DELETE']],
    flags: ['SpoofedTarget'],
    lines: ['"@method": POST'],
  },
  {
    id: 'method-not-a-field',
    comment: 'A field line with the name @method, which no sender may write, is not the method (RFC 9421 7.5.1).',
    method: 'POST',
    headers: [['@method', 'GET']],
    flags: ['SpoofedTarget'],
    rfc: ['RFC 9421 2.2', 'RFC 9421 7.5.1'],
    requires: ['raw-fields'],
    lines: ['"@method": POST'],
  },
])

const scheme = baseGroup({ id: 'scheme', comment: '@scheme: lower case.', key, rfc: ['RFC 9421 2.2.4'] }, [
  { id: 'scheme-http', comment: 'Plain HTTP.', url: 'http://www.example.com/path', lines: ['"@scheme": http'] },
  {
    id: 'scheme-upper-case',
    comment: 'A scheme is case-insensitive, and lower case in the base.',
    url: 'HTTPS://bank.example/',
    flags: ['Normalization'],
    lines: ['"@scheme": https'],
  },
  {
    id: 'scheme-not-forwarded',
    comment: 'X-Forwarded-Proto and Forwarded are fields like any other.',
    url: 'http://bank.example/',
    headers: [
      ['X-Forwarded-Proto', 'https'],
      ['Forwarded', 'proto=https'],
    ],
    flags: ['SpoofedTarget'],
    lines: ['"@scheme": http'],
  },
])

const requestTarget = baseGroup(
  {
    id: 'request-target',
    comment: '@request-target: the target of the request line, whatever its form.',
    key,
    rfc: ['RFC 9421 2.2.5'],
  },
  [
    {
      id: 'request-target-origin-form',
      comment: 'The origin form: path and query.',
      method: 'POST',
      url: 'https://www.example.com/path?param=value',
      lines: ['"@request-target": /path?param=value'],
    },
    {
      id: 'request-target-origin-form-root',
      comment: 'A URL without a path is sent as a slash (RFC 9112 3.2.1).',
      url: 'https://www.example.com',
      rfc: ['RFC 9421 2.2.5', 'RFC 9112 3.2.1'],
      lines: ['"@request-target": /'],
    },
    {
      id: 'request-target-empty-query',
      comment: 'A lone question mark is part of the request target.',
      url: 'https://www.example.com/path?',
      flags: ['NoNormalization'],
      requires: ['raw-target'],
      lines: ['"@request-target": /path?'],
    },
    {
      id: 'request-target-two-slashes',
      comment: 'A path that begins with two slashes is a path, and no authority.',
      url: 'https://www.example.com//bank.example/path',
      flags: ['NoNormalization'],
      lines: ['"@request-target": //bank.example/path'],
    },
    {
      id: 'request-target-absolute-form',
      comment: 'The absolute form, as it is sent to a proxy.',
      url: 'https://www.example.com/path?param=value',
      target: 'https://www.example.com/path?param=value',
      lines: ['"@request-target": https://www.example.com/path?param=value'],
    },
    {
      id: 'request-target-absolute-form-as-written',
      comment:
        'The absolute form is the text of the request line: case and port stay, beside @authority which loses them.',
      url: 'https://www.example.com/path',
      target: 'HTTPS://WWW.example.com:443/path',
      flags: ['NoNormalization'],
      lines: ['"@request-target": HTTPS://WWW.example.com:443/path', '"@authority": www.example.com'],
    },
    {
      id: 'request-target-authority-form',
      comment: 'The authority form of CONNECT, with its port.',
      method: 'CONNECT',
      url: 'http://www.example.com:80',
      target: 'www.example.com:80',
      lines: ['"@request-target": www.example.com:80'],
    },
    {
      id: 'request-target-asterisk-form',
      comment: 'The asterisk form of OPTIONS.',
      method: 'OPTIONS',
      url: 'https://www.example.com',
      target: '*',
      lines: ['"@request-target": *'],
    },
  ],
)

export const groups = [method, scheme, requestTarget]
