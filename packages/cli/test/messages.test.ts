import { describe, expect, it } from 'vitest'
import { curlCommand } from '../src/messages/curl-text.ts'
import { bodyLoss, readHarEntry } from '../src/messages/har-entry.ts'
import { parseRawMessage, type RawRequest, rawMessageBytes } from '../src/messages/raw-message.ts'

const bytes = (text: string) => Buffer.from(text, 'latin1')
const text = (body: Uint8Array) => Buffer.from(body).toString('latin1')

describe('a raw message', () => {
  it.each(['\r\n', '\n'])('may have lines that end with %j', (end) => {
    const request = parseRawMessage(
      bytes(['POST /a?b=c HTTP/1.1', 'Host: a.example', 'X-Empty:', '', '{"x":1}'].join(end)),
    )
    expect(request).toMatchObject({
      kind: 'request',
      method: 'POST',
      target: '/a?b=c',
      headers: [
        ['Host', 'a.example'],
        ['X-Empty', ''],
      ],
    })
    expect(text(request.body)).toBe('{"x":1}')
  })

  it('keeps duplicates, their order and the case of names', () => {
    const message = parseRawMessage(bytes('GET / HTTP/1.1\r\nA: 1\r\nb: 2\r\na: 3\r\n\r\n'))
    expect(message.headers).toEqual([
      ['A', '1'],
      ['b', '2'],
      ['a', '3'],
    ])
  })

  it('may be a response, of HTTP/2 too', () => {
    expect(parseRawMessage(bytes('HTTP/1.1 404 Not Found\n\n'))).toMatchObject({
      kind: 'response',
      status: 404,
      reason: 'Not Found',
    })
    expect(parseRawMessage(bytes('HTTP/2 200 \n\nhi'))).toMatchObject({ kind: 'response', status: 200 })
  })

  it('may be a header alone', () => {
    const message = parseRawMessage(bytes('GET /x HTTP/1.1\nHost: a.example'))
    expect(message).toMatchObject({ target: '/x', headers: [['Host', 'a.example']] })
    expect(message.body).toHaveLength(0)
  })

  it('ends where Content-Length says: editors add a line break', () => {
    expect(text(parseRawMessage(bytes('POST / HTTP/1.1\nContent-Length: 2\n\nhi\n')).body)).toBe('hi')
    expect(() => parseRawMessage(bytes('POST / HTTP/1.1\nContent-Length: 9\n\nhi'))).toThrow(
      /cut: Content-Length says 9/,
    )
  })

  it('may come in chunks (RFC 9112 7.1)', () => {
    const chunked = 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n'
    expect(text(parseRawMessage(bytes(`${chunked}3;x=y\r\na\r\n\r\n2\r\nbc\r\n0\r\n\r\n`)).body)).toBe('a\r\nbc')
    expect(() => parseRawMessage(bytes(`${chunked}5\r\nabc`))).toThrow(/last chunk/)
    expect(() => parseRawMessage(bytes(`${chunked}1\r\na\r\nxyz`))).toThrow(/between two chunks/)
  })

  it('may have been put together from its chunks, as curl -i shows it', () => {
    const shown = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{"a":1}'
    expect(text(parseRawMessage(bytes(shown)).body)).toBe('{"a":1}')
  })

  it('may come after interim responses, and after so many of them only', () => {
    const interim = 'HTTP/1.1 100 Continue\r\n\r\n'
    const final = 'HTTP/1.1 201 Created\r\nA: b\r\n\r\nhi'
    expect(parseRawMessage(bytes(`${interim}HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${final}`))).toMatchObject({
      status: 201,
      headers: [['A', 'b']],
    })
    expect(parseRawMessage(bytes(interim))).toMatchObject({ status: 100 })
    expect(parseRawMessage(bytes(interim.repeat(200_000) + final))).toMatchObject({ status: 100 })
  })

  it('that begins with a byte order mark is told apart from one that is broken', () => {
    for (const mark of ['\xef\xbb\xbf', '\xff\xfe', '\xfe\xff']) {
      expect(() => parseRawMessage(bytes(`${mark}GET / HTTP/1.1\n\n`))).toThrow(/byte order mark/)
    }
  })

  it('has binary bodies', () => {
    const body = Buffer.from([0, 255, 13, 10, 13, 10, 128])
    expect(parseRawMessage(Buffer.concat([bytes('PUT / HTTP/1.1\r\n\r\n'), body])).body).toEqual(body)
  })

  it.each([
    ['', 'is empty'],
    ['\r\nGET / HTTP/1.1\n\n', 'no HTTP message'],
    ['hello', 'no HTTP message'],
    ['GET /a b HTTP/1.1\n', 'no HTTP message'],
    ['GET / HTTP/1.1\nHost: a\n b\n\n', 'folded'],
    ['GET / HTTP/1.1\nnonsense\n\n', 'not "Name: value"'],
    ['GET / HTTP/1.1\nA b: c\n\n', 'not "Name: value"'],
  ])('is refused where it is none: %j', (given, reason) => {
    expect(() => parseRawMessage(bytes(given))).toThrow(reason)
  })

  it('is written as it was read', () => {
    const wire = 'POST /%41?b HTTP/1.1\r\nHost: a\r\nX-Ö: ü\r\n\r\nbody'
    expect(() => parseRawMessage(bytes(wire))).toThrow(/not "Name: value"/)
    const sound = wire.replace('X-Ö', 'X-O')
    expect(text(rawMessageBytes(parseRawMessage(bytes(sound))))).toBe(sound)
  })
})

describe('an entry of a HAR file', () => {
  const entry = (url: string, more: object = {}) => ({ request: { method: 'POST', url, headers: [], ...more } })
  const har = (...entries: object[]) => JSON.stringify({ log: { version: '1.2', entries } })

  it('is a request as the browser sent it', () => {
    const read = readHarEntry(
      har(
        entry('https://a.example:8443/x?y#z', {
          headers: [
            { name: ':authority', value: 'a.example' },
            { name: 'Accept', value: '*/*' },
          ],
          postData: { mimeType: 'text/plain', text: 'grün' },
        }),
      ),
    )
    expect(read.request).toMatchObject({ method: 'POST', target: '/x?y', headers: [['Accept', '*/*']] })
    expect(Buffer.from(read.request.body).toString()).toBe('grün')
    expect(read.response).toBeUndefined()
  })

  it('may have a response, and a body in base64', () => {
    const { response } = readHarEntry(
      har({
        ...entry('http://a.example'),
        response: { status: 200, statusText: 'OK', content: { text: 'AP8=', encoding: 'base64' } },
      }),
    )
    expect(response).toMatchObject({ status: 200, body: Buffer.from([0, 255]) })
  })

  it('may have what no file should have: it is passed over', () => {
    const odd = [null, 5, 'x', { name: 5, value: 'a' }, { name: 'A', value: 'b' }]
    expect(readHarEntry(har(entry('https://a.example/', { headers: odd }))).request.headers).toEqual([['A', 'b']])
    expect(() => readHarEntry(har(null as unknown as object))).toThrow(/no request/)
  })

  it('is listed without passwords and queries', () => {
    const secret = [entry('https://u:pa55@a.example/x?token=7opsecret'), entry('https://a.example/#7opsecret'), {}]
    const list = () => readHarEntry(har(...secret))
    expect(list).toThrow(
      /0 {2}POST https:\/\/a\.example\/x\?…\n {2}1 {2}POST https:\/\/a\.example\/\?…\n {2}2 {2}\(no request\)/,
    )
    expect(list).not.toThrow(/pa55|7opsecret/)
  })

  it.each([
    [{ headers: [['Content-Length', '5']], body: '' }, /does not hold the body/],
    [{ headers: [['Content-Digest', 'sha-256=:AA==:']], body: '' }, /does not hold the body/],
    [{ headers: [['Content-Encoding', 'gzip']], body: 'hi' }, /was compressed/],
    [{ headers: [['Content-Length', '5']], body: 'hi' }, /holds 2 bytes of this response, and 5 were sent/],
    [{ headers: [['Content-Length', '2']], body: 'hi' }, undefined],
    [{ headers: [], body: 'hi' }, undefined],
    [{ headers: [], body: '' }, undefined],
  ] as const)('that lost its body is known: %j', ({ headers, body }, loss) => {
    const found = bodyLoss({ kind: 'response', status: 200, reason: '', headers, body: bytes(body) })
    if (loss === undefined) expect(found).toBeUndefined()
    else expect(found).toMatch(loss)
  })

  it('is chosen by its number', () => {
    const two = har(entry('https://a.example/1'), entry('https://a.example/2'))
    expect(readHarEntry(two, 1).request.target).toBe('/2')
    expect(() => readHarEntry(two)).toThrow(/--entry N\n {2}0 {2}POST https:\/\/a\.example\/1/)
    expect(() => readHarEntry(two, 2)).toThrow(/no entry 2/)
  })

  it.each(['{}', '{"log":{}}', '{"log":', har({}), har({ request: { method: 'GET', url: 'ftp://a' } })])(
    'is refused where it is none: %s',
    (given) => {
      expect(() => readHarEntry(given)).toThrow(/HAR|request|neither http/)
    },
  )
})

describe('a curl command', () => {
  const request: RawRequest = {
    kind: 'request',
    method: 'POST',
    target: '/',
    headers: [['Host', 'a']],
    body: new Uint8Array(),
  }

  it('quotes what a shell would read', () => {
    const command = curlCommand('https://a.example/', {
      ...request,
      target: "/$HOME?a='b'",
      headers: [['X-A', '`id` "$x"']],
    })
    expect(command).toContain(`-H 'X-A: \`id\` "$x"'`)
    expect(command).toContain(`'https://a.example/$HOME?a='\\''b'\\'''`)
  })

  it('leaves secrets in the files that hold them', () => {
    const headers = [
      ['Authorization', 'Bearer top-secret'],
      ['X-Tenant', '7'],
      ['X-A', '1'],
    ] as const
    const files = new Map([['my headers.txt', new Set(['authorization', 'x-tenant'])]])
    const command = curlCommand('https://a.example/', { ...request, headers }, files)
    expect(command).toContain("-H '@my headers.txt'")
    expect(command).toContain("-H 'X-A: 1'")
    expect(command).not.toMatch(/top-secret|X-Tenant/)
  })

  it('sends bytes that are no text by way of base64', () => {
    expect(curlCommand('https://a.example/', { ...request, body: Buffer.from([0, 255]) })).toMatch(
      /^printf %s AP8= \| base64 -d \| curl /,
    )
    expect(curlCommand('https://a.example/', { ...request, body: Buffer.from('@file') })).toContain('--data-binary @-')
  })
})
