import { baseGroup } from '../base-group.mjs'
import { policy } from './sf.mjs'

const requestDigest =
  'sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:'
const responseDigest =
  'sha-512=:0Y6iCBzGg5rZtoXS95Ijz03mslf6KAMCloESHObfwnHJDbkkWWQz6PhhU9kxsTbARtY2PTBOzq24uJFpHsMuAg==:'

/** The request and the response of RFC 9421 2.4. */
const exchange = {
  method: 'POST',
  url: 'https://example.com/foo?param=Value&Pet=dog',
  headers: [
    ['Host', 'example.com'],
    ['Date', 'Tue, 20 Apr 2021 02:07:55 GMT'],
    ['Content-Digest', requestDigest],
    ['Content-Type', 'application/json'],
    ['Content-Length', '18'],
  ],
  content: '{"hello": "world"}',
  response: {
    status: 503,
    headers: [
      ['Date', 'Tue, 20 Apr 2021 02:07:56 GMT'],
      ['Content-Type', 'application/json'],
      ['Content-Length', '62'],
      ['Content-Digest', responseDigest],
    ],
  },
}

const ok = { status: 200, headers: [['Content-Type', 'text/html']] }

const accepted = baseGroup(
  {
    id: 'req',
    comment: 'Components of the request that a response answers.',
    key: 'test-key-ecc-p256',
    policy,
    rfc: ['RFC 9421 2.4'],
    flags: ['RequestOfResponse'],
  },
  [
    {
      ...exchange,
      id: 'req-example',
      comment: 'The first example of the RFC: the same field of both messages.',
      lines: [
        '"@status": 503',
        `"content-digest": ${responseDigest}`,
        '"content-type": application/json',
        '"@authority";req: example.com',
        '"@method";req: POST',
        '"@path";req: /foo',
        `"content-digest";req: ${requestDigest}`,
      ],
    },
    {
      ...exchange,
      id: 'req-derived',
      comment: 'Every derived component of a request.',
      lines: [
        '"@target-uri";req: https://example.com/foo?param=Value&Pet=dog',
        '"@scheme";req: https',
        '"@request-target";req: /foo?param=Value&Pet=dog',
        '"@query";req: ?param=Value&Pet=dog',
      ],
    },
    {
      ...exchange,
      id: 'req-query-param',
      comment: '`req` and `name` together, in the order in which they were written.',
      lines: ['"@query-param";name="Pet";req: dog', '"@query-param";req;name="param": Value'],
    },
    {
      id: 'req-field-of-both',
      comment: 'Without `req` the field is that of the response.',
      headers: [['Content-Type', 'text/plain']],
      response: ok,
      lines: ['"content-type": text/html', '"content-type";req: text/plain'],
    },
    {
      id: 'req-field-lines',
      comment: 'The field of the request is canonicalized like any other.',
      headers: [
        ['Accept', ' a '],
        ['ACCEPT', 'b'],
      ],
      response: ok,
      flags: ['RequestOfResponse', 'CombinedLines'],
      lines: ['"accept";req: a, b'],
    },
    {
      id: 'req-with-key',
      comment: '`req` with `key`. Parameters stay in their order.',
      headers: [['Example-Dict', 'a=1,  b=(c  d)']],
      response: ok,
      requires: ['field-types'],
      lines: ['"example-dict";req;key="a": 1', '"example-dict";key="b";req: (c d)'],
    },
    {
      id: 'req-with-sf',
      comment: '`req` with `sf`.',
      headers: [['Example-Dict', 'a=1,b=?1']],
      response: ok,
      requires: ['field-types'],
      lines: ['"example-dict";sf;req: a=1, b'],
    },
    {
      id: 'req-with-bs',
      comment: '`req` with `bs`.',
      headers: [['X-Name', 'a']],
      response: ok,
      lines: ['"x-name";bs;req: :YQ==:'],
    },
    {
      id: 'req-with-tr',
      comment: '`req` with `tr`: a trailer of the request.',
      headers: [['X-Name', 'header']],
      trailers: [['X-Name', 'trailer']],
      response: { ...ok, trailers: [['X-Name', 'of the response']] },
      flags: ['RequestOfResponse', 'Trailers'],
      lines: ['"x-name";req;tr: trailer'],
    },
  ],
)

const wrongKind = { flags: ['WrongKindOfMessage'], error: 'invalid_component', also: ['missing_component'] }

const refused = baseGroup(
  {
    id: 'req-refused',
    comment: 'Components of the request that cannot be had.',
    key: 'test-key-ecc-p256',
    policy,
    rfc: ['RFC 9421 2.4', 'RFC 9421 2.5'],
  },
  [
    {
      id: 'req-of-request',
      comment: 'A request answers no request.',
      covered: ['"@method";req'],
      ...wrongKind,
    },
    {
      id: 'req-of-request-field',
      comment: 'Not even where the field is there.',
      headers: [['Content-Type', 'text/plain']],
      covered: ['"content-type";req'],
      ...wrongKind,
    },
    { id: 'req-status', comment: 'A request has no status.', response: ok, covered: ['"@status";req'], ...wrongKind },
    {
      id: 'req-absent',
      comment: 'The request has no such field, though the response has.',
      response: ok,
      flags: ['MissingComponent'],
      covered: ['"content-type";req'],
      error: 'missing_component',
    },
    {
      id: 'req-absent-of-response',
      comment: 'The response has no such field, though the request has.',
      headers: [['X-Name', 'a']],
      response: ok,
      flags: ['MissingComponent'],
      covered: ['"x-name"'],
      error: 'missing_component',
    },
    {
      id: 'req-twice-in-other-order',
      comment: 'The order of parameters does not make another component.',
      rfc: ['RFC 9421 2', 'RFC 9421 2.4'],
      headers: [['Example-Dict', 'a=1']],
      response: ok,
      requires: ['field-types'],
      flags: ['DuplicateComponent'],
      covered: ['"example-dict";req;key="a"', '"example-dict";key="a";req'],
      error: 'duplicate_component',
    },
    {
      id: 'req-string',
      comment: '`req` has no value.',
      response: ok,
      flags: ['UnfitParameter'],
      covered: ['"@method";req="1"'],
      error: 'invalid_component',
    },
  ],
)

export const groups = [accepted, refused]
