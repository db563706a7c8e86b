import { describe, expect, it } from 'vitest'
import { type ComponentIdentifier, component } from '../../src/index.ts'
import { expectCode } from '../expect-code.ts'
import { answeredRequest, busyResponse } from './messages.ts'
import { withFields } from './rfc-text.ts'
import { describeSignedExample, type SignedExample, verifyExample } from './signed-example.ts'

/** A component of the request that is answered. */
const req = (name: string): ComponentIdentifier => component(name, { req: true })

const parameters = { created: 1618884479, keyid: 'test-key-ecc-p256' } as const

const answer: SignedExample = {
  section: '2.4, a response',
  message: busyResponse,
  request: answeredRequest,
  base: String.raw`"@status": 503
"content-digest": sha-512=:0Y6iCBzGg5rZtoXS95Ijz03mslf6KAMCloESHObf\
  wnHJDbkkWWQz6PhhU9kxsTbARtY2PTBOzq24uJFpHsMuAg==:
"content-type": application/json
"@authority";req: example.com
"@method";req: POST
"@path";req: /foo
"content-digest";req: sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A\
  2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:
"@signature-params": ("@status" "content-digest" "content-type" \
  "@authority";req "@method";req "@path";req "content-digest";req)\
  ;created=1618884479;keyid="test-key-ecc-p256"`,
  fields: String.raw`Signature-Input: reqres=("@status" "content-digest" "content-type" \
  "@authority";req "@method";req "@path";req "content-digest";req)\
  ;created=1618884479;keyid="test-key-ecc-p256"
Signature: reqres=:dMT/A/76ehrdBTD/2Xx8QuKV6FoyzEP/I9hdzKN8LQJLNgzU\
  4W767HK05rx1i8meNQQgQPgQp8wq2ive3tV5Ag==:`,
  label: 'reqres',
  components: [
    '@status',
    'content-digest',
    'content-type',
    req('@authority'),
    req('@method'),
    req('@path'),
    req('content-digest'),
  ],
  parameters,
}

// The RFC prints no base for the signature of the request: this one follows from 2.5.
const signedRequest: SignedExample = {
  section: '2.4, a signed request',
  message: answeredRequest,
  base: String.raw`"@method": POST
"@authority": example.com
"@path": /foo
"@query": ?param=Value&Pet=dog
"content-digest": sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX\
  +TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:
"content-type": application/json
"content-length": 18
"@signature-params": ("@method" "@authority" "@path" "@query" \
  "content-digest" "content-type" "content-length")\
  ;created=1618884475;keyid="test-key-rsa-pss"`,
  fields: String.raw`Signature-Input: sig1=("@method" "@authority" "@path" "@query" \
  "content-digest" "content-type" "content-length")\
  ;created=1618884475;keyid="test-key-rsa-pss"
Signature: sig1=:e8UJ5wMiRaonlth5ERtE8GIiEH7Akcr493nQ07VPNo6y3qvjdK\
  t0fo8VHO8xXDjmtYoatGYBGJVlMfIp06eVMEyNW2I4vN7XDAz7m5v1108vGzaDljr\
  d0H8+SJ28g7bzn6h2xeL/8q+qUwahWA/JmC8aOC9iVnwbOKCc0WSrLgWQwTY6VLp4\
  2Qt7jjhYT5W7/wCvfK9A1VmHH1lJXsV873Z6hpxesd50PSmO+xaNeYvDLvVdZlhtw\
  5PCtUYzKjHqwmaQ6DEuM8udRjYsoNqp2xZKcuCO1nKc0V3RjpqMZLuuyVbHDAbCzr\
  0pg2d2VM/OC33JAU7meEjjaNz+d7LWPg==:`,
  label: 'sig1',
  components: ['@method', '@authority', '@path', '@query', 'content-digest', 'content-type', 'content-length'],
  parameters: { created: 1618884475, keyid: 'test-key-rsa-pss' },
}

const answerToSigned: SignedExample = {
  section: '2.4, a response to a signed request',
  message: busyResponse,
  request: withFields(answeredRequest, signedRequest.fields),
  base: String.raw`"@status": 503
"content-digest": sha-512=:0Y6iCBzGg5rZtoXS95Ijz03mslf6KAMCloESHObf\
  wnHJDbkkWWQz6PhhU9kxsTbARtY2PTBOzq24uJFpHsMuAg==:
"content-type": application/json
"@authority";req: example.com
"@method";req: POST
"@path";req: /foo
"@query";req: ?param=Value&Pet=dog
"content-digest";req: sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A\
  2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:
"content-type";req: application/json
"content-length";req: 18
"@signature-params": ("@status" "content-digest" "content-type" \
  "@authority";req "@method";req "@path";req "@query";req \
  "content-digest";req "content-type";req "content-length";req)\
  ;created=1618884479;keyid="test-key-ecc-p256"`,
  fields: String.raw`Signature-Input: reqres=("@status" "content-digest" "content-type" \
  "@authority";req "@method";req "@path";req "@query";req \
  "content-digest";req "content-type";req "content-length";req)\
  ;created=1618884479;keyid="test-key-ecc-p256"
Signature: reqres=:C73J41GVKc+TYXbSobvZf0CmNcptRiWN+NY1Or0A36ISg6ym\
  dRN6ZgR2QfrtopFNzqAyv+CeWrMsNbcV2Ojsgg==:`,
  label: 'reqres',
  components: [
    '@status',
    'content-digest',
    'content-type',
    req('@authority'),
    req('@method'),
    req('@path'),
    req('@query'),
    req('content-digest'),
    req('content-type'),
    req('content-length'),
  ],
  parameters,
}

for (const example of [answer, signedRequest, answerToSigned]) describeSignedExample(example)

describe('RFC 9421 2.4, what binds a response to its request', () => {
  it.each([
    ['method', 'POST', 'PUT'],
    ['path', '/foo', '/bar'],
    ['authority', 'example.com', 'example.org'],
    ['Content-Digest', 'WZDPaVn', 'WZDPaVm'],
  ])('is refused as the answer to a request with another %s', async (_what, from, to) => {
    const request = answeredRequest.replace(from, to)
    expect(request).not.toBe(answeredRequest)
    for (const example of [answer, answerToSigned]) {
      await expectCode('invalid_signature', () => verifyExample({ ...example, request }, example.fields))
    }
  })

  it('does not bind the query, which the first response leaves out and the second covers', async () => {
    const request = answeredRequest.replace('?param=Value', '?param=Other')
    expect((await verifyExample({ ...answer, request }, answer.fields)).label).toBe('reqres')
    const second = { ...answerToSigned, request }
    await expectCode('invalid_signature', () => verifyExample(second, second.fields))
  })

  it('cannot be checked without the request', async () => {
    const { request, ...alone } = answer
    await expectCode('missing_component', () => verifyExample(alone, answer.fields))
  })
})
