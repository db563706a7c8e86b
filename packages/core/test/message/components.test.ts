import { describe, expect, it } from 'vitest'
import {
  type ComponentIdentifier,
  component,
  createRequestMessage,
  createResponseMessage,
  createSignatureInput,
  type FieldLine,
  type Message,
  type ResponseParts,
  signatureBase,
} from '../../src/index.ts'
import { expectCode } from '../expect-code.ts'

/** The value that one component has in the base. */
function componentLine(message: Message, identifier: string | ComponentIdentifier): string {
  const base = signatureBase(message, createSignatureInput([identifier], {}))
  const [line] = base.split('\n')
  return line!.slice(line!.indexOf(': ') + 2)
}

function request(url: string, headers: FieldLine[] = [], method = 'GET'): Message {
  return createRequestMessage({ method, url, headers })
}

function response(parts: Partial<ResponseParts> = {}): Message {
  return createResponseMessage({ status: 200, headers: [], ...parts })
}

describe('derived components (RFC 9421 2.2)', () => {
  const example = request('https://www.example.com/path?param=value', [], 'POST')

  it.each([
    ['@method', 'POST'],
    ['@target-uri', 'https://www.example.com/path?param=value'],
    ['@authority', 'www.example.com'],
    ['@scheme', 'https'],
    ['@request-target', '/path?param=value'],
    ['@path', '/path'],
    ['@query', '?param=value'],
  ])('%s of the example is %s', (name, value) => {
    expect(componentLine(example, name)).toBe(value)
  })

  it('takes @status from a response (2.2.9)', () => {
    expect(componentLine(response({ status: 503 }), '@status')).toBe('503')
  })

  it('leaves the case of a method alone (2.2.1)', () => {
    expect(componentLine(request('https://e/', [], 'patch'), '@method')).toBe('patch')
  })

  it.each([
    ['https://EXAMPLE.com:443/', 'example.com'],
    ['http://example.com:80/', 'example.com'],
    ['http://example.com:443/', 'example.com:443'],
    ['https://example.com:/', 'example.com'],
    ['https://example.com:8443/', 'example.com:8443'],
    ['https://[2001:DB8::1]:443/', '[2001:db8::1]'],
    ['https://example.com./', 'example.com.'],
    ['https://xn--bcher-kva.example/', 'xn--bcher-kva.example'],
    ['https://example.com?a', 'example.com'],
  ])('normalises the authority of %s to %s (attack 63)', (url, authority) => {
    expect(componentLine(request(url), '@authority')).toBe(authority)
  })

  it.each([
    ['https://e', '/', '?'],
    ['https://e?', '/', '?'],
    ['https://e/a', '/a', '?'],
    // By the RFC an empty query and none are the same: attack 64.
    ['https://e/a?', '/a', '?'],
    ['https://e/a?queryString', '/a', '?queryString'],
    ['https://e/a?x=%2D&y=%2d#fragment', '/a', '?x=%2D&y=%2d'],
    ['https://e//b/../%2e%2E/;x', '//b/../%2e%2E/;x', '?'],
  ])('splits %s into path %s and query %s, without decoding', (url, path, query) => {
    expect(componentLine(request(url), '@path')).toBe(path)
    expect(componentLine(request(url), '@query')).toBe(query)
  })

  it.each([['https://www.example.com/path?param=value'], ['www.example.com:80'], ['*']])(
    'keeps the request target %s as it was sent (2.2.5)',
    (requestTarget) => {
      const message = createRequestMessage({
        method: 'OPTIONS',
        url: 'https://www.example.com/',
        headers: [],
        requestTarget,
      })
      expect(componentLine(message, '@request-target')).toBe(requestTarget)
    },
  )

  it.each([
    ['https://user@example.com/'],
    ['https://bücher.example/'],
    ['ftp://example.com/'],
    ['/path'],
    ['https://'],
    ['https://e/ä'],
    ['https://e/a b'],
    ['https://e/a\nb'],
    ['https://e\\@evil/'],
    ['https://e:99999999/'],
  ])('refuses %j, which cannot stand on a request line', async (url) => {
    await expectCode('malformed_message', () => request(url))
  })

  it.each([['GET /'], [''], ['GE\nT'], ['GÉT']])('refuses the method %j', async (method) => {
    await expectCode('malformed_message', () => request('https://e/', [], method))
  })
})

describe('@query-param (RFC 9421 2.2.8)', () => {
  const named = (name: string): ComponentIdentifier => component('@query-param', { name })
  const example = request('https://www.example.com/path?param=value&foo=bar&baz=batman&qux=')
  const encoded = request(
    'https://www.example.com/parameters?var=this%20is%20a%20big%0Amultiline%20value&bar=with+plus+whitespace&fa%C3%A7ade%22%3A%20=something',
  )

  it.each([
    [example, 'baz', 'batman'],
    [example, 'qux', ''],
    [example, 'param', 'value'],
    [encoded, 'var', 'this%20is%20a%20big%0Amultiline%20value'],
    [encoded, 'bar', 'with%20plus%20whitespace'],
    [encoded, 'fa%C3%A7ade%22%3A%20', 'something'],
    // Attack 80: a plus sign and %20 are one and the same.
    [request('https://e/?a+b=c+d'), 'a%20b', 'c%20d'],
    [request('https://e/?a=1%'), 'a', '1%25'],
    [request('https://e/?a=%zz'), 'a', '%25zz'],
    [request('https://e/?a=%ff'), 'a', '%EF%BF%BD'],
    [request('https://e/?&&a=*-._~'), 'a', '*-._%7E'],
    [request('https://e/?a'), 'a', ''],
  ])('finds the parameter of case %#', (message, name, value) => {
    expect(componentLine(message, named(name))).toBe(value)
  })

  it('refuses a parameter that occurs twice', async () => {
    await expectCode('invalid_component', () => componentLine(request('https://e/?a=1&a=1'), named('a')))
    await expectCode('invalid_component', () => componentLine(request('https://e/?a=1&%61=2'), named('a')))
  })

  it('refuses a parameter that is not there', async () => {
    await expectCode('missing_component', () => componentLine(request('https://e/?b=1'), named('a')))
  })

  it('needs the name', async () => {
    await expectCode('invalid_component', () => component('@query-param'))
  })
})

describe('fields (RFC 9421 2.1)', () => {
  const example = request('https://www.example.com/', [
    ['Host', 'www.example.com'],
    ['Date', 'Tue, 20 Apr 2021 02:07:56 GMT'],
    ['X-OWS-Header', '   Leading and trailing whitespace.   '],
    ['X-Obs-Fold-Header', 'Obsolete\r\n    line folding.'],
    ['Cache-Control', 'max-age=60'],
    ['Cache-Control', '   must-revalidate'],
    ['Example-Dict', ' a=1,    b=2;x=1;y=2,   c=(a   b   c)'],
    ['X-Empty-Header', ' '],
  ])

  it.each([
    ['host', 'www.example.com'],
    ['date', 'Tue, 20 Apr 2021 02:07:56 GMT'],
    ['x-ows-header', 'Leading and trailing whitespace.'],
    ['x-obs-fold-header', 'Obsolete line folding.'],
    ['cache-control', 'max-age=60, must-revalidate'],
    ['example-dict', 'a=1,    b=2;x=1;y=2,   c=(a   b   c)'],
    ['x-empty-header', ''],
  ])('%s of the example is %j', (name, value) => {
    expect(componentLine(example, name)).toBe(value)
  })

  it('tells an absent field from an empty one (attack 59)', async () => {
    await expectCode('missing_component', () => componentLine(example, 'x-absent'))
  })

  it.each([
    ['a line break', 'a\nb'],
    ['a carriage return', 'a\rb'],
    ['a NUL', 'a\0b'],
    ['Latin-1', 'caf\u00e9'],
    ['Unicode', '\u20ac'],
    ['a line that forges another component', 'x\n"@path": /evil'],
  ])('refuses a value with %s (attack 78)', async (_what, value) => {
    await expectCode('malformed_component', () => componentLine(request('https://e/', [['X', value]]), 'x'))
  })

  it('strips space and tab, and no other white space', async () => {
    expect(componentLine(request('https://e/', [['X', '\t a\tb \t']]), 'x')).toBe('a\tb')
    await expectCode('malformed_component', () => componentLine(request('https://e/', [['X', '\u00a0a']]), 'x'))
  })

  it('never takes a header for a derived component (attack 67)', () => {
    expect(componentLine(request('https://e/', [['@method', 'DELETE']]), '@method')).toBe('GET')
  })

  it('does not look names up on a prototype', async () => {
    for (const name of ['constructor', '__proto__', 'tostring']) {
      await expectCode('missing_component', () => componentLine(request('https://e/'), name))
      await expectCode('missing_component', () => componentLine(request('https://e/'), component(name, { sf: true })))
    }
  })
})

describe('field parameters (RFC 9421 2.1.1 to 2.1.4, 2.4)', () => {
  const dictionary = request('https://e/', [['Priority', ' a=1,    b=2;x=1;y=2,   c=(a   b   c), d']])

  it('sf serializes strictly', () => {
    expect(componentLine(dictionary, component('priority', { sf: true }))).toBe('a=1, b=2;x=1;y=2, c=(a b c), d')
    const list = request('https://e/', [
      ['Accept-CH', 'a,   b'],
      ['Accept-CH', 'c'],
    ])
    expect(componentLine(list, component('accept-ch', { sf: true }))).toBe('a, b, c')
    const item = request('https://e/', [['Origin-Agent-Cluster', ' ?1;a=1.0  ']])
    expect(componentLine(item, component('origin-agent-cluster', { sf: true }))).toBe('?1;a=1.0')
  })

  it('sf needs the type of the field, which the caller can add', async () => {
    const message = request('https://e/', [['Example', 'a,b']])
    const identifier = component('example', { sf: true })
    await expectCode('invalid_component', () => componentLine(message, identifier))
    const base = signatureBase(message, createSignatureInput([identifier], {}), { example: 'list' })
    expect(base).toBe('"example";sf: a, b\n"@signature-params": ("example";sf)')
  })

  it('sf refuses a field that is not of its type', async () => {
    const message = request('https://e/', [['Priority', '!']])
    await expectCode('malformed_component', () => componentLine(message, component('priority', { sf: true })))
  })

  it.each([
    ['a', '1'],
    ['d', '?1'],
    ['b', '2;x=1;y=2'],
    ['c', '(a b c)'],
  ])('key selects the member %s', (key, value) => {
    expect(componentLine(dictionary, component('priority', { key }))).toBe(value)
  })

  it('key refuses a member that is not there, and a field that is no Dictionary', async () => {
    await expectCode('missing_component', () => componentLine(dictionary, component('priority', { key: 'z' })))
    const message = request('https://e/', [['Priority', '(']])
    await expectCode('malformed_component', () => componentLine(message, component('priority', { key: 'a' })))
  })

  it('bs wraps each line', async () => {
    const two = request('https://e/', [
      ['Example-Header', 'value, with, lots'],
      ['Example-Header', 'of, commas'],
    ])
    const one = request('https://e/', [['Example-Header', 'value, with, lots, of, commas']])
    const identifier = component('example-header', { bs: true })
    expect(componentLine(two, identifier)).toBe(':dmFsdWUsIHdpdGgsIGxvdHM=:, :b2YsIGNvbW1hcw==:')
    expect(componentLine(one, identifier)).toBe(':dmFsdWUsIHdpdGgsIGxvdHMsIG9mLCBjb21tYXM=:')
    const latin1 = request('https://e/', [['Example-Header', 'caf\u00e9']])
    expect(componentLine(latin1, identifier)).toBe(':Y2Fm6Q==:')
    const unicode = request('https://e/', [['Example-Header', '\u20ac']])
    await expectCode('malformed_component', () => componentLine(unicode, identifier))
  })

  it('tr takes trailers, and never mixes them with headers', async () => {
    const message = response({ headers: [['Expires', 'header']], trailers: [['Expires', 'trailer']] })
    expect(componentLine(message, component('expires', { tr: true }))).toBe('trailer')
    expect(componentLine(message, 'expires')).toBe('header')
    await expectCode('missing_component', () => componentLine(response({ trailers: [['X', '1']] }), 'x'))
    const headerOnly = response({ headers: [['X', '1']] })
    await expectCode('missing_component', () => componentLine(headerOnly, component('x', { tr: true })))
  })

  it('req takes the request that a response answers', async () => {
    const asked = createRequestMessage({ method: 'POST', url: 'https://e/foo', headers: [['X', 'asked']] })
    const message = response({ headers: [['X', 'answered']], request: asked })
    expect(componentLine(message, component('@method', { req: true }))).toBe('POST')
    expect(componentLine(message, component('x', { req: true }))).toBe('asked')
    expect(componentLine(message, 'x')).toBe('answered')
    await expectCode('missing_component', () => componentLine(response(), component('@method', { req: true })))
  })

  it('req has no place in a request (attack 71)', async () => {
    await expectCode('invalid_component', () =>
      componentLine(request('https://e/'), component('@method', { req: true })),
    )
  })

  it('a component of the other kind of message is refused', async () => {
    await expectCode('invalid_component', () => componentLine(request('https://e/'), '@status'))
    await expectCode('invalid_component', () => componentLine(response(), '@method'))
  })
})

describe('component identifiers (RFC 9421 2)', () => {
  it.each([
    ['@signature-params', {}],
    ['@unknown', {}],
    ['@__proto__', {}],
    ['Content-Type', {}],
    ['', {}],
    ['a b', {}],
    ['caf\u00e9', {}],
    ['@method', { sf: true }],
    ['@method', { key: 'a' }],
    ['@method', { bs: true }],
    ['@method', { tr: true }],
    ['@method', { name: 'a' }],
    ['x', { name: 'a' }],
    ['x', { bs: true, sf: true }],
    ['x', { key: 'a', bs: true }],
    ['x', { unknown: true }],
    ['x', { sf: false }],
    ['x', { sf: 'yes' }],
    ['x', { key: true }],
  ])('refuses %j with %j (attacks 68, 70, 71)', async (name, parameters) => {
    await expectCode('invalid_component', () => component(name, parameters as never))
  })

  it('refuses the same identifier twice, in any order of parameters (attack 69)', async () => {
    const twice = [
      ['@method', '@method'],
      ['x', component('x')],
      [component('x', { key: 'a', tr: true }), component('x', { tr: true, key: 'a' })],
    ]
    for (const components of twice) {
      await expectCode('duplicate_component', () => createSignatureInput(components, {}))
    }
  })

  it('keeps the order of parameters, and tells different ones apart', () => {
    const components = [component('x', { tr: true, key: 'a' }), component('x', { key: 'b' }), 'x']
    expect(createSignatureInput(components, {}).text).toBe('("x";tr;key="a" "x";key="b" "x")')
  })
})
