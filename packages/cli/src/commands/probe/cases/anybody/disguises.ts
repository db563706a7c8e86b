import type { RawRequest } from '../../../../messages/raw-message.ts'
import { addedField, type Edit, editedField, inChunks, withField, withTarget } from '../../signing/edits.ts'
import { inAbsoluteForm, onPath } from '../../signing/target-edits.ts'
import { needs, type ProbeCase, replayedCopy } from '../case.ts'
import { disguises, type EditRow } from '../plays.ts'

const keyAdvice =
  'The replay store must go by who signed and the parsed nonce: never by the bytes of a signature, a label, or header text.'

/**
 * Paths that every parser of URLs resolves to the one that was signed (RFC 3986 5.2.4; the URL Standard also takes `\\` for
 * a slash). Many servers do so before any program sees them, so that it cannot know how they were sent.
 */
export const dotSegments: readonly EditRow[] = [
  ['/x/.. before the path', (request) => onPath(request, (path) => `/x/..${path}`)],
  ['/x/%2e%2e before the path', (request) => onPath(request, (path) => `/x/%2e%2e${path}`)],
  ['/. before the path', (request) => onPath(request, (path) => `/.${path}`)],
  ['/.\\ before the path', (request) => onPath(request, (path) => `/.\\${path.slice(1)}`)],
]

/** Copies of a request that look different and mean the same. */
export const disguiseCases: readonly ProbeCase[] = [
  {
    id: 'signature-reencoded',
    ...replayedCopy,
    title: 'The same signature, written differently',
    attacks: [14],
    advice: keyAdvice,
    needs: [needs.standard],
    play: disguises([
      ['base64url', editBase64((text) => text.replaceAll('+', '-').replaceAll('/', '_'))],
      ['no padding', editBase64((text) => text.replace(/=+$/, ''))],
      ['other pad bits', editBase64(withPadBits)],
      ['spaces around it', (request) => editedField(request, 'Signature', (value) => `  ${value} \t`)],
    ]),
  },
  {
    id: 'label-renamed',
    ...replayedCopy,
    title: 'The same signature under another label',
    attacks: [15],
    advice: keyAdvice,
    needs: [needs.standard],
    play: disguises([['another label', renamedLabel]]),
  },
  {
    id: 'headers-reordered',
    ...replayedCopy,
    title: 'The same request with fields reordered, or more of them',
    attacks: [16],
    advice: keyAdvice,
    needs: [needs.signature],
    play: disguises([
      ['fields in reverse', (request) => ({ ...request, headers: [...request.headers].reverse() })],
      [
        'fields added',
        (request) => addedField(addedField(request, 'X-Request-Id', 'probe'), 'Cache-Control', 'no-cache'),
      ],
      [
        'names in capitals',
        (request) => ({
          ...request,
          headers: request.headers.map(([name, value]) => [name.toUpperCase(), value] as const),
        }),
      ],
    ]),
  },
  {
    id: 'authority-altered',
    ...replayedCopy,
    title: 'The same request under another host name',
    attacks: [8, 40],
    advice: 'Cover @authority, and compare it with what the server was told that it is called: not with Host.',
    needs: [needs.signature],
    play: disguises([
      ['Host: other.example', (request) => withField(request, 'Host', 'other.example')],
      ['Host with another port', (request) => editedField(request, 'Host', (host) => `${host.replace(/:\d+$/, '')}:1`)],
      ['a target in absolute form that names other.example', (request) => inAbsoluteForm(request, 'other.example')],
    ]),
  },
  {
    id: 'authority-forms',
    ...replayedCopy,
    title: 'The same host name, spelled differently',
    attacks: [63],
    advice: keyAdvice,
    needs: [needs.signature],
    play: disguises([
      ['Host in capitals', (request) => editedField(request, 'Host', (host) => host.toUpperCase())],
      [
        'Host with a dot at its end',
        (request) => editedField(request, 'Host', (host) => host.replace(/(:\d+)?$/, '.$1')),
      ],
    ]),
  },
  {
    id: 'absolute-form',
    ...replayedCopy,
    title: 'The same target in absolute form',
    attacks: [60],
    advice: keyAdvice,
    needs: [needs.signature],
    play: disguises([['absolute form of the same target', (request) => inAbsoluteForm(request)]]),
  },
  {
    id: 'dot-segments',
    ...replayedCopy,
    title: 'The same path with dot segments',
    attacks: [60],
    advice: `Verify the path that the handler gets: as it was sent, or with its dot segments resolved. ${keyAdvice}`,
    needs: [needs.signature],
    play: disguises(dotSegments, 'alike'),
  },
  {
    id: 'empty-query',
    ...replayedCopy,
    title: 'The same target with an empty query',
    attacks: [64],
    advice: `/a and /a? have the same @query (RFC 9421 2.2.7). ${keyAdvice}`,
    needs: [needs.signature, ({ facts }) => (facts.query.length === 0 ? undefined : 'the request has a query')],
    play: disguises([
      [
        'an empty query',
        (request) =>
          withTarget(request, request.target.endsWith('?') ? request.target.slice(0, -1) : `${request.target}?`),
      ],
    ]),
  },
  {
    id: 'chunked-copy',
    ...replayedCopy,
    title: 'The same body, framed in chunks',
    attacks: [52],
    advice: keyAdvice,
    needs: [needs.signature, needs.body],
    play: disguises([['in chunks', (request) => inChunks(request)]]),
  },
]

function editBase64(edit: (text: string) => string): Edit {
  return (request) =>
    editedField(request, 'Signature', (value) => value.replace(/:([^:]*):/g, (_all, text: string) => `:${edit(text)}:`))
}

/** The bits of the last symbol that carry nothing (RFC 4648 3.5) set: another text, the same bytes. */
function withPadBits(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  const [, symbols = '', padding = ''] = /^(.*?)(=*)$/s.exec(text) ?? []
  const last = alphabet.indexOf(symbols.at(-1) ?? '')
  if (padding === '' || last === -1) return text
  return `${symbols.slice(0, -1)}${alphabet[last | (padding.length === 1 ? 3 : 15)]}${padding}`
}

function renamedLabel(request: RawRequest): RawRequest {
  const rename = (value: string): string => value.replace(/^[a-z*][\w\-.*]*=/, 'another.label=')
  return editedField(editedField(request, 'Signature-Input', rename), 'Signature', rename)
}
