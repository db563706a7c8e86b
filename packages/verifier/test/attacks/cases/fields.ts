import { type TamperCase, tamperTests } from '../case-tables.ts'
import { addField, type HeaderLine, type RawRequest, requestBytes } from '../raw-request.ts'
import { digestMember } from '../raw-signer.ts'
import type { Shape } from '../signed-request.ts'
import type { AttackTarget, Loss } from '../target.ts'
import type { Expected } from '../verdict.ts'

/** Attacks 65 to 67: field lines that two readers could read in two ways. */
export function fieldAttacks(target: AttackTarget): void {
  tamperTests(target, [...splitCases, ...duplicateCases, ...lineCases])
}

const listed: Shape = { headers: [['X-Note', 'a, b']], cover: ['x-note'] }

function splitInto(...values: readonly string[]): (captured: RawRequest) => RawRequest {
  return (captured) => ({
    ...captured,
    headers: captured.headers.flatMap((line): readonly HeaderLine[] =>
      line[0] === 'X-Note' ? values.map((value) => ['X-Note', value] as const) : [line],
    ),
  })
}

/** RFC 9110 5.3: the lines mean the same as their values joined. */
const splitCases: readonly TamperCase[] = [
  {
    attack: 65,
    what: 'split into two lines',
    shape: listed,
    tamper: splitInto('a', 'b'),
    expected: 'accepted',
    whereLost: { 'field-spaces': 'invalid_signature' },
  },
  {
    attack: 65,
    what: 'split into two lines with white space',
    shape: listed,
    tamper: splitInto(' a\t', '\tb '),
    expected: 'accepted',
    whereLost: { 'field-spaces': 'invalid_signature' },
  },
  {
    attack: 65,
    what: 'split into two lines that are swapped',
    shape: listed,
    tamper: splitInto('b', 'a'),
    expected: 'invalid_signature',
  },
  {
    attack: 65,
    what: 'split with an empty line between',
    shape: listed,
    tamper: splitInto('a', '', 'b'),
    expected: 'invalid_signature',
  },
]

const credentials: Shape = {
  headers: [
    ['Authorization', 'Bearer alice'],
    ['Idempotency-Key', '"first"'],
  ],
}

/**
 * A `Headers` has joined the lines before the adapter sees them: the value is then another one than was signed. Host
 * is not covered, but no name of a host has the comma of two.
 */
const duplicateCases: readonly TamperCase[] = (
  [
    ['Host', 'evil.example', {}],
    ['Content-Type', 'text/html', { 'field-lines': 'invalid_signature', 'http1-only': 400 }],
    ['Authorization', 'Bearer eve', { 'field-lines': 'invalid_signature', 'http1-only': 400 }],
    ['Idempotency-Key', '"second"', { 'field-lines': 'invalid_signature' }],
    ['Content-Digest', digestMember(Buffer.from('{}')), { 'field-lines': 'invalid_signature' }],
  ] satisfies readonly (readonly [name: string, value: string, whereLost: Partial<Record<Loss, Expected>>])[]
).flatMap(([name, value, whereLost]): readonly TamperCase[] => [
  {
    attack: 65,
    what: `a second ${name} after the first`,
    shape: credentials,
    tamper: (captured) => addField(captured, name, value),
    expected: 'malformed_message',
    whereLost,
  },
  {
    attack: 65,
    what: `a second ${name} before the first`,
    shape: credentials,
    tamper: (captured) => ({ ...captured, headers: [[name, value], ...captured.headers] }),
    expected: 'malformed_message',
    whereLost,
  },
])

const noted: Shape = { headers: [['X-Note', 'urgent']], cover: ['x-note'] }

function withLine(line: string): (captured: RawRequest) => Buffer {
  return (captured) =>
    Buffer.from(requestBytes(captured).toString('latin1').replace('X-Note: urgent\r\n', line), 'latin1')
}

function withTarget(target: string): (captured: RawRequest) => Buffer {
  return (captured) => requestBytes({ ...captured, target })
}

/** The HTTP parser of Node answers these, in front of every adapter. */
const lineCases: readonly TamperCase[] = (
  [
    [66, 'a folded line', withLine('X-Note: urg\r\n ent\r\n')],
    [66, 'a folded line, with a tab', withLine('X-Note: urgent\r\n\tsoon\r\n')],
    [66, 'a bare CR in a value', withLine('X-Note: urg\rent\r\n')],
    [66, 'a bare LF in a value', withLine('X-Note: urg\nent\r\n')],
    [66, 'a bare LF that hides a line', withLine('X-Note: urgent\nX-Other: later\r\n')],
    [66, 'a NUL in a value', withLine('X-Note: urg\0ent\r\n')],
    [66, 'a NUL in the target', withTarget('/transfer\0?amount=10')],
    [66, 'a space in the target', withTarget('/transfer?amount=10 HTTP/1.1 x')],
    [66, 'a space before the colon', withLine('X-Note : urgent\r\n')],
    [66, 'a line without a colon', withLine('X-Note: urgent\r\nX-Other\r\n')],
    [66, 'a control character in a name', withLine('X-\x01Note: urgent\r\n')],
    [67, 'a field named @method', withLine('X-Note: urgent\r\n@method: DELETE\r\n')],
    [67, 'a field named "@method"', withLine('X-Note: urgent\r\n"@method": DELETE\r\n')],
  ] as const
).map(([attack, what, tamper]) => ({ attack, what, shape: noted, tamper, expected: 400 }))
