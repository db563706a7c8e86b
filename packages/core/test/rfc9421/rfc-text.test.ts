import { describe, expect, it } from 'vitest'
import { contentOf, fieldLines, fieldValue, messageOf, requestOf, unwrap, withFields } from './rfc-text.ts'

describe('unwrap', () => {
  it.each([
    ['joins a wrapped line', 'one\\\n  two', 'onetwo'],
    ['joins several', 'a\\\n b\\\nc', 'abc'],
    ['keeps the space before the backslash', 'a \\\n  b', 'a b'],
    ['keeps other line breaks and their indentation', 'a\n  b', 'a\n  b'],
    ['keeps a backslash within a line', 'a\\b\n', 'a\\b\n'],
    ['keeps an empty line', 'a\\\n  b\n\nc', 'ab\n\nc'],
  ])('%s', (_what, wrapped, text) => {
    expect(unwrap(wrapped)).toBe(text)
  })
})

const text = String.raw`POST /foo?\
  a=b HTTP/1.1
Host: example.com
X: 1, \
  2
X:  3
Folded: a
  b

{"content": 1}`

describe('a printed message', () => {
  it('is read as a request', () => {
    const request = requestOf(text, 'http')
    expect([request.method, request.scheme, request.authority]).toEqual(['POST', 'http', 'example.com'])
    expect([request.path, request.query, request.requestTarget]).toEqual(['/foo', '?a=b', '/foo?a=b'])
    expect([...request.headers]).toEqual([
      ['host', [' example.com']],
      ['x', [' 1, 2', '  3']],
      ['folded', [' a\n  b']],
    ])
    expect(contentOf(text)).toBe('{"content": 1}')
  })

  it('is read as a response, with the request that it answers', () => {
    const response = messageOf('HTTP/1.1 503 Service Unavailable\nX: 1', text)
    expect(response).toMatchObject({ kind: 'response', status: 503, request: { method: 'POST' } })
    expect(messageOf(text)).toMatchObject({ kind: 'request', scheme: 'https' })
  })

  it('takes more fields at the end of its header section', () => {
    expect(withFields(text, 'Y: 4')).toBe(unwrap(text).replace('  b\n', '  b\nY: 4\n'))
    expect(withFields('GET / HTTP/1.1\nHost: e', 'Y: 4')).toBe('GET / HTTP/1.1\nHost: e\nY: 4')
  })

  it('has values by name', () => {
    expect(fieldLines('A: 1\nB:')).toEqual([
      ['A', ' 1'],
      ['B', ''],
    ])
    expect(fieldValue('A:  1\nB: 2', 'A')).toBe('1')
    expect(() => fieldValue('A: 1\nA: 2', 'A')).toThrow('2 lines of A')
  })
})
