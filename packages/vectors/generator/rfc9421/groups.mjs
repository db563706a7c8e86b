import { readFields, readMessage } from './http-text.mjs'
import { printed } from './printed-messages.mjs'

const request = readMessage(printed.testRequest)

/** B.2 prints a Content-Digest that is not that of the content; the base of B.2.4 has the right one. */
const rightDigest = 'sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdXymyU0rjJuahq4l5aGgfLQ==:'
const response = readMessage(printed.testResponse, request.request)
response.response.headers = response.response.headers.map(([name, value]) => {
  return [name, name === 'Content-Digest' ? rightDigest : value]
})

/** B.2 prints the fields apart from the message. */
function withFields(message, text) {
  const kind = message.response === undefined ? 'request' : 'response'
  return { ...message, [kind]: { ...message[kind], headers: [...message[kind].headers, ...readFields(text)] } }
}

const signed = readMessage(printed.signedRequest)
const unsigned = {
  ...signed.request,
  headers: signed.request.headers.filter(([name]) => !name.startsWith('Signature')),
}
const invalid = { result: 'reject', error: 'invalid_signature' }

/** @type {readonly (readonly [id: string, comment: string, section: string, key: string, message: object, more?: object])[]} */
const rows = [
  [
    '2.4-response',
    'A response with components of the request that it answers.',
    '2.4',
    'test-key-ecc-p256',
    readMessage(printed.answeredResponse, unsigned),
    { requires: ['comp:req'] },
  ],
  ['2.4-request', 'The signed request.', '2.4', 'test-key-rsa-pss', signed],
  [
    '2.4-signed-exchange',
    'A response to a signed request.',
    '2.4',
    'test-key-ecc-p256',
    readMessage(printed.answeredSignedResponse, signed.request),
    { requires: ['comp:req'] },
  ],
  ['3.2', 'The message that is verified.', '3.2', 'test-key-rsa-pss', readMessage(printed.section32)],
  ['4.3-client', 'The request of the client.', '4.3', 'test-key-ecc-p256', readMessage(printed.clientRequest)],
  [
    '4.3-proxy',
    'The signature of the proxy, beside that of the client, which the proxy has broken.',
    '4.3',
    'test-key-rsa',
    readMessage(printed.forwardedRequest),
    { policy: { profile: 'rfc', label: 'proxy_sig' }, requires: ['multi-signature'] },
  ],
  [
    '4.3-broken-client',
    'The signature of the client, behind the proxy that has changed the authority.',
    '4.3',
    'test-key-ecc-p256',
    readMessage(printed.forwardedRequest),
    { policy: { profile: 'rfc', label: 'sig1' }, requires: ['multi-signature'], expect: invalid },
  ],
  ['B.2.1', 'A signature that covers nothing.', 'B.2.1', 'test-key-rsa-pss', withFields(request, printed.b21)],
  [
    'B.2.2',
    'Selected components, with a tag.',
    'B.2.2',
    'test-key-rsa-pss',
    withFields(request, printed.b22),
    { requires: ['comp:query-param'] },
  ],
  ['B.2.3', 'Full coverage.', 'B.2.3', 'test-key-rsa-pss', withFields(request, printed.b23)],
  [
    'B.2.4',
    'A response, with the right Content-Digest, which B.2 prints wrongly.',
    'B.2.4',
    'test-key-ecc-p256',
    withFields(response, printed.b24),
  ],
  ['B.2.5', 'HMAC.', 'B.2.5', 'test-shared-secret', withFields(request, printed.b25)],
  ['B.2.6', 'Ed25519.', 'B.2.6', 'test-key-ed25519', withFields(request, printed.b26)],
  [
    'B.3',
    'A proxy that ends TLS signs the certificate of the client.',
    'B.3',
    'test-key-ecc-p256',
    readMessage(printed.b3),
  ],
  ['B.4', 'Two lines of a covered field.', 'B.4', 'test-key-ed25519', readMessage(printed.b4)],
  [
    'B.4-added',
    'A field and a query parameter are added that are not covered.',
    'B.4',
    'test-key-ed25519',
    readMessage(printed.b4Added),
  ],
  [
    'B.4-collapsed',
    'The lines of the covered field are combined into one.',
    'B.4',
    'test-key-ed25519',
    readMessage(printed.b4Collapsed),
  ],
  [
    'B.4-reordered',
    'Fields are in another order, but not the lines of one field.',
    'B.4',
    'test-key-ed25519',
    readMessage(printed.b4Reordered),
  ],
  [
    'B.4-other-target',
    'The method and the authority are changed.',
    'B.4',
    'test-key-ed25519',
    readMessage(printed.b4OtherTarget),
    { expect: invalid },
  ],
  [
    'B.4-other-order',
    'The lines of the covered field are in another order.',
    'B.4',
    'test-key-ed25519',
    readMessage(printed.b4OtherOrder),
    { expect: invalid },
  ],
]

const examples = {
  id: 'rfc9421-examples',
  comment: 'The signed messages of RFC 9421, with the signatures that it prints.',
  type: 'verify',
  policy: { profile: 'rfc' },
  tests: rows.map(([id, comment, section, key, message, more = {}]) => ({
    id: `rfc9421-${id.toLowerCase()}`,
    comment,
    flags: ['PrintedInRfc'],
    rfc: [`RFC 9421 ${section}`],
    level: 'must',
    message,
    keys: [key],
    expect: { result: 'accept', keyid: key },
    ...more,
  })),
}

/** What RFC 9421 prints, byte for byte. */
export const groups = [examples]

export const notes = {
  PrintedInRfc: {
    class: 'FUNCTIONALITY',
    description: 'An example of RFC 9421 with its signature as printed, which nothing here has made.',
    links: ['https://www.rfc-editor.org/rfc/rfc9421#appendix-B'],
  },
}
