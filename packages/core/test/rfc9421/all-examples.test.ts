import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

/** How many examples each section of RFC 9421 prints. The other sections have none. */
const printedExamples: Readonly<Record<string, number>> = {
  ...{ '2.1': 2, '2.1.1': 1, '2.1.2': 1, '2.1.3': 1, '2.1.4': 1 },
  ...{ '2.2.1': 1, '2.2.2': 1, '2.2.3': 1, '2.2.4': 1, '2.2.5': 4, '2.2.6': 1, '2.2.7': 3, '2.2.8': 3, '2.2.9': 1 },
  ...{ '2.3': 1, '2.4': 3, '2.5': 1, '3.1': 1, '3.2': 1, '4.1': 1, '4.2': 1, '4.3': 3 },
  ...{ '5.1': 1, '7.2.8': 1, '7.5.6': 1 },
  ...{ 'B.1.1': 1, 'B.1.2': 1, 'B.1.3': 1, 'B.1.4': 1, 'B.1.5': 1, 'B.2': 2 },
  ...{ 'B.2.1': 1, 'B.2.2': 1, 'B.2.3': 1, 'B.2.4': 1, 'B.2.5': 1, 'B.2.6': 1, 'B.3': 1, 'B.4': 6 },
}

const components = 'message/components.test.ts'
const section2 = 'rfc9421/section2.test.ts'
const section24 = 'rfc9421/section2-4.test.ts'
const section3 = 'rfc9421/section3.test.ts'
const section47 = 'rfc9421/section4-7.test.ts'
const accept = 'accept-signature.test.ts'
const keys = 'crypto/rfc9421-keys.ts'
const b2 = 'rfc9421/b2.test.ts'
const b3b4 = 'rfc9421/b3-b4.test.ts'

/** Every example: its section, what it shows, the file that tests it, and a text which stands in that test. */
const examples: readonly (readonly [section: string, shows: string, file: string, text: string])[] = [
  ['2.1', 'fields of a fragment', components, "['x-obs-fold-header', 'Obsolete line folding.']"],
  ['2.1', 'an empty field', components, "['x-empty-header', '']"],
  ['2.1.1', 'sf', section2, 'RFC 9421 2.1.1, strict serialization'],
  ['2.1.2', 'key', section2, 'RFC 9421 2.1.2, members of a Dictionary'],
  ['2.1.3', 'bs', section2, 'RFC 9421 2.1.3 and 7.5.6, fields with commas of their own'],
  ['2.1.4', 'tr', section2, 'RFC 9421 2.1.4, trailers'],
  ['2.2.1', '@method', components, "['@method', 'POST']"],
  ['2.2.2', '@target-uri', components, "['@target-uri', 'https://www.example.com/path?param=value']"],
  ['2.2.3', '@authority', components, "['@authority', 'www.example.com']"],
  ['2.2.4', '@scheme of plain HTTP', section2, '2.2.4: has the scheme of a request over plain HTTP'],
  ['2.2.5', 'the origin form', components, "['@request-target', '/path?param=value']"],
  ['2.2.5', 'the absolute form', components, "['https://www.example.com/path?param=value']"],
  ['2.2.5', 'the authority form', components, "['www.example.com:80']"],
  ['2.2.5', 'the asterisk form', components, "['*']"],
  ['2.2.6', '@path', components, "['@path', '/path']"],
  ['2.2.7', '@query, encoded', section2, '2.2.7: does not decode the query'],
  ['2.2.7', '@query without an equals sign', components, "['https://e/a?queryString', '/a', '?queryString']"],
  ['2.2.7', 'no query', components, "['https://e/a', '/a', '?']"],
  ['2.2.8', '@query-param, plain', section2, 'query parameters in the order that is asked for'],
  ['2.2.8', '@query-param, encoded', section2, 'the printed lines for encoded query parameters'],
  ['2.2.8', '@query-param, wrongly not encoded', section2, 'refuses the name that is not encoded'],
  ['2.2.9', '@status', section2, '2.2.9: has the status of a response'],
  ['2.3', 'signature parameters', section2, 'RFC 9421 2.3, signature parameters'],
  ['2.4', 'a response', section24, "section: '2.4, a response'"],
  ['2.4', 'a signed request', section24, "section: '2.4, a signed request'"],
  ['2.4', 'its response', section24, "section: '2.4, a response to a signed request'"],
  ['2.5', 'a signature base', section3, "section: '2.5, 3.1 and 3.2'"],
  ['3.1', 'its signature value', section3, 'RFC 9421 3.1, HTTP_SIGN and HTTP_VERIFY on the signature base of 2.5'],
  ['3.2', 'the signed message', section3, "section: '2.5, 3.1 and 3.2'"],
  ['4.1', 'Signature-Input', section47, 'RFC 9421 4.1 and 4.2, Signature-Input and Signature'],
  ['4.2', 'Signature', section47, 'RFC 9421 4.1 and 4.2, Signature-Input and Signature'],
  ['4.3', 'the request of the client', section47, 'carries the signature of the client'],
  ['4.3', 'what the proxy signs', 'several-signatures.test.ts', 'adds proxy_sig with the bytes of the RFC'],
  ['4.3', 'the request with both signatures', section47, 'has both signatures in one line of each field'],
  ['5.1', 'Accept-Signature', accept, 'createAcceptSignature (RFC 9421 5.1)'],
  ['7.2.8', 'Content-Digest', section47, 'RFC 9421 7.2.8, the content of a message'],
  ['7.5.6', 'a field with commas of its own', section2, 'RFC 9421 2.1.3 and 7.5.6'],
  ['B.1.1', 'test-key-rsa', keys, "kid: 'test-key-rsa',"],
  ['B.1.2', 'test-key-rsa-pss', keys, "kid: 'test-key-rsa-pss',"],
  ['B.1.3', 'test-key-ecc-p256', keys, "kid: 'test-key-ecc-p256',"],
  ['B.1.4', 'test-key-ed25519', keys, "kid: 'test-key-ed25519',"],
  ['B.1.5', 'test-shared-secret', keys, 'export const sharedSecret'],
  ['B.2', 'test-request', b2, "['B.2, test-request', testRequest]"],
  ['B.2', 'test-response', b2, "['B.2, test-response', testResponse]"],
  ['B.2.1', 'rsa-pss-sha512, nothing covered', b2, "section: 'B.2.1'"],
  ['B.2.2', 'rsa-pss-sha512, some components', b2, "section: 'B.2.2'"],
  ['B.2.3', 'rsa-pss-sha512, all components', b2, "section: 'B.2.3'"],
  ['B.2.4', 'ecdsa-p256-sha256, a response', b2, "section: 'B.2.4'"],
  ['B.2.5', 'hmac-sha256', b2, "section: 'B.2.5'"],
  ['B.2.6', 'ed25519', b2, "section: 'B.2.6'"],
  ['B.3', 'Client-Cert, signed by a proxy', b3b4, "section: 'B.3'"],
  ['B.4', 'the message that is transformed', b3b4, "section: 'B.4'"],
  ['B.4', 'valid', b3b4, "'Accept-Language and a query parameter added'"],
  ['B.4', 'valid', b3b4, "'Date removed, Referer added, Accept on one line'"],
  ['B.4', 'valid', b3b4, "'fields in another order, but not those of one name'"],
  ['B.4', 'not valid', b3b4, "'another method and authority'"],
  ['B.4', 'not valid', b3b4, "'the two lines of Accept in the other order'"],
]

describe('the examples of RFC 9421', () => {
  it('are all listed', () => {
    const listed: Record<string, number> = {}
    for (const [section] of examples) listed[section] = (listed[section] ?? 0) + 1
    expect(listed).toEqual(printedExamples)
  })

  it.each(examples)('%s, %s: is tested in %s', (_section, _shows, file, text) => {
    expect(readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')).toContain(text)
  })

  it('are all that the tests of this folder are about', () => {
    const about = new Set(examples.map(([, , file]) => file))
    const files = readdirSync(new URL('.', import.meta.url)).filter((file) => file.endsWith('.test.ts'))
    const others = files.filter((file) => !about.has(`rfc9421/${file}`))
    expect(others).toEqual(['all-examples.test.ts', 'rfc-text.test.ts'])
  })
})
