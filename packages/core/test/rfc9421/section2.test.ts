import { describe, expect, it } from 'vitest'
import {
  type ComponentIdentifier,
  component,
  createResponseMessage,
  createSignatureInput,
  type FieldTypes,
  type Message,
  parseSignatures,
  readSignatureInput,
  registeredFields,
  signatureBase,
} from '../../src/index.ts'
import { expectCode } from '../expect-code.ts'
import { contentOf, fieldLines, headersOf, messageOf, requestOf, unwrap } from './rfc-text.ts'

/** The lines of a base, without that of the parameters. */
function linesOf(message: Message, components: (string | ComponentIdentifier)[], fieldTypes?: FieldTypes): string {
  const base = signatureBase(message, createSignatureInput(components, {}), fieldTypes)
  return base.slice(0, base.indexOf('\n"@signature-params": '))
}

/** A message with the fields of a fragment. */
function fragment(text: string): Message {
  return createResponseMessage({ status: 200, headers: fieldLines(text) })
}

// message/components.test.ts has the examples of 2.1 and 2.2 whose identifiers have no parameters, and the values alone
// of others. Here is what it leaves out, and the printed lines of identifiers with parameters.

describe('RFC 9421 2.1.1, strict serialization', () => {
  const message = fragment('Example-Dict:  a=1,    b=2;x=1;y=2,   c=(a   b   c)')

  it('keeps the value as it is without sf, and not with it', () => {
    const fieldTypes: FieldTypes = { ...registeredFields, 'example-dict': 'dictionary' }
    expect(linesOf(message, ['example-dict'])).toBe('"example-dict": a=1,    b=2;x=1;y=2,   c=(a   b   c)')
    const strict = component('example-dict', { sf: true })
    expect(linesOf(message, [strict], fieldTypes)).toBe('"example-dict";sf: a=1, b=2;x=1;y=2, c=(a b c)')
  })
})

describe('RFC 9421 2.1.2, members of a Dictionary', () => {
  it('has the printed lines', () => {
    const message = fragment('Example-Dict:  a=1, b=2;x=1;y=2, c=(a   b    c), d')
    const components = ['a', 'd', 'b', 'c'].map((key) => component('example-dict', { key }))
    expect(linesOf(message, components)).toBe(`"example-dict";key="a": 1
"example-dict";key="d": ?1
"example-dict";key="b": 2;x=1;y=2
"example-dict";key="c": (a b c)`)
  })
})

describe('RFC 9421 2.1.3 and 7.5.6, fields with commas of their own', () => {
  const two = fragment(`Example-Header: value, with, lots
Example-Header: of, commas`)
  const one = fragment('Example-Header: value, with, lots, of, commas')
  const wrapped = component('example-header', { bs: true })

  it('are the same without bs', () => {
    const line = '"example-header": value, with, lots, of, commas'
    expect(linesOf(two, ['example-header'])).toBe(line)
    expect(linesOf(one, ['example-header'])).toBe(line)
  })

  it('are not the same with it', () => {
    expect(linesOf(two, [wrapped])).toBe('"example-header";bs: :dmFsdWUsIHdpdGgsIGxvdHM=:, :b2YsIGNvbW1hcw==:')
    expect(linesOf(one, [wrapped])).toBe('"example-header";bs: :dmFsdWUsIHdpdGgsIGxvdHMsIG9mLCBjb21tYXM=:')
  })
})

describe('RFC 9421 2.1.4, trailers', () => {
  const text = `HTTP/1.1 200 OK
Content-Type: text/plain
Transfer-Encoding: chunked
Trailer: Expires

4
HTTP
7
Message
a
Signatures
0
Expires: Wed, 9 Nov 2022 07:28:00 GMT`

  it('has the printed lines', () => {
    const [, trailers = ''] = contentOf(text).split('\n0\n')
    const headers = fieldLines(headersOf(text))
    const message = createResponseMessage({ status: 200, headers, trailers: fieldLines(trailers) })
    expect(linesOf(message, ['@status', 'trailer', component('expires', { tr: true })])).toBe(`"@status": 200
"trailer": Expires
"expires";tr: Wed, 9 Nov 2022 07:28:00 GMT`)
  })
})

describe('RFC 9421 2.2, derived components', () => {
  it('2.2.4: has the scheme of a request over plain HTTP', () => {
    const request = requestOf(
      `POST /path?param=value HTTP/1.1
Host: www.example.com`,
      'http',
    )
    expect(linesOf(request, ['@scheme'])).toBe('"@scheme": http')
  })

  it('2.2.7: does not decode the query', () => {
    const request = requestOf(`GET /path?param=value&foo=bar&baz=bat%2Dman HTTP/1.1
Host: www.example.com`)
    expect(linesOf(request, ['@query'])).toBe('"@query": ?param=value&foo=bar&baz=bat%2Dman')
  })

  it('2.2.9: has the status of a response', () => {
    const response = messageOf(`HTTP/1.1 200 OK
Date: Fri, 26 Mar 2010 00:05:00 GMT`)
    expect(linesOf(response, ['@status'])).toBe('"@status": 200')
  })
})

describe('RFC 9421 2.2.8, query parameters', () => {
  it('has the printed lines for query parameters in the order that is asked for', () => {
    const request = requestOf(`GET /path?param=value&foo=bar&baz=batman&qux= HTTP/1.1
Host: www.example.com`)
    const components = ['baz', 'qux', 'param'].map((name) => component('@query-param', { name }))
    expect(linesOf(request, components)).toBe(
      `"@query-param";name="baz": batman
"@query-param";name="qux":(SP)
"@query-param";name="param": value`.replace('(SP)', ' '),
    )
  })

  it('has the printed lines for encoded query parameters', () => {
    const request = requestOf(String.raw`GET /parameters?var=this%20is%20a%20big%0Amultiline%20value&\
  bar=with+plus+whitespace&fa%C3%A7ade%22%3A%20=something HTTP/1.1
Host: www.example.com
Date: Tue, 20 Apr 2021 02:07:56 GMT`)
    const components = ['var', 'bar', 'fa%C3%A7ade%22%3A%20'].map((name) => component('@query-param', { name }))
    expect(linesOf(request, components)).toBe(`"@query-param";name="var": this%20is%20a%20big%0Amultiline%20value
"@query-param";name="bar": with%20plus%20whitespace
"@query-param";name="fa%C3%A7ade%22%3A%20": something`)
  })

  it('refuses the name that is not encoded', async () => {
    await expectCode('invalid_component', () => component('@query-param', { name: 'façade": ' }))
  })
})

describe('RFC 9421 2.3, signature parameters', () => {
  const text = unwrap(String.raw`("@target-uri" "@authority" "date" "cache-control")\
  ;keyid="test-key-rsa-pss";alg="rsa-pss-sha512";\
  created=1618884475;expires=1618884775`)

  it('writes them in the order of the example', () => {
    const parameters = { keyid: 'test-key-rsa-pss', alg: 'rsa-pss-sha512', created: 1618884475, expires: 1618884775 }
    expect(createSignatureInput(['@target-uri', '@authority', 'date', 'cache-control'], parameters).text).toBe(text)
  })

  it('keeps them in that order', () => {
    const [signature] = parseSignatures(fragment(`Signature-Input: a=${text}\nSignature: a=:AAAA:`))
    expect(readSignatureInput(signature!.input).text).toBe(text)
  })
})
