import { describe, expect, it } from 'vitest'
import { component, encodeUtf8, verifyContentDigest } from '../../src/index.ts'
import { expectCode } from '../expect-code.ts'
import {
  answeredRequest,
  busyResponse,
  forwardedRequest,
  printedTestResponse,
  testRequest,
  testResponse,
} from './messages.ts'
import { contentOf, fieldValue, headersOf } from './rfc-text.ts'
import { describeSignedExample, type SignedExample, verifyExample } from './signed-example.ts'

const created = 1618884473

const signedResponse: SignedExample = {
  section: 'B.2.4',
  message: testResponse,
  base: String.raw`"@status": 200
"content-type": application/json
"content-digest": sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ4\
  1QJgJc4GTsPp29l5oGX69wWdXymyU0rjJuahq4l5aGgfLQ==:
"content-length": 23
"@signature-params": ("@status" "content-type" "content-digest" \
  "content-length");created=1618884473;keyid="test-key-ecc-p256"`,
  fields: String.raw`Signature-Input: sig-b24=("@status" "content-type" \
  "content-digest" "content-length");created=1618884473\
  ;keyid="test-key-ecc-p256"
Signature: sig-b24=:wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NK\
  ocgPquLgyahnzDnDAUy5eCdlYUEkLIj+32oiasw==:`,
  label: 'sig-b24',
  components: ['@status', 'content-type', 'content-digest', 'content-length'],
  parameters: { created, keyid: 'test-key-ecc-p256' },
}

const signedRequests: readonly SignedExample[] = [
  {
    section: 'B.2.1',
    message: testRequest,
    base: String.raw`"@signature-params": ();created=1618884473;keyid="test-key-rsa-pss"\
  ;nonce="b3k2pp5k7z-50gnwp.yemd"`,
    fields: String.raw`Signature-Input: sig-b21=();created=1618884473\
  ;keyid="test-key-rsa-pss";nonce="b3k2pp5k7z-50gnwp.yemd"
Signature: sig-b21=:d2pmTvmbncD3xQm8E9ZV2828BjQWGgiwAaw5bAkgibUopem\
  LJcWDy/lkbbHAve4cRAtx31Iq786U7it++wgGxbtRxf8Udx7zFZsckzXaJMkA7ChG\
  52eSkFxykJeNqsrWH5S+oxNFlD4dzVuwe8DhTSja8xxbR/Z2cOGdCbzR72rgFWhzx\
  2VjBqJzsPLMIQKhO4DGezXehhWwE56YCE+O6c0mKZsfxVrogUvA4HELjVKWmAvtl6\
  UnCh8jYzuVG5WSb/QEVPnP5TmcAnLH1g+s++v6d4s8m0gCw1fV5/SITLq9mhho8K3\
  +7EPYTU8IU1bLhdxO5Nyt8C8ssinQ98Xw9Q==:`,
    label: 'sig-b21',
    components: [],
    parameters: { created, keyid: 'test-key-rsa-pss', nonce: 'b3k2pp5k7z-50gnwp.yemd' },
  },
  {
    section: 'B.2.2',
    message: testRequest,
    base: String.raw`"@authority": example.com
"content-digest": sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX\
  +TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:
"@query-param";name="Pet": dog
"@signature-params": ("@authority" "content-digest" \
  "@query-param";name="Pet")\
  ;created=1618884473;keyid="test-key-rsa-pss"\
  ;tag="header-example"`,
    fields: String.raw`Signature-Input: sig-b22=("@authority" "content-digest" \
  "@query-param";name="Pet");created=1618884473\
  ;keyid="test-key-rsa-pss";tag="header-example"
Signature: sig-b22=:LjbtqUbfmvjj5C5kr1Ugj4PmLYvx9wVjZvD9GsTT4F7GrcQ\
  EdJzgI9qHxICagShLRiLMlAJjtq6N4CDfKtjvuJyE5qH7KT8UCMkSowOB4+ECxCmT\
  8rtAmj/0PIXxi0A0nxKyB09RNrCQibbUjsLS/2YyFYXEu4TRJQzRw1rLEuEfY17SA\
  RYhpTlaqwZVtR8NV7+4UKkjqpcAoFqWFQh62s7Cl+H2fjBSpqfZUJcsIk4N6wiKYd\
  4je2U/lankenQ99PZfB4jY3I5rSV2DSBVkSFsURIjYErOs0tFTQosMTAoxk//0RoK\
  UqiYY8Bh0aaUEb0rQl3/XaVe4bXTugEjHSw==:`,
    label: 'sig-b22',
    components: ['@authority', 'content-digest', component('@query-param', { name: 'Pet' })],
    parameters: { created, keyid: 'test-key-rsa-pss', tag: 'header-example' },
  },
  {
    section: 'B.2.3',
    message: testRequest,
    base: String.raw`"date": Tue, 20 Apr 2021 02:07:55 GMT
"@method": POST
"@path": /foo
"@query": ?param=Value&Pet=dog
"@authority": example.com
"content-type": application/json
"content-digest": sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX\
  +TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:
"content-length": 18
"@signature-params": ("date" "@method" "@path" "@query" \
  "@authority" "content-type" "content-digest" "content-length")\
  ;created=1618884473;keyid="test-key-rsa-pss"`,
    fields: String.raw`Signature-Input: sig-b23=("date" "@method" "@path" "@query" \
  "@authority" "content-type" "content-digest" "content-length")\
  ;created=1618884473;keyid="test-key-rsa-pss"
Signature: sig-b23=:bbN8oArOxYoyylQQUU6QYwrTuaxLwjAC9fbY2F6SVWvh0yB\
  iMIRGOnMYwZ/5MR6fb0Kh1rIRASVxFkeGt683+qRpRRU5p2voTp768ZrCUb38K0fU\
  xN0O0iC59DzYx8DFll5GmydPxSmme9v6ULbMFkl+V5B1TP/yPViV7KsLNmvKiLJH1\
  pFkh/aYA2HXXZzNBXmIkoQoLd7YfW91kE9o/CCoC1xMy7JA1ipwvKvfrs65ldmlu9\
  bpG6A9BmzhuzF8Eim5f8ui9eH8LZH896+QIF61ka39VBrohr9iyMUJpvRX2Zbhl5Z\
  JzSRxpJyoEZAFL2FUo5fTIztsDZKEgM4cUA==:`,
    label: 'sig-b23',
    components: [
      'date',
      '@method',
      '@path',
      '@query',
      '@authority',
      'content-type',
      'content-digest',
      'content-length',
    ],
    parameters: { created, keyid: 'test-key-rsa-pss' },
  },
  {
    section: 'B.2.5',
    message: testRequest,
    base: String.raw`"date": Tue, 20 Apr 2021 02:07:55 GMT
"@authority": example.com
"content-type": application/json
"@signature-params": ("date" "@authority" "content-type")\
  ;created=1618884473;keyid="test-shared-secret"`,
    fields: String.raw`Signature-Input: sig-b25=("date" "@authority" "content-type")\
  ;created=1618884473;keyid="test-shared-secret"
Signature: sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:`,
    label: 'sig-b25',
    components: ['date', '@authority', 'content-type'],
    parameters: { created, keyid: 'test-shared-secret' },
  },
  {
    section: 'B.2.6',
    message: testRequest,
    base: String.raw`"date": Tue, 20 Apr 2021 02:07:55 GMT
"@method": POST
"@path": /foo
"@authority": example.com
"content-type": application/json
"content-length": 18
"@signature-params": ("date" "@method" "@path" "@authority" \
  "content-type" "content-length");created=1618884473\
  ;keyid="test-key-ed25519"`,
    fields: String.raw`Signature-Input: sig-b26=("date" "@method" "@path" "@authority" \
  "content-type" "content-length");created=1618884473\
  ;keyid="test-key-ed25519"
Signature: sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1\
  u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:`,
    label: 'sig-b26',
    components: ['date', '@method', '@path', '@authority', 'content-type', 'content-length'],
    parameters: { created, keyid: 'test-key-ed25519' },
  },
]

for (const example of [...signedRequests, signedResponse]) describeSignedExample(example)

describe('the content of the messages of RFC 9421 2.4, 4.3 and B.2', () => {
  it.each([
    ['B.2, test-request', testRequest],
    ['B.2, test-response', testResponse],
    ['2.4, request', answeredRequest],
    ['2.4, response', busyResponse],
    ['4.3, forwarded request', forwardedRequest],
  ])('is that of Content-Digest and Content-Length: %s', async (_name, text) => {
    const content = encodeUtf8(contentOf(text))
    await verifyContentDigest(fieldValue(headersOf(text), 'Content-Digest'), content)
    expect(String(content.length)).toBe(fieldValue(headersOf(text), 'Content-Length'))
  })

  it('is not that of the Content-Digest that B.2 prints for test-response, nor does B.2.4 verify with it', async () => {
    const printed = fieldValue(headersOf(printedTestResponse), 'Content-Digest')
    await expectCode('digest_mismatch', () => verifyContentDigest(printed, encodeUtf8(contentOf(printedTestResponse))))
    const example = { ...signedResponse, message: printedTestResponse }
    await expectCode('invalid_signature', () => verifyExample(example, example.fields))
  })
})
