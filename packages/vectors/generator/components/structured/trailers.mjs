import { baseGroup } from '../base-group.mjs'
import { policy } from './sf.mjs'

const chunked = [
  ['Content-Type', 'text/plain'],
  ['Transfer-Encoding', 'chunked'],
  ['Trailer', 'Expires'],
]
const expires = ['Expires', 'Wed, 9 Nov 2022 07:28:00 GMT']

const trailers = baseGroup(
  { id: 'tr', comment: 'Trailers.', key: 'test-key-ecc-p256', rfc: ['RFC 9421 2.1.4'], flags: ['Trailers'], policy },
  [
    {
      id: 'tr-response',
      comment: 'The example of the RFC: a trailer, and the header that announces it.',
      response: { status: 200, headers: chunked, trailers: [expires] },
      lines: ['"@status": 200', '"trailer": Expires', '"expires";tr: Wed, 9 Nov 2022 07:28:00 GMT'],
    },
    {
      id: 'tr-request',
      comment: 'A request has trailers too.',
      method: 'POST',
      headers: chunked,
      trailers: [['X-Checksum', 'abc']],
      lines: ['"x-checksum";tr: abc'],
    },
    {
      id: 'tr-header-of-same-name',
      comment: 'A header and a trailer of one name are two components, and never combined.',
      response: {
        status: 200,
        headers: [...chunked, ['X-Name', 'header']],
        trailers: [['X-Name', 'trailer']],
      },
      lines: ['"x-name": header', '"x-name";tr: trailer'],
    },
    {
      id: 'tr-two-lines',
      comment: 'The lines of a trailer are combined like those of a header.',
      response: {
        status: 200,
        headers: chunked,
        trailers: [
          ['X-Name', ' a '],
          ['x-name', 'b'],
        ],
      },
      flags: ['Trailers', 'CombinedLines'],
      lines: ['"x-name";tr: a, b'],
    },
    {
      id: 'tr-with-key',
      comment: '`tr` with `key`: a member of a Dictionary in the trailers.',
      response: { status: 200, headers: [...chunked, ['Example-Dict', 'a=1']], trailers: [['Example-Dict', 'a=2.0']] },
      requires: ['field-types'],
      lines: ['"example-dict";tr;key="a": 2.0'],
    },
    {
      id: 'tr-with-bs',
      comment: '`tr` with `bs`.',
      response: { status: 200, headers: chunked, trailers: [['X-Name', 'a']] },
      lines: ['"x-name";bs;tr: :YQ==:'],
    },
    {
      id: 'tr-of-header',
      comment: 'A header is no trailer.',
      response: { status: 200, headers: [...chunked, expires], trailers: [['X-Name', 'a']] },
      flags: ['Trailers', 'MissingComponent'],
      covered: ['"expires";tr'],
      error: 'missing_component',
    },
    {
      id: 'tr-without-trailers',
      comment: 'The message has no trailers.',
      response: { status: 200, headers: [...chunked, expires] },
      flags: ['Trailers', 'MissingComponent'],
      covered: ['"expires";tr'],
      error: 'missing_component',
    },
  ],
)

export const groups = [trailers]
