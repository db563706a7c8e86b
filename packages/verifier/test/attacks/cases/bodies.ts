import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { type ForgeCase, forgeTests, type TamperRow, tamperCases, tamperTests } from '../case-tables.ts'
import { exchange, openConnection, type RawResponse } from '../raw-http.ts'
import {
  addField,
  chunkBytes,
  dropField,
  type HeaderLine,
  headBytes,
  type RawRequest,
  requestBytes,
} from '../raw-request.ts'
import { digestMember } from '../raw-signer.ts'
import { type Shape, signedRequest } from '../signed-request.ts'
import type { AttackTarget, RunningTarget } from '../target.ts'
import { expectOutcome, expectVerdict, reportOf, startFor } from '../verdict.ts'
import { type Edit, edits, withoutFields } from './edits.ts'

/** Attacks 47, 49, 51 and 52: how a body is tied to its signature. */
export function digestAttacks(target: AttackTarget): void {
  forgeTests(target, [...uncoveredCases, ...digestCases])

  it.each(['length', 'chunked'] as const)('attack 52: the same bytes, framed by %s', async (framing) => {
    const running = await startFor(target)
    const captured = signedRequest(running.now())
    await expectVerdict(running, { ...captured, framing }, 'accepted')
    await expectVerdict(running, captured, 'replayed')
  })

  const pages = { small: Buffer.from('{"amount":10}'), bomb: Buffer.alloc(10_000_000) }
  it.each(['small', 'bomb'] as const)('attack 49: a gzip body is taken as it came over the wire: %s', async (name) => {
    const running = await startFor(target, { policy: { maxBodyBytes: 65_536 } })
    const body = gzipSync(pages[name])
    const request = signedRequest(running.now(), { body, headers: [['Content-Encoding', 'gzip']] })
    const response = await expectVerdict(running, request, 'accepted')
    // The handler gets the compressed bytes: whoever inflates them needs a limit for that.
    expect(reportOf(response).delivered.body).toBe(body.toString('hex'))
  })

  it('attack 49: a digest over the inflated bytes', async () => {
    const running = await startFor(target)
    const body = gzipSync(pages.small)
    const encoding: HeaderLine = ['Content-Encoding', 'gzip']
    const headers: readonly HeaderLine[] = [encoding, ['Content-Digest', digestMember(pages.small)]]
    await expectVerdict(running, signedRequest(running.now(), { body, headers }), 'digest_mismatch')
    await expectVerdict(running, signedRequest(running.now(), { body, headers: [encoding] }), 'accepted')
  })
}

const withoutDigest: Shape['lines'] = (lines) => lines.filter(({ identifier }) => identifier !== '"content-digest"')

const uncoveredCases: readonly ForgeCase[] = [
  {
    attack: 47,
    what: 'a body, and a digest that is not covered',
    forge: { lines: withoutDigest },
    expected: 'missing_digest',
  },
  {
    attack: 47,
    what: 'the same in chunks',
    forge: { lines: withoutDigest, framing: 'chunked' },
    expected: 'missing_digest',
  },
]

const content = Buffer.from('{"amount":10}')
const other = Buffer.from('{"amount":99}')

function digestField(value: string): Pick<ForgeCase, 'attack' | 'forge'> {
  return { attack: 51, forge: { headers: [['Content-Digest', value]] } }
}

const good = digestMember(content)

const digestCases: readonly ForgeCase[] = [
  { ...digestField(digestMember(content, 'md5')), what: 'md5 only', expected: 'unsupported_digest' },
  { ...digestField(digestMember(content, 'sha')), what: 'sha only', expected: 'unsupported_digest' },
  { ...digestField('unknown=:AAAA:'), what: 'an unknown algorithm only', expected: 'unsupported_digest' },
  { ...digestField(''), what: 'no algorithm', expected: 'unsupported_digest' },
  {
    ...digestField(`${good}, ${digestMember(other, 'sha-512')}`),
    what: 'sha-256 good, sha-512 bad',
    expected: 'digest_mismatch',
  },
  {
    ...digestField(`${digestMember(other)}, ${digestMember(content, 'sha-512')}`),
    what: 'sha-256 bad, sha-512 good',
    expected: 'digest_mismatch',
  },
  {
    ...digestField(`${digestMember(other)}, ${good}`),
    what: 'sha-256 twice, the good one last',
    expected: 'malformed_digest',
  },
  {
    ...digestField(`${good}, ${digestMember(other)}`),
    what: 'sha-256 twice, the good one first',
    expected: 'malformed_digest',
  },
  { ...digestField(good.replace('sha', 'SHA')), what: 'an upper-case algorithm', expected: 'malformed_digest' },
  { ...digestField('sha-256=::'), what: 'an empty digest', expected: 'digest_mismatch' },
  { ...digestField(`sha-256=:${good.slice(9, 29)}:`), what: 'a digest that was cut', expected: 'digest_mismatch' },
  { ...digestField(good.replaceAll(':', '"')), what: 'a digest that is a string', expected: 'malformed_digest' },
  { ...digestField('sha-256'), what: 'a digest that is a flag', expected: 'malformed_digest' },
  {
    ...digestField(good.replace('=', '=(').concat(')')),
    what: 'a digest in an inner list',
    expected: 'malformed_digest',
  },
  { ...digestField(digestMember(content, 'sha-512')), what: 'sha-512 only is let in', expected: 'accepted' },
  {
    ...digestField(`${digestMember(other, 'md5')}, ${good}`),
    what: 'a wrong md5 beside sha-256 is not looked at',
    expected: 'accepted',
  },
]

const limit = { policy: { maxBodyBytes: 1000 } }
const large = Buffer.alloc(1001, 'x')

/** Attack 48: a body over the limit ends with 413 as soon as that is known. */
export function oversizeAttacks(target: AttackTarget): void {
  it('attack 48: a body at the limit is let in, and a byte more is not', async () => {
    const running = await startFor(target, limit)
    for (const framing of ['length', 'chunked'] as const) {
      const atLimit = { body: large.subarray(1), framing }
      await expectVerdict(running, signedRequest(running.now(), atLimit), 'accepted')
      await expectVerdict(running, signedRequest(running.now(), { body: large, framing }), 'body_too_large')
    }
  })

  it('attack 48: a Content-Length that is too small', async () => {
    const running = await startFor(target, limit)
    const captured = signedRequest(running.now(), { body: large, framing: 'none' })
    const cut = requestBytes(addField(captured, 'Content-Length', '13'))
    // The rest of the body would be the next request, and is none: the parser's 400 may overtake the verifier's 401.
    expect([400, 401]).toContain((await exchange(running.port, cut)).status)
    expect([running.runs(), running.claims()]).toEqual([0, 0])
    await expectVerdict(running, signedRequest(running.now()), 'accepted')
  })

  // A gateway that waits for the whole of a body has a limit of its own.
  if (!target.losses.has('open-body')) endlessAttacks(target)
}

function endlessAttacks(target: AttackTarget): void {
  it('attack 48: a Content-Length over the limit is refused before any of the body came', async () => {
    const running = await startFor(target, limit)
    const captured = signedRequest(running.now())
    const lying = addField({ ...captured, body: undefined }, 'Content-Length', '999999999')
    await expectOutcome(running, () => sendOpen(running, lying, []), 'body_too_large')
    await expectVerdict(running, captured, 'accepted')
  })

  it('attack 48: no Content-Length, and chunks without an end', async () => {
    const running = await startFor(target, limit)
    const captured = signedRequest(running.now(), { framing: 'chunked' })
    const chunks = [captured.body ?? Buffer.alloc(0), large.subarray(0, 500), large.subarray(0, 500)].map(chunkBytes)
    await expectOutcome(running, () => sendOpen(running, captured, chunks), 'body_too_large')
    await expectVerdict(running, captured, 'accepted')
  })

  it('attack 48: one chunk that announces more than memory', async () => {
    const running = await startFor(target, limit)
    const captured = signedRequest(running.now(), { framing: 'chunked' })
    const start = Buffer.concat([Buffer.from('fffffffff\r\n'), large])
    await expectOutcome(running, () => sendOpen(running, captured, [start]), 'body_too_large')
    await expectVerdict(running, captured, 'accepted')
  })

  it('attack 48: who has not signed is refused before any of the body came', async () => {
    const running = await startFor(target, limit)
    const captured = signedRequest(running.now())
    const unsigned = dropField(dropField({ ...captured, body: undefined }, 'signature'), 'signature-input')
    const announced = addField(unsigned, 'Content-Length', '999999999')
    await expectOutcome(running, () => sendOpen(running, announced, []), 'missing_signature')
    await expectVerdict(running, captured, 'accepted')
  })
}

/** Sends a request whose body does not end, and waits for the answer. */
async function sendOpen(running: RunningTarget, request: RawRequest, pieces: readonly Buffer[]): Promise<RawResponse> {
  const connection = await openConnection(running.port)
  try {
    await connection.write(headBytes(request))
    for (const piece of pieces) await connection.write(piece)
    return (await connection.responses(1))[0] as RawResponse
  } finally {
    connection.destroy()
  }
}

const isSignatureField = ([name]: HeaderLine): boolean => name.startsWith('Signature')
const inTrailers: Edit = (captured) => ({
  ...captured,
  headers: captured.headers.filter((line) => !isSignatureField(line)),
  trailers: captured.headers.filter(isSignatureField),
})

function withTrailers(...trailers: readonly HeaderLine[]): Edit {
  return (captured) => ({ ...captured, trailers })
}

const digestInTrailers = edits(withoutFields('content-digest'), withTrailers(['Content-Digest', digestMember(content)]))
const otherTrailers = withTrailers(
  ['Content-Type', 'text/html'],
  ['Signature', 'sig1=:AAAA:'],
  ['Content-Digest', digestMember(other)],
)
const chunked: Shape = { framing: 'chunked' }

const trailerRows: readonly TamperRow[] = [
  [50, 'the signature fields in the trailers', inTrailers, 'missing_signature', chunked],
  [50, 'the covered digest in the trailers', digestInTrailers, 'missing_component', chunked],
  [50, 'other fields in the trailers change nothing', otherTrailers, 'accepted', chunked],
]

/** In the place of the framing that the request has, or beside it. */
const framings: readonly (readonly [framing: 'none' | 'length', name: string, value: string])[] = [
  ...['13', '12'].map((value) => ['length', 'Content-Length', value] as const),
  ['length', 'Transfer-Encoding', 'chunked'],
  ...['13, 13', '+13', '0x0d', '-1', '13 13'].map((value) => ['none', 'Content-Length', value] as const),
  ...['gzip', 'chunked, identity', 'xchunked', 'chunked, chunked'].map(
    (value) => ['none', 'Transfer-Encoding', value] as const,
  ),
]

const framingRows = framings.map(([framing, name, value]): TamperRow => {
  const what = `${framing === 'length' ? 'Content-Length: 13 and ' : ''}${name}: ${value}`
  return [53, what, (captured) => addField({ ...captured, framing }, name, value), 400]
})

/** Attacks 50 and 53: the framing of a message, and what stands behind it. */
export function framingAttacks(target: AttackTarget): void {
  tamperTests(target, tamperCases([...trailerRows, ...framingRows]))
}
