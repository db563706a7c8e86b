import { describe, expect, it } from 'vitest'
import type { FieldLine } from '../../src/index.ts'
import { expectCode } from '../expect-code.ts'
import { receivedBase, receivedValue, request, response } from './received-base.ts'

describe('derived components and fields (RFC 9421 2.2)', () => {
  const names = [
    '@method',
    '@target-uri',
    '@authority',
    '@scheme',
    '@request-target',
    '@path',
    '@query',
    '@query-param',
    '@status',
  ]

  it('fields that are named like derived components, or like them without their "@", change nothing', () => {
    const values = (headers: FieldLine[]): string =>
      receivedBase(
        request({ url: 'https://example.com/a?b=1', headers }),
        '("@method" "@target-uri" "@authority" "@scheme" "@request-target" "@path" "@query" "@query-param";name="b")',
      )
    const evil = names.flatMap((name): FieldLine[] => [
      [name, 'evil'],
      [name.slice(1), 'evil'],
    ])
    expect(values(evil)).toBe(values([]))
  })

  it.each(names)('%s without its "@" is a field', async (name) => {
    const field = name.slice(1)
    expect(receivedValue(request({ headers: [[field, 'v']] }), `"${field}"`)).toBe('v')
    await expectCode('missing_component', () => receivedValue(request(), `"${field}"`))
  })

  it.each([
    ['a tab', '/a\tb'],
    ['a line feed', '/a\nb'],
    ['a carriage return', '/a\rb'],
    ['a control character', '/a\x01b'],
    ['DEL', '/a\x7fb'],
    ['Latin-1', '/caf\xe9'],
    ['a leading space', ' /a'],
    ['a trailing space', '/a '],
    ['a leading tab', '\t/a'],
    ['a trailing line feed', '/a\n'],
    ['a no-break space at the end', '/a\xa0'],
  ])('no derived value has %s', async (_what, requestTarget) => {
    const message = request({ requestTarget })
    await expectCode('malformed_component', () => receivedValue(message, '"@request-target"'))
  })
})

describe('the target of a request (RFC 9421 2.2.2 to 2.2.4)', () => {
  it.each([
    ['HTTPS://EXAMPLE.COM:443/A?B#c', 'https', 'example.com', 'https://example.com/A?B'],
    ['http://Example.com:80', 'http', 'example.com', 'http://example.com/'],
    ['Http://example.com:8080/', 'http', 'example.com:8080', 'http://example.com:8080/'],
  ])('%s is normalized', (url, scheme, authority, targetUri) => {
    const message = request({ url })
    expect(receivedValue(message, '"@scheme"')).toBe(scheme)
    expect(receivedValue(message, '"@authority"')).toBe(authority)
    expect(receivedValue(message, '"@target-uri"')).toBe(targetUri)
  })

  it('@authority does not depend on a Host field', () => {
    const message = request({ headers: [['Host', 'other.example']] })
    expect(receivedValue(message, '"@authority"')).toBe('example.com')
  })
})

describe('query parameters (RFC 9421 2.2.8)', () => {
  const message = request({ url: 'https://example.com/?a=1&b=&c=3&c=4' })

  it.each([
    ['without a name', '"@query-param"'],
    ['with a name that is no String', '"@query-param";name=a'],
    ['with a name of bytes', '"@query-param";name=:YQ==:'],
    ['with a name that is a flag', '"@query-param";name'],
    ['of a name that occurs twice', '"@query-param";name="c"'],
  ])('none is covered %s', async (_what, identifier) => {
    await expectCode('invalid_component', () => receivedValue(message, identifier))
  })

  it('several are covered in any order, and an empty one is the empty string', () => {
    expect(receivedBase(message, '("@query-param";name="b" "@query-param";name="a")').split('\n').slice(0, 2)).toEqual([
      '"@query-param";name="b": ',
      '"@query-param";name="a": 1',
    ])
  })

  it('@query covers what occurs several times', () => {
    expect(receivedValue(message, '"@query"')).toBe('?a=1&b=&c=3&c=4')
  })

  it('a name is compared as it is encoded', async () => {
    const encoded = request({ url: 'https://example.com/?fa%c3%a7ade+x=1' })
    expect(receivedValue(encoded, '"@query-param";name="fa%C3%A7ade%20x"')).toBe('1')
    for (const name of ['fa%c3%a7ade%20x', 'fa%C3%A7ade+x', 'fa%C3%A7ade x']) {
      await expectCode('missing_component', () => receivedValue(encoded, `"@query-param";name="${name}"`))
    }
  })
})

describe('the status (RFC 9421 2.2.9)', () => {
  it('is three digits without a description', () => {
    expect(receivedValue(response({ status: 404 }), '"@status"')).toBe('404')
  })

  it.each([99, 1000, 200.5, Number.NaN])('%d is none', async (status) => {
    await expectCode('malformed_message', () => response({ status }))
  })

  it('is in no request, nor in the request of a response', async () => {
    await expectCode('invalid_component', () => receivedValue(request(), '"@status"'))
    await expectCode('invalid_component', () => receivedValue(response({ request: request() }), '"@status";req'))
  })
})
