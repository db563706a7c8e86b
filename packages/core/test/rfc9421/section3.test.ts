import { describe, expect, it } from 'vitest'
import { encodeUtf8 } from '../../src/index.ts'
import { signingKey, verifyingKey } from './keys.ts'
import { testRequest } from './messages.ts'
import { fieldValue, unwrap } from './rfc-text.ts'
import { describeSignedExample, type SignedExample } from './signed-example.ts'

// The base is the example of 2.5, its signature value that of 3.1, and the signed message that of 3.2.
const base = String.raw`"@method": POST
"@authority": example.com
"@path": /foo
"content-digest": sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX\
  +TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:
"content-length": 18
"content-type": application/json
"@signature-params": ("@method" "@authority" "@path" \
  "content-digest" "content-length" "content-type")\
  ;created=1618884473;keyid="test-key-rsa-pss"`

const signature = unwrap(String.raw`HIbjHC5rS0BYaa9v4QfD4193TORw7u9edguPh0AW3dMq9WImrlFrCGUDih47vAxi4L2\
YRZ3XMJc1uOKk/J0ZmZ+wcta4nKIgBkKq0rM9hs3CQyxXGxHLMCy8uqK488o+9jrptQ\
+xFPHK7a9sRL1IXNaagCNN3ZxJsYapFj+JXbmaI5rtAdSfSvzPuBCh+ARHBmWuNo1Uz\
VVdHXrl8ePL4cccqlazIJdC4QEjrF+Sn4IxBQzTZsL9y9TP5FsZYzHvDqbInkTNigBc\
E9cKOYNFCn4D/WM7F6TNuZO9EgtzepLWcjTymlHzK7aXq6Am6sfOrpIC49yXjj3ae6H\
RalVc/g==`)

const example: SignedExample = {
  section: '2.5, 3.1 and 3.2',
  message: testRequest,
  base,
  fields: String.raw`Signature-Input: sig1=("@method" "@authority" "@path" \
  "content-digest" "content-length" "content-type")\
  ;created=1618884473;keyid="test-key-rsa-pss"
Signature: sig1=:HIbjHC5rS0BYaa9v4QfD4193TORw7u9edguPh0AW3dMq9WImrl\
  FrCGUDih47vAxi4L2YRZ3XMJc1uOKk/J0ZmZ+wcta4nKIgBkKq0rM9hs3CQyxXGxH\
  LMCy8uqK488o+9jrptQ+xFPHK7a9sRL1IXNaagCNN3ZxJsYapFj+JXbmaI5rtAdSf\
  SvzPuBCh+ARHBmWuNo1UzVVdHXrl8ePL4cccqlazIJdC4QEjrF+Sn4IxBQzTZsL9y\
  9TP5FsZYzHvDqbInkTNigBcE9cKOYNFCn4D/WM7F6TNuZO9EgtzepLWcjTymlHzK7\
  aXq6Am6sfOrpIC49yXjj3ae6HRalVc/g==:`,
  label: 'sig1',
  components: ['@method', '@authority', '@path', 'content-digest', 'content-length', 'content-type'],
  parameters: { created: 1618884473, keyid: 'test-key-rsa-pss' },
}

describeSignedExample(example)

describe('RFC 9421 3.1, HTTP_SIGN and HTTP_VERIFY on the signature base of 2.5', () => {
  const bytes = encodeUtf8(unwrap(base))
  const printed = Uint8Array.from(Buffer.from(signature, 'base64'))

  it('has the signature value that 3.2 verifies', () => {
    expect(fieldValue(example.fields, 'Signature')).toBe(`sig1=:${signature}:`)
  })

  it('verifies the printed value, and not over another base', async () => {
    const key = await verifyingKey('test-key-rsa-pss')
    expect(await key.verify(bytes, printed)).toBe(true)
    // The line break that ends the displayed example is no part of the base (2.5).
    expect(await key.verify(encodeUtf8(`${unwrap(base)}\n`), printed)).toBe(false)
  })

  it('makes another value each time, as long and as valid', async () => {
    const key = await signingKey('test-key-rsa-pss')
    const [one, two] = [await key.sign(bytes), await key.sign(bytes)]
    expect(one).not.toEqual(two)
    for (const made of [one, two]) {
      expect(made).toHaveLength(printed.length)
      expect(await (await verifyingKey('test-key-rsa-pss')).verify(bytes, new Uint8Array(made))).toBe(true)
    }
  })
})
