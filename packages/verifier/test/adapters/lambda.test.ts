import {
  createVerifier,
  type LambdaEvent,
  type LambdaEventV1,
  type LambdaEventV2,
  type LambdaVerifierOptions,
  protect,
} from '@countersign/verifier/lambda'
import type { APIGatewayProxyEvent, APIGatewayProxyEventV2, Context } from 'aws-lambda'
import { expect, it } from 'vitest'
import type { RawRequest } from '../attacks/raw-request.ts'
import { type Shape, signedRequest } from '../attacks/signed-request.ts'
import { bankOptions } from './running-app.ts'

function signed(shape: Shape = {}): RawRequest {
  return signedRequest(Math.floor(Date.now() / 1000), shape)
}

/** As API Gateway documents it for an HTTP API; a function URL sends the same. */
function v2({ method, target, headers, body }: RawRequest, more: Partial<LambdaEventV2> = {}): LambdaEventV2 {
  const [rawPath = '', rawQueryString = ''] = target.split('?')
  return {
    version: '2.0',
    rawPath,
    rawQueryString,
    headers: Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value])),
    ...(body === undefined ? {} : { body: String(body) }),
    isBase64Encoded: false,
    requestContext: { http: { method } },
    ...more,
  }
}

/** As API Gateway documents it for a REST API. */
function v1({ method, target, headers, body }: RawRequest, more: Partial<LambdaEventV1> = {}): LambdaEventV1 {
  return {
    httpMethod: method,
    headers: Object.fromEntries(headers),
    multiValueHeaders: Object.fromEntries(headers.map(([name, value]) => [name, [value]])),
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    body: body === undefined ? null : String(body),
    isBase64Encoded: false,
    requestContext: { path: target.split('?')[0] ?? '' },
    ...more,
  }
}

/** What a verifier says of an event: the target and the body that were verified, or the code. */
async function verdictOf(event: LambdaEvent, more: Partial<LambdaVerifierOptions> = {}): Promise<unknown> {
  const verify = createVerifier({ ...(await bankOptions<LambdaEvent>()), ...more })
  return verify(event).then(
    ({ message, text }) => [message.path + message.query, text()],
    (error) => error.code ?? String(error),
  )
}

const accepted = ['/transfer?amount=10', '{"amount":10}']
const query = { queryStringParameters: { amount: '10' }, multiValueQueryStringParameters: { amount: ['10'] } }

it('takes a body as text, in Base64, and none', async () => {
  expect(await verdictOf(v2(signed()))).toEqual(accepted)
  expect(await verdictOf(v1(signed(), query))).toEqual(accepted)
  const body = Buffer.from('{"amount":10}').toString('base64')
  expect(await verdictOf(v2(signed(), { body, isBase64Encoded: true }))).toEqual(accepted)
  expect(await verdictOf(v1(signed(), { ...query, body, isBase64Encoded: true }))).toEqual(accepted)
  expect(await verdictOf(v2(signed({ method: 'GET', target: '/a' })))).toEqual(['/a', ''])
  expect(await verdictOf(v1(signed({ method: 'GET', target: '/a' })))).toEqual(['/a', ''])
})

it('attack 49: a body that is no UTF-8 is not altered in Base64, and refused as text', async () => {
  const bytes = Buffer.from([0xff, 0xfe])
  const request = signed({ body: bytes })
  const inBase64 = v2(request, { body: bytes.toString('base64'), isBase64Encoded: true })
  expect(await verdictOf(v2(request, { body: bytes.toString() }))).toBe('digest_mismatch')
  expect(await verdictOf(inBase64)).toEqual(['/transfer?amount=10', '\ufffd\ufffd'])
})

it('attack 65: the pieces of a cookie are one field, and a second line of a single one is refused', async () => {
  const shape: Shape = { headers: [['Cookie', 'a=1; b=2']], cover: ['cookie'] }
  const { headers, ...event } = v2(signed(shape))
  const { cookie: _cookie, ...others } = headers ?? {}
  expect(await verdictOf({ ...event, headers: others, cookies: ['a=1', 'b=2'] })).toEqual(accepted)
  const { multiValueHeaders, ...single } = v1(signed(), query)
  const twice = { ...multiValueHeaders, 'Content-Type': ['application/json', 'text/html'] }
  expect(await verdictOf({ ...single, multiValueHeaders: twice })).toBe('malformed_message')
})

const tables: readonly (readonly [what: string, target: string, event: Partial<LambdaEventV1>, expected: unknown])[] = [
  ['no query', '/p', {}, '/p'],
  [
    'a repeated name',
    '/p?a=1&a=2',
    { queryStringParameters: { a: '2' }, multiValueQueryStringParameters: { a: ['1', '2'] } },
    '/p?a=1&a=2',
  ],
  [
    'a value with two spellings',
    '/p?a=x%20y',
    { queryStringParameters: { a: 'x y' }, multiValueQueryStringParameters: { a: ['x y'] } },
    'malformed_message',
  ],
  [
    'a name with two spellings',
    '/p?a[]=1',
    { queryStringParameters: { 'a[]': '1' }, multiValueQueryStringParameters: { 'a[]': ['1'] } },
    'malformed_message',
  ],
  ['a query that only one of the tables has', '/p', { queryStringParameters: { a: '1' } }, 'malformed_message'],
  [
    'another value than was signed',
    '/p?a=1',
    { queryStringParameters: { a: '9' }, multiValueQueryStringParameters: { a: ['9'] } },
    'invalid_signature',
  ],
]
it.each(tables)('attack 61: payload format 1.0 with %s', async (_what, target, more, expected) => {
  const verdict = await verdictOf(v1(signed({ method: 'GET', target }), more))
  expect(Array.isArray(verdict) ? verdict[0] : verdict).toBe(expected)
})

it('attack 61: a query that is refused is told to onEvent', async () => {
  const told: unknown[] = []
  const more = { multiValueQueryStringParameters: { a: ['x y'] }, queryStringParameters: { a: 'x y' } }
  await verdictOf(v1(signed(), more), { onEvent: (event) => told.push(event.type) })
  expect(told).toEqual(['refused'])
})

it('goes by a request target of your own behind an API mapping, for either format', async () => {
  const request = signed({ method: 'GET', target: '/v1/accounts?a=x%20y' })
  const inside = { rawPath: '/accounts', rawQueryString: 'a=x%20y' }
  expect(await verdictOf(v2(request, inside))).toBe('invalid_signature')
  const requestTarget = (event: LambdaEvent): string =>
    'rawPath' in event ? `/v1${event.rawPath}?${event.rawQueryString}` : '/v1/accounts?a=x%20y'
  expect(await verdictOf(v2(request, inside), { requestTarget })).toEqual(['/v1/accounts?a=x%20y', ''])
  expect(await verdictOf(v1(request), { requestTarget })).toEqual(['/v1/accounts?a=x%20y', ''])
  expect(() => createVerifier({ requestTarget: '/v1' } as never)).toThrow(/requestTarget must be a function/)
  expect(() => createVerifier(undefined as never)).toThrow(TypeError)
})

it.each([
  ['a WebSocket API', { requestContext: { eventType: 'CONNECT' }, headers: {} }],
  ['a queue', { Records: [] }],
  ['payload 2.0 without a path', { version: '2.0' }],
])('is a mistake of the caller for an event of %s', async (_what, event) => {
  expect(await verdictOf(event as unknown as LambdaEvent)).toBe(
    'TypeError: the event holds no HTTP request of API Gateway or a function URL',
  )
})

it('puts a verifier before a handler with the types of AWS, and answers refusals', async () => {
  const verify = createVerifier<APIGatewayProxyEventV2>(await bankOptions<APIGatewayProxyEventV2>())
  const handler = protect(verify, async (event, context: Context, { keyId, json }) => ({
    statusCode: 200,
    body: `${event.rawPath} ${context.awsRequestId} ${keyId} ${JSON.stringify(json())}`,
  }))
  const event = v2(signed()) as APIGatewayProxyEventV2
  const context = { awsRequestId: 'id' } as Context
  expect(await handler(event, context)).toEqual({ statusCode: 200, body: '/transfer id alice {"amount":10}' })
  expect(await handler(event, context)).toMatchObject({
    statusCode: 401,
    headers: { 'content-type': 'application/problem+json', 'www-authenticate': 'Signature' },
    body: expect.stringContaining('"code":"replayed"'),
    isBase64Encoded: false,
  })
})

it('leaves the errors of handlers, and mistakes, to Lambda', async () => {
  const verify = createVerifier<APIGatewayProxyEvent>(await bankOptions<APIGatewayProxyEvent>())
  const failing = protect(verify, () => {
    throw new RangeError('mine')
  })
  await expect(failing(v1(signed(), query) as APIGatewayProxyEvent, {})).rejects.toThrow(RangeError)
  await expect(failing({} as APIGatewayProxyEvent, {})).rejects.toThrow(TypeError)
})
