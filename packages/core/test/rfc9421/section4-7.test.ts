import { describe, expect, it } from 'vitest'
import {
  createContentDigest,
  createResponseMessage,
  createSignatureInput,
  encodeUtf8,
  parseSignatures,
  readSignatureInput,
  sign,
  signatureBase,
  verifySignature,
} from '../../src/index.ts'
import { expectCode } from '../expect-code.ts'
import { signingKey, verifyingKey } from './keys.ts'
import { forwardedRequest } from './messages.ts'
import { contentOf, fieldLines, fieldValue, headersOf, messageOf, requestOf, unwrap } from './rfc-text.ts'

describe('RFC 9421 4.1 and 4.2, Signature-Input and Signature', () => {
  const signatureInput = String.raw`Signature-Input: sig1=("@method" "@target-uri" "@authority" \
  "content-digest" "cache-control");\
  created=1618884475;keyid="test-key-rsa-pss"`
  const signature = String.raw`Signature: sig1=:P0wLUszWQjoi54udOtydf9IWTfNhy+r53jGFj9XZuP4uKwxyJo\
  1RSHi+oEF1FuX6O29d+lbxwwBao1BAgadijW+7O/PyezlTnqAOVPWx9GlyntiCiHz\
  C87qmSQjvu1CFyFuWSjdGa3qLYYlNm7pVaJFalQiKWnUaqfT4LyttaXyoyZW84jS8\
  gyarxAiWI97mPXU+OVM64+HVBHmnEsS+lTeIsEQo36T3NFf2CujWARPQg53r58Rmp\
  Z+J9eKR2CD6IJQvacn5A4Ix5BUAVGqlyp8JYm+S/CWJi31PNUjRRCusCVRj05NrxA\
  BNFv3r5S9IXf2fYJK+eyW4AiGVMvMcOg==:`

  it('reads both examples as one signature', () => {
    const headers = [...fieldLines(signatureInput), ...fieldLines(signature)]
    const [found, ...others] = parseSignatures(createResponseMessage({ status: 200, headers }))
    expect(others).toEqual([])
    expect(found!.label).toBe('sig1')
    expect(`sig1=:${Buffer.from(found!.signature).toString('base64')}:`).toBe(fieldValue(signature, 'Signature'))
    const { components, parameters, text } = readSignatureInput(found!.input)
    expect(components.map(({ name }) => name)).toEqual([
      '@method',
      '@target-uri',
      '@authority',
      'content-digest',
      'cache-control',
    ])
    expect(parameters).toEqual({ created: 1618884475, keyid: 'test-key-rsa-pss' })
    expect(`sig1=${text}`).toBe(fieldValue(signatureInput, 'Signature-Input'))
  })

  it('writes the first example', () => {
    const components = ['@method', '@target-uri', '@authority', 'content-digest', 'cache-control']
    const { text } = createSignatureInput(components, { created: 1618884475, keyid: 'test-key-rsa-pss' })
    expect(`sig1=${text}`).toBe(fieldValue(signatureInput, 'Signature-Input'))
  })
})

const forwardedBase = String.raw`"@method": POST
"@authority": origin.host.internal.example
"@path": /foo
"content-digest": sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX\
  +TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:
"content-type": application/json
"content-length": 18
"forwarded": for=192.0.2.123;host=example.com;proto=https
"@signature-params": ("@method" "@authority" "@path" \
  "content-digest" "content-type" "content-length" "forwarded")\
  ;created=1618884480;keyid="test-key-rsa";alg="rsa-v1_5-sha256"\
  ;expires=1618884540`
const forwardedSignature = String.raw`S6ZzPXSdAMOPjN/6KXfXWNO/f7V6cHm7BXYUh3YD/fRad4BCaRZxP+JH+8XY1I6+8Cy\
+CM5g92iHgxtRPz+MjniOaYmdkDcnL9cCpXJleXsOckpURl49GwiyUpZ10KHgOEe11s\
x3G2gxI8S0jnxQB+Pu68U9vVcasqOWAEObtNKKZd8tSFu7LB5YAv0RAGhB8tmpv7sFn\
Im9y+7X5kXQfi8NMaZaA8i2ZHwpBdg7a6CMfwnnrtflzvZdXAsD3LH2TwevU+/PBPv0\
B6NMNk93wUs/vfJvye+YuI87HU38lZHowtznbLVdp770I6VHR6WfgS9ddzirrswsE1w\
5o0LV/g==`
const receivedRequest = String.raw`POST /foo?param=Value&Pet=dog HTTP/1.1
Host: origin.host.internal.example
Date: Tue, 20 Apr 2021 02:07:56 GMT
Content-Type: application/json
Content-Length: 18
Forwarded: for=192.0.2.123;host=example.com;proto=https
Content-Digest: sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+T\
  aPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:
Signature-Input: sig1=("@method" "@authority" "@path" \
    "content-digest" "content-type" "content-length")\
    ;created=1618884475;keyid="test-key-ecc-p256", \
  proxy_sig=("@method" "@authority" "@path" "content-digest" \
    "content-type" "content-length" "forwarded")\
    ;created=1618884480;keyid="test-key-rsa";alg="rsa-v1_5-sha256"\
    ;expires=1618884540
Signature: sig1=:X5spyd6CFnAG5QnDyHfqoSNICd+BUP4LYMz2Q0JXlb//4Ijpzp\
    +kve2w4NIyqeAuM7jTDX+sNalzA8ESSaHD3A==:, \
  proxy_sig=:S6ZzPXSdAMOPjN/6KXfXWNO/f7V6cHm7BXYUh3YD/fRad4BCaRZxP+\
    JH+8XY1I6+8Cy+CM5g92iHgxtRPz+MjniOaYmdkDcnL9cCpXJleXsOckpURl49G\
    wiyUpZ10KHgOEe11sx3G2gxI8S0jnxQB+Pu68U9vVcasqOWAEObtNKKZd8tSFu7\
    LB5YAv0RAGhB8tmpv7sFnIm9y+7X5kXQfi8NMaZaA8i2ZHwpBdg7a6CMfwnnrtf\
    lzvZdXAsD3LH2TwevU+/PBPv0B6NMNk93wUs/vfJvye+YuI87HU38lZHowtznbL\
    Vdp770I6VHR6WfgS9ddzirrswsE1w5o0LV/g==:


{"hello": "world"}`

// How the proxy adds its lines to those of the client is in several-signatures.test.ts.
describe('RFC 9421 4.3, the message that the origin receives', () => {
  it('has the base and the signature value that are printed, with the key of B.1.1', async () => {
    const signed = await sign(requestOf(forwardedRequest), await signingKey('test-key-rsa'), {
      label: 'proxy_sig',
      components: ['@method', '@authority', '@path', 'content-digest', 'content-type', 'content-length', 'forwarded'],
      parameters: { created: 1618884480, keyid: 'test-key-rsa', alg: 'rsa-v1_5-sha256', expires: 1618884540 },
    })
    expect(signed.base).toBe(unwrap(forwardedBase))
    expect(signed.signature).toBe(`proxy_sig=:${unwrap(forwardedSignature)}:`)
  })

  it('carries the signature of the client, which the proxy has verified before it changed the request', async () => {
    const fromClient = requestOf(
      forwardedRequest
        .replace('origin.host.internal.example', 'example.com')
        .replace('02:07:56', '02:07:55')
        .replace(/Forwarded: .*\n/, ''),
    )
    const [ofClient] = parseSignatures(fromClient)
    const key = await verifyingKey('test-key-ecc-p256')
    const { label, components } = await verifySignature(fromClient, ofClient!, key)
    const names = ['@method', '@authority', '@path', 'content-digest', 'content-type', 'content-length']
    expect([label, ...components.map(({ name }) => name)]).toEqual(['sig1', ...names])
  })

  it('has both signatures in one line of each field', async () => {
    const atOrigin = messageOf(receivedRequest)
    const [ofClient, ofProxy, ...others] = parseSignatures(atOrigin)
    expect([ofClient!.label, ofProxy!.label, ...others]).toEqual(['sig1', 'proxy_sig'])
    expect((await verifySignature(atOrigin, ofProxy!, await verifyingKey('test-key-rsa'))).label).toBe('proxy_sig')
    const clientKey = await verifyingKey('test-key-ecc-p256')
    await expectCode('invalid_signature', () => verifySignature(atOrigin, ofClient!, clientKey))
  })
})

describe('RFC 9421 7.2.8, the content of a message', () => {
  const response = `HTTP/1.1 200 OK
Content-Type: application/json

{"hello": "world"}`
  const withDigest = String.raw`HTTP/1.1 200 OK
Content-Type: application/json
Content-Digest: \
  sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:

{"hello": "world"}`
  // The RFC prints "@signature-input", where 2.5 step 3 says "@signature-params".
  const base = String.raw`"@status": 200
"content-digest": \
  sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:
"@signature-input": ("@status" "content-digest")`.replace('@signature-input', '@signature-params')

  it('has the printed Content-Digest and signature base', async () => {
    const digest = await createContentDigest(encodeUtf8(contentOf(response)))
    expect(digest).toBe(fieldValue(headersOf(withDigest), 'Content-Digest'))
    const input = createSignatureInput(['@status', 'content-digest'], {})
    expect(signatureBase(messageOf(withDigest), input)).toBe(unwrap(base))
  })
})
