import { baseGroup } from '../base-group.mjs'

const ok = { status: 200, headers: [['Content-Type', 'text/plain']] }

const status = baseGroup(
  {
    id: 'status',
    comment: '@status, and which message has which component.',
    key: 'test-shared-secret',
    rfc: ['RFC 9421 2.2.9'],
  },
  [
    { id: 'status', comment: 'Three digits, without the reason.', response: ok, lines: ['"@status": 200'] },
    {
      id: 'status-unassigned',
      comment: 'A status that nobody assigned is one too (RFC 9110 15).',
      response: { ...ok, status: 599 },
      rfc: ['RFC 9421 2.2.9', 'RFC 9110 15'],
      lines: ['"@status": 599'],
    },
    {
      id: 'status-of-request',
      comment: 'A request has no status.',
      flags: ['WrongKindOfMessage'],
      covered: ['"@status"'],
      error: 'invalid_component',
      also: ['missing_component'],
    },
    ...['@method', '@target-uri', '@authority', '@scheme', '@request-target', '@path', '@query'].map((name) => ({
      id: `response-without-${name.slice(1)}`,
      comment: `${name} is of a request: a response has it with \`req\` alone, even where the request is known.`,
      url: 'https://bank.example/a?b=1',
      response: ok,
      rfc: ['RFC 9421 2.2', 'RFC 9421 2.4'],
      flags: ['WrongKindOfMessage'],
      covered: [`"${name}"`],
      error: 'invalid_component',
      also: ['missing_component'],
    })),
    {
      id: 'response-without-query-param',
      comment: '@query-param is of a request.',
      url: 'https://bank.example/a?b=1',
      response: ok,
      rfc: ['RFC 9421 2.2.8', 'RFC 9421 2.4'],
      flags: ['WrongKindOfMessage'],
      covered: ['"@query-param";name="b"'],
      error: 'invalid_component',
      also: ['missing_component'],
    },
  ],
)

/** @type {readonly (readonly [id: string, comment: string, covered: string])[]} */
const unknownRows = [
  ['name', 'No such derived component is registered.', '"@body"'],
  ['old-name', 'A name of an early draft of the RFC.', '"@query-params";name="a"'],
  ['request-response', 'Another name of an early draft.', '"@request-response";key="sig1"'],
  ['upper-case', 'Names are lower case.', '"@Method"'],
  ['at-sign', 'An at sign alone.', '"@"'],
  ['two-at-signs', 'Two at signs.', '"@@method"'],
  ['space', 'A space behind the name.', '"@method "'],
]

/** @type {readonly (readonly [id: string, comment: string, covered: string])[]} */
const unfitRows = [
  ['sf', '`sf` is for fields.', '"@method";sf'],
  ['key', '`key` is for fields.', '"@query";key="a"'],
  ['bs', '`bs` is for fields.', '"@path";bs'],
  ['tr', '`tr` is for fields.', '"@authority";tr'],
  ['name', '`name` is for @query-param.', '"@path";name="a"'],
  ['not-registered', 'The parameter is not registered.', '"@method";foo'],
  ['not-registered-string', 'The parameter is not registered, and has a value.', '"@method";charset="utf-8"'],
]

const unknown = baseGroup(
  {
    id: 'derived-unknown',
    comment: 'Derived components that no rule derives.',
    key: 'test-shared-secret',
    rfc: ['RFC 9421 2.2', 'RFC 9421 2.5'],
  },
  [
    ...unknownRows.map(([id, comment, covered]) => ({
      id: `derived-unknown-${id}`,
      comment,
      url: 'https://bank.example/a?a=1',
      flags: ['UnknownComponent'],
      covered: [covered],
      error: 'invalid_component',
    })),
    {
      id: 'derived-unknown-as-field',
      comment: 'A field line of that name changes nothing: no field name has an at sign.',
      headers: [['@body', 'text']],
      rfc: ['RFC 9421 2.2', 'RFC 9421 7.5.1'],
      flags: ['UnknownComponent', 'SpoofedTarget'],
      requires: ['raw-fields'],
      covered: ['"@body"'],
      error: 'invalid_component',
    },
    ...unfitRows.map(([id, comment, covered]) => ({
      id: `derived-unfit-${id}`,
      comment,
      url: 'https://bank.example/a?a=1',
      flags: ['UnfitParameter'],
      covered: [covered],
      error: 'invalid_component',
    })),
    {
      id: 'derived-signature-params',
      comment: 'The last line of the base is never listed.',
      rfc: ['RFC 9421 2.3', 'RFC 9421 3.1'],
      flags: ['UnknownComponent'],
      covered: ['"@method"', '"@signature-params"'],
      error: 'invalid_component',
    },
    {
      id: 'derived-covered-twice',
      comment: 'A derived component is covered twice.',
      rfc: ['RFC 9421 2', 'RFC 9421 2.5'],
      flags: ['DuplicateComponent'],
      covered: ['"@method"', '"@path"', '"@method"'],
      error: 'duplicate_component',
    },
  ],
)

export const groups = [status, unknown]
