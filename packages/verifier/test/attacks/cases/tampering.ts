import { type TamperRow, tamperCases, tamperTests } from '../case-tables.ts'
import type { HeaderLine } from '../raw-request.ts'
import { digestMember } from '../raw-signer.ts'
import { getShape, type Shape } from '../signed-request.ts'
import type { AttackTarget } from '../target.ts'
import { edits, toBody, toField, toTarget, unsigned, withFields, withoutBody, withoutFields } from './edits.ts'

/** Attacks 41 to 46: fields and body of a captured request changed. */
export function tamperingAttacks(target: AttackTarget): void {
  tamperTests(target, tamperCases([...fieldRows, ...bodyRows, ...addedBodyRows, ...unannouncedRows]))
}

const note: Shape = { headers: [['X-Note', 'urgent']], cover: ['x-note'] }
const credentials: Shape = {
  headers: [
    ['Authorization', 'Bearer alice'],
    ['Idempotency-Key', '"first"'],
  ],
}

const fieldRows: readonly TamperRow[] = [
  [41, 'content-type', toField('content-type', 'application/x-www-form-urlencoded'), 'invalid_signature'],
  [41, 'a parameter of it', toField('content-type', 'application/json;charset=utf-7'), 'invalid_signature'],
  [41, 'content-type removed', withoutFields('content-type'), 'missing_component'],
  [41, 'another covered field', toField('x-note', 'later'), 'invalid_signature', note],
  [41, 'authorization', toField('authorization', 'Bearer eve'), 'invalid_signature', credentials],
  [41, 'idempotency-key, to run again', toField('idempotency-key', '"second"'), 'invalid_signature', credentials],
  [42, 'content-encoding added', withFields(['Content-Encoding', 'gzip']), 'component_not_covered'],
  [42, 'authorization added', withFields(['Authorization', 'Bearer eve']), 'component_not_covered'],
  [42, 'idempotency-key added', withFields(['Idempotency-Key', '"next"']), 'component_not_covered'],
]

/** The digest of a body that is no longer the signed one. */
function digestOf(text: string): string {
  return digestMember(Buffer.from(text))
}

const large = '{"amount":99999}'

const bodyRows: readonly TamperRow[] = [
  [43, 'one body byte', toBody('{"amount":11}'), 'digest_mismatch'],
  [43, 'one body byte more', toBody('{"amount":10} '), 'digest_mismatch'],
  [43, 'one body byte less', toBody('{"amount":10'), 'digest_mismatch'],
  [44, 'body swapped, digest kept', toBody(large), 'digest_mismatch'],
  [
    45,
    'body swapped, digest recomputed',
    edits(toBody(large), toField('content-digest', digestOf(large))),
    'invalid_signature',
  ],
  [46, 'body emptied', toBody(''), 'digest_mismatch'],
  [46, 'body taken away', withoutBody, 'digest_mismatch'],
  [46, 'body and digest taken away', edits(withoutBody, withoutFields('content-digest')), 'missing_component'],
]

const addedBodyRows: readonly TamperRow[] = ['GET', 'DELETE', 'POST'].flatMap((method): readonly TamperRow[] => {
  const shape: Shape = { method, body: null }
  const inChunks = edits(toBody('added'), (captured) => ({ ...captured, framing: 'chunked' }))
  const withDigest = edits(toBody('added'), withFields(['Content-Digest', digestOf('added')]))
  return [
    [46, `body added to ${method}`, toBody('added'), 'missing_digest', shape],
    [46, `chunked body added to ${method}`, inChunks, 'missing_digest', shape],
    [46, `body added to ${method}, with an unsigned digest`, withDigest, 'missing_digest', shape],
  ]
})

/** Node keeps 2000 field lines and drops the rest, yet frames the body by what it dropped. */
const manyFields = withFields(...Array<HeaderLine>(2100).fill(['a', 'b']))
const unannounced = edits(manyFields, toBody('added'))
const unannouncedChunks = edits(unannounced, (captured) => ({ ...captured, framing: 'chunked' }))

const unannouncedRows: readonly TamperRow[] = [
  [
    46,
    'body added to DELETE, its Content-Length beyond the fields that Node keeps',
    unannounced,
    'missing_digest',
    { method: 'DELETE' },
  ],
  [
    46,
    'body added to DELETE, its Transfer-Encoding beyond the fields that Node keeps',
    unannouncedChunks,
    'missing_digest',
    { method: 'DELETE' },
  ],
]

/** Attacks 54 to 58: fields that other software heeds, and this one must not. */
export function unsignedFieldAttacks(target: AttackTarget): void {
  tamperTests(target, tamperCases([...overrideRows, ...bypassRows]))
  const options = { origin: ['https://bank.example', 'https://shop.example'] }
  tamperTests(
    target,
    tamperCases([otherHostRow]).map((attackCase) => ({ ...attackCase, options })),
  )
}

const forwarded = withFields(
  ['X-Forwarded-Host', 'evil.example'],
  ['X-Forwarded-Proto', 'http'],
  ['X-Forwarded-Port', '80'],
  ['Forwarded', 'host=evil.example;proto=http'],
)
const rewritten = withFields(['X-Original-URL', '/admin'], ['X-Rewrite-URL', '/admin'])
const asSigned = withFields(['X-Original-URL', '/transfer?amount=10'], ['X-Rewrite-URL', '/transfer?amount=10'])
const otherMethod = withFields(['X-HTTP-Method-Override', 'DELETE'], ['X-Method-Override', 'DELETE'])
const hopByHop = withFields(['Connection', 'content-digest, content-type'])

/** What is accepted here runs once, as what was signed. */
const overrideRows: readonly TamperRow[] = [
  [54, 'X-HTTP-Method-Override has no effect', otherMethod, 'accepted'],
  [54, '_method added to the query', toTarget('/transfer?amount=10&_method=DELETE'), 'invalid_signature'],
  [54, '_method added to the body', toBody('{"amount":10,"_method":"DELETE"}'), 'digest_mismatch'],
  [55, 'X-Forwarded-Host and the like have no effect', forwarded, 'accepted'],
  [56, 'X-Original-URL and X-Rewrite-URL have no effect', rewritten, 'accepted'],
  [56, 'another path, with X-Original-URL to the signed one', edits(toTarget('/admin'), asSigned), 'invalid_signature'],
  [57, 'Connection: content-digest has no effect', hopByHop, 'accepted'],
  [57, 'Connection: content-digest, and another body', edits(toBody(large), hopByHop), 'digest_mismatch'],
  [
    57,
    'Content_Digest of another body',
    edits(toBody(large), withFields(['Content_Digest', digestOf(large)])),
    'digest_mismatch',
  ],
]

const otherHostRow: TamperRow = [
  55,
  'X-Forwarded-Host with the origin of two that a request was signed for, and Host of the other',
  edits(toField('host', 'shop.example'), withFields(['X-Forwarded-Host', 'bank.example'])),
  'invalid_signature',
]

const upgrade = withFields(
  ['Connection', 'Upgrade'],
  ['Upgrade', 'websocket'],
  ['Sec-WebSocket-Version', '13'],
  ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
)
const middleware = withFields(['x-middleware-subrequest', 'middleware:middleware:middleware:middleware:middleware'])
const underscored = edits(unsigned, withFields(['Signature_Input', 'sig1=()'], ['Signature_', 'sig1=:AAAA:']))

const bypassRows: readonly TamperRow[] = [
  [57, 'Signature_Input with an underscore', underscored, 'missing_signature'],
  [57, 'x-middleware-subrequest, unsigned', edits(unsigned, middleware), 'missing_signature'],
  [58, 'an unsigned websocket upgrade', edits(unsigned, upgrade), 'missing_signature', getShape],
]
