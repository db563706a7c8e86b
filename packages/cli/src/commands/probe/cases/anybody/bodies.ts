import { type RawRequest, rawMessageBytes } from '../../../../messages/raw-message.ts'
import type { Stage } from '../../session/stage.ts'
import {
  addedField,
  inChunks,
  oneByteChanged,
  otherBody,
  withBody,
  withField,
  withoutFields,
} from '../../signing/edits.ts'
import { digestMember } from '../../signing/signer.ts'
import type { Facts } from '../../target/facts.ts'
import { needs, owasp, type ProbeCase, type Severity, signatureUnchecked } from '../case.ts'
import { alterations } from '../plays.ts'

const bindBody =
  'Bind the body to the signature: cover content-digest, and check the digest over the bytes that arrived before the handler gets them.'

/** Few schemes of one's own sign what describes a body, and few handlers go by it. */
const byScheme = ({ signed }: Facts): Severity => (signed === 'home-made' ? 'low' : 'medium')

/** How long to wait for an answer where a server may rightly wait for the rest of a body, in milliseconds. */
const openBodyMilliseconds = 1000

/** The body of a request changed, and how it is framed. */
export const bodyCases: readonly ProbeCase[] = [
  {
    id: 'content-type-altered',
    phase: 'altered mildly',
    follows: signatureUnchecked,
    title: 'Another Content-Type',
    attacks: [41],
    level: 'P',
    severity: byScheme,
    owasp: owasp.authentication,
    advice: 'Cover content-type where there is a body: it says how the bytes are read.',
    needs: [needs.signature, needs.body, needs.contentType],
    play: alterations([['Content-Type: text/plain', (request) => withField(request, 'Content-Type', 'text/plain')]]),
  },
  {
    id: 'content-encoding-added',
    phase: 'altered mildly',
    follows: signatureUnchecked,
    title: 'A Content-Encoding that nobody signed',
    attacks: [42],
    level: 'P',
    severity: byScheme,
    owasp: owasp.authentication,
    advice: 'Refuse a request whose Content-Encoding is not covered: it says how the bytes are read.',
    needs: [needs.signature, needs.body],
    play: alterations([['Content-Encoding: gzip', (request) => addedField(request, 'Content-Encoding', 'gzip')]]),
  },
  {
    id: 'body-byte-altered',
    follows: ['body-swapped'],
    title: 'One byte of the body changed',
    attacks: [43],
    level: 'P',
    severity: 'high',
    owasp: owasp.authentication,
    advice: bindBody,
    needs: [needs.signature, needs.body],
    play: alterations([['one byte of the body changed', (request) => withBody(request, oneByteChanged(request.body))]]),
  },
  {
    id: 'body-swapped',
    title: 'Another body',
    attacks: [44],
    level: 'P',
    severity: ({ signed }) => (signed === 'none' ? 'medium' : 'high'),
    owasp: owasp.authentication,
    advice: bindBody,
    needs: [needs.credential, needs.body],
    play: alterations([['another body', swapped]]),
  },
  {
    id: 'body-swapped-digest-recomputed',
    follows: ['body-swapped'],
    title: 'Another body, with the digest of it',
    attacks: [45],
    level: 'P',
    severity: 'high',
    owasp: owasp.authentication,
    advice: `A digest that is not covered proves nothing. ${bindBody}`,
    needs: [needs.signature, needs.body],
    play: alterations([
      [
        'another body, and its Content-Digest',
        (request) => withField(swapped(request), 'Content-Digest', digestMember(otherBody(request.body))),
      ],
      [
        'another body, and a second digest of it',
        (request) =>
          withField(
            swapped(request),
            'Content-Digest',
            `${digestMember(request.body)}, ${digestMember(otherBody(request.body), 'sha-512')}`,
          ),
      ],
    ]),
  },
  {
    id: 'body-emptied',
    follows: ['body-swapped'],
    title: 'The body left out',
    attacks: [46],
    level: 'P',
    severity: 'high',
    owasp: owasp.authentication,
    advice: bindBody,
    needs: [needs.signature, needs.body],
    play: alterations([['no body', (request) => withBody(request, new Uint8Array())]]),
  },
  {
    id: 'body-added',
    follows: signatureUnchecked,
    title: 'A body added to a request without one',
    attacks: [46],
    level: 'P',
    severity: 'medium',
    owasp: owasp.authentication,
    advice: 'Refuse a body whose digest is not covered, whatever the method.',
    needs: [needs.signature, needs.noBody],
    play: alterations([
      [
        'a body added',
        (request) => withBody(withField(request, 'Content-Type', 'application/json'), Buffer.from('{"probe":1}')),
      ],
    ]),
  },
  {
    id: 'body-length-lies',
    follows: ['replay'],
    title: 'Bodies that are announced and do not come',
    attacks: [48],
    level: 'P',
    severity: 'medium',
    owasp: owasp.resources,
    advice: 'Limit the body before it is read, by what was announced and by what arrives.',
    needs: [needs.signature],
    phase: 'replayed',
    play: announceTooMuch,
  },
  {
    id: 'signature-in-trailer',
    follows: ['unsigned'],
    title: 'The signature in trailers',
    attacks: [50],
    level: 'P',
    severity: 'medium',
    owasp: owasp.authentication,
    advice: 'Take signatures from header fields alone.',
    needs: [needs.standard, needs.body],
    play: alterations([['Signature and Signature-Input as trailers', inTrailers]]),
  },
  {
    id: 'ambiguous-length',
    follows: signatureUnchecked,
    title: 'Two lengths for one body',
    attacks: [53],
    level: 'P',
    severity: 'high',
    owasp: owasp.configuration,
    advice:
      'Answer 400 to a request with Transfer-Encoding beside Content-Length, or with two lengths (RFC 9112 6.3): another hop may see two requests.',
    needs: [needs.signature, needs.body],
    play: alterations([
      ['two Content-Length', (request) => addedField(request, 'Content-Length', String(request.body.length + 1))],
      [
        'Transfer-Encoding beside Content-Length',
        (request) => ({
          ...inChunks(request),
          headers: [...request.headers, ['Transfer-Encoding', 'chunked'] as const],
        }),
      ],
    ]),
  },
  {
    id: 'digest-by-another-name',
    follows: ['body-swapped'],
    title: 'Another body, where the digest seems to be somewhere else',
    attacks: [57],
    level: 'P',
    severity: 'high',
    owasp: owasp.authentication,
    advice:
      'Do not drop fields that Connection names before verification, and do not take Content_Digest for Content-Digest.',
    needs: [needs.standard, needs.body],
    play: alterations([
      ['Connection: content-digest', (request) => addedField(swapped(request), 'Connection', 'close, content-digest')],
      [
        'Content_Digest',
        (request) => addedField(swapped(request), 'Content_Digest', digestMember(otherBody(request.body))),
      ],
    ]),
  },
]

function swapped(request: RawRequest): RawRequest {
  return withBody(request, otherBody(request.body))
}

function inTrailers(request: RawRequest): RawRequest {
  const isSignature = ([name]: readonly [string, string]): boolean => /^signature(?:-input)?$/i.test(name)
  const bare = withoutFields(request, 'Signature', 'Signature-Input')
  return inChunks(addedField(bare, 'Trailer', 'Signature, Signature-Input'), request.headers.filter(isSignature))
}

/** What is announced need not come: no answer is no reason to run the handler. */
async function announceTooMuch(stage: Stage): Promise<void> {
  const options = { milliseconds: openBodyMilliseconds }
  const long = withField(await stage.fresh(), 'Content-Length', '10000000000')
  await stage.attempt('Content-Length: 10000000000', 'refused', { send: long, ...options })
  const chunked = inChunks(withoutFields(await stage.fresh(), 'Content-Length'))
  const head = rawMessageBytes({ ...chunked, body: Buffer.from('fffffffff\r\n{') })
  await stage.attempt('a chunk of 64 GiB announced', 'refused', { send: head, ...options })
}
