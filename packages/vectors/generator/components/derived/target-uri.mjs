import { baseGroup } from '../base-group.mjs'

const key = 'test-shared-secret'

const targetUri = baseGroup(
  {
    id: 'target-uri',
    comment: '@target-uri: the absolute URI, put together of scheme, authority, path and query.',
    key,
    rfc: ['RFC 9421 2.2.2'],
  },
  [
    {
      id: 'target-uri',
      comment: 'The example of the RFC.',
      method: 'POST',
      url: 'https://www.example.com/path?param=value',
      lines: ['"@target-uri": https://www.example.com/path?param=value'],
    },
    {
      id: 'target-uri-port',
      comment: 'A port that is not the default stays.',
      url: 'http://bank.example:8080/a',
      lines: ['"@target-uri": http://bank.example:8080/a'],
    },
    {
      id: 'target-uri-no-path',
      comment: 'What is sent for a URL without a path is a slash, so the URI has one (RFC 9110 7.1).',
      url: 'https://bank.example',
      rfc: ['RFC 9421 2.2.2', 'RFC 9110 7.1'],
      flags: ['Normalization'],
      lines: ['"@target-uri": https://bank.example/'],
    },
    {
      id: 'target-uri-no-path-query',
      comment: 'The same before a query.',
      url: 'https://bank.example?a=1',
      rfc: ['RFC 9421 2.2.2', 'RFC 9110 7.1'],
      flags: ['Normalization'],
      lines: ['"@target-uri": https://bank.example/?a=1'],
    },
    {
      id: 'target-uri-fragment',
      comment: 'A fragment is no part of the target URI (RFC 9110 7.1).',
      url: 'https://bank.example/a?b=1#c',
      rfc: ['RFC 9421 2.2.2', 'RFC 9110 7.1'],
      lines: ['"@target-uri": https://bank.example/a?b=1'],
    },
    {
      id: 'target-uri-empty-query',
      comment: 'An empty query is a part of the URI, unlike none (RFC 3986 6.2.3).',
      url: 'https://bank.example/a?',
      rfc: ['RFC 9421 2.2.2', 'RFC 3986 6.2.3'],
      flags: ['NoNormalization'],
      requires: ['raw-target'],
      lines: ['"@target-uri": https://bank.example/a?'],
    },
    {
      id: 'target-uri-percent-encoding',
      comment: 'Nothing is decoded, and no dot segment is resolved.',
      url: 'https://bank.example/a%2fb/../%7Ec?d=%20e+f',
      flags: ['NoNormalization'],
      requires: ['raw-target'],
      lines: ['"@target-uri": https://bank.example/a%2fb/../%7Ec?d=%20e+f'],
    },
    {
      id: 'target-uri-upper-case-host',
      comment:
        'RFC 9421 asks for a normal form of @authority and @scheme alone. The profile puts the URI together of these.',
      url: 'HTTPS://Bank.Example/A',
      level: 'policy',
      flags: ['Normalization'],
      lines: ['"@target-uri": https://bank.example/A'],
    },
    {
      id: 'target-uri-default-port',
      comment: 'The same of a default port.',
      url: 'https://bank.example:443/a',
      level: 'policy',
      flags: ['Normalization'],
      lines: ['"@target-uri": https://bank.example/a'],
    },
    {
      id: 'target-uri-user-information',
      comment: 'A sender must not generate user information in the target of a request (RFC 9110 4.2.4).',
      url: 'https://alice:secret@bank.example/',
      rfc: ['RFC 9421 2.2.2', 'RFC 9110 4.2.4'],
      level: 'should',
      covered: ['"@target-uri"'],
      error: 'malformed_message',
      also: ['malformed_component', 'invalid_component'],
    },
  ],
)

const authority = baseGroup(
  {
    id: 'authority',
    comment: '@authority: host and port of the target, normalized by RFC 9110 4.2.3.',
    key,
    rfc: ['RFC 9421 2.2.3', 'RFC 9110 4.2.3'],
  },
  [
    {
      id: 'authority',
      comment: 'The example of the RFC.',
      method: 'POST',
      url: 'https://www.example.com/path?param=value',
      lines: ['"@authority": www.example.com'],
    },
    ...authorityEntries([
      ['upper-case', 'The host is lower case.', 'https://BANK.Example/', 'bank.example', ['Normalization']],
      [
        'default-port-https',
        'Port 443 is the default of https.',
        'https://bank.example:443/',
        'bank.example',
        ['Normalization'],
      ],
      [
        'default-port-http',
        'Port 80 is the default of http.',
        'http://bank.example:80/',
        'bank.example',
        ['Normalization'],
      ],
      [
        'empty-port',
        'An empty port is the default (RFC 3986 6.2.3).',
        'https://bank.example:/',
        'bank.example',
        ['Normalization'],
      ],
      ['port', 'A port that is not the default stays.', 'https://bank.example:8443/', 'bank.example:8443', []],
      ['port-443-of-http', 'Port 443 is not the default of http.', 'http://bank.example:443/', 'bank.example:443', []],
      ['port-80-of-https', 'Port 80 is not the default of https.', 'https://bank.example:80/', 'bank.example:80', []],
      [
        'upper-case-port',
        'Lower case and a port together.',
        'https://API.Bank.Example:8443/',
        'api.bank.example:8443',
        ['Normalization'],
      ],
      ['ipv4', 'An IPv4 address.', 'http://192.0.2.7:8080/', '192.0.2.7:8080', []],
      ['ipv6', 'An IPv6 address keeps its brackets.', 'https://[2001:db8::7]:8443/', '[2001:db8::7]:8443', []],
      [
        'ipv6-default-port',
        'A default port behind an IPv6 address.',
        'https://[2001:db8::7]:443/',
        '[2001:db8::7]',
        ['Normalization'],
      ],
      [
        'ipv6-upper-case',
        'The hexadecimal digits are lower case.',
        'https://[2001:DB8::AF]/',
        '[2001:db8::af]',
        ['Normalization'],
      ],
      [
        'trailing-dot',
        'The dot at the end of a name stays: it is another name.',
        'https://bank.example./',
        'bank.example.',
        ['NoNormalization'],
      ],
      [
        'punycode',
        'An internationalized name is its A-label.',
        'https://xn--bcher-kva.example/',
        'xn--bcher-kva.example',
        [],
      ],
      [
        'single-label',
        'A name of one label, which a router may think relative.',
        'http://localhost:3000/',
        'localhost:3000',
        [],
      ],
    ]),
    {
      id: 'authority-ipv6-not-shortened',
      comment: 'An IPv6 address is not written in a shorter form: the rules ask for lower case alone.',
      url: 'https://[2001:DB8:0:0:0:0:0:7]/',
      flags: ['NoNormalization'],
      requires: ['raw-target'],
      lines: ['"@authority": [2001:db8:0:0:0:0:0:7]'],
    },
    {
      id: 'authority-not-forwarded',
      comment: 'X-Forwarded-Host and Forwarded are fields like any other.',
      headers: [
        ['X-Forwarded-Host', 'attacker.example'],
        ['Forwarded', 'host=attacker.example'],
      ],
      flags: ['SpoofedTarget'],
      lines: ['"@authority": bank.example'],
    },
    {
      id: 'authority-of-absolute-form',
      comment: 'Where the target is in absolute form, its authority counts and Host is ignored (RFC 9112 3.2.2).',
      url: 'http://bank.example/a',
      target: 'http://bank.example/a',
      headers: [['Host', 'attacker.example']],
      rfc: ['RFC 9421 2.2.3', 'RFC 9112 3.2.2'],
      flags: ['SpoofedTarget'],
      lines: ['"@authority": bank.example'],
    },
    {
      id: 'authority-beside-host',
      comment: 'The field Host is covered as it stands, and @authority in its normal form.',
      url: 'https://Bank.Example:443/',
      headers: [['Host', 'Bank.Example:443']],
      lines: ['"host": Bank.Example:443', '"@authority": bank.example'],
      requires: ['raw-fields'],
    },
    {
      id: 'authority-non-ascii',
      comment: 'A name with a letter outside of ASCII cannot stand in a request: it needs its A-label.',
      url: 'https://b\u00fccher.example/',
      headers: [['Host', 'xn--bcher-kva.example']],
      level: 'should',
      flags: ['ForbiddenCharacter'],
      requires: ['raw-target'],
      covered: ['"@authority"'],
      error: 'malformed_message',
      also: ['malformed_component'],
    },
  ],
)

/** @param {readonly (readonly [string, string, string, string, readonly string[]])[]} rows */
function authorityEntries(rows) {
  return rows.map(([id, comment, url, value, flags]) => {
    const named = flags.length > 0 && { flags }
    return { id: `authority-${id}`, comment, url, ...named, lines: [`"@authority": ${value}`] }
  })
}

export const groups = [targetUri, authority]
