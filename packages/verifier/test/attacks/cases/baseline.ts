import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { type TamperRow, tamperCases, tamperTests } from '../case-tables.ts'
import { carol } from '../keys.ts'
import { editField, field, type RawRequest } from '../raw-request.ts'
import { freshNonce, getShape, type Shape, signedRequest } from '../signed-request.ts'
import type { AttackTarget } from '../target.ts'
import { type Expected, expectVerdict, reportOf, startFor } from '../verdict.ts'
import { type Edit, editInput, editSignature, edits, toField, unsigned } from './edits.ts'

const validShapes: readonly (readonly [what: string, shape: Shape])[] = [
  ['POST with a body', {}],
  ['GET', getShape],
  ['DELETE without a body', { method: 'DELETE' }],
  ['POST with an empty body', { body: '' }],
  ['Ed25519', { key: carol }],
]

const noFields = edits(toField('signature', ''), toField('signature-input', ''))

const unsignedRows: readonly TamperRow[] = [
  [2, 'unsigned', unsigned, 'missing_signature'],
  [2, 'unsigned, with empty signature fields', noFields, 'missing_signature'],
  [3, 'random signature bytes', randomSignature(32), 'invalid_signature'],
  [3, 'random Ed25519 signature bytes', randomSignature(64), 'invalid_signature', { key: carol }],
]

/** Attacks 1 to 4, 24: what passes, what does not, and what passes once. */
export function baselineAttacks(target: AttackTarget): void {
  it.each(validShapes)('attack 1: a valid request is let in: %s', async (_what, shape) => {
    const running = await startFor(target)
    const response = await expectVerdict(running, signedRequest(running.now(), shape), 'accepted')
    expect(reportOf(response).keyId).toBe(shape.key?.keyId ?? 'alice')
  })

  it('attack 4: identical bytes twice', async () => {
    const running = await startFor(target)
    const captured = signedRequest(running.now())
    await expectVerdict(running, captured, 'accepted')
    await expectVerdict(running, captured, 'replayed')
    await expectVerdict(running, signedRequest(running.now()), 'accepted')
  })

  it('attack 24: early data may be sent twice, and runs once', async () => {
    const running = await startFor(target)
    const early = signedRequest(running.now(), { headers: [['Early-Data', '1']] })
    await expectVerdict(running, early, 'accepted')
    await expectVerdict(running, early, 'replayed')
  })

  tamperTests(target, tamperCases(unsignedRows))
}

function randomSignature(length: number): Edit {
  return editSignature(() => `sig1=:${randomBytes(length).toString('base64')}:`)
}

/** A captured request whose signature is written in another way. */
interface Rewriting {
  readonly attack: number
  readonly what: string
  readonly rewrite: (captured: RawRequest) => RawRequest
  /** How the copy ends when it comes first. */
  readonly first: Expected
}

const unsignedFields = ['X-Request-Id', 'Cookie', 'User-Agent'] as const

const rewritings: readonly Rewriting[] = [
  {
    attack: 14,
    what: 'signature in base64url',
    rewrite: editBase64((base64) => base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')),
    first: 'malformed_signature',
  },
  { attack: 14, what: 'signature with pad bits set', rewrite: editBase64(setPadBits), first: 'accepted' },
  {
    attack: 14,
    what: 'signature without padding',
    rewrite: editBase64((base64) => base64.replace(/=+$/, '')),
    first: 'accepted',
  },
  {
    attack: 14,
    what: 'white space within the signature',
    rewrite: editBase64((base64) => `${base64.slice(0, 8)} ${base64.slice(8)}`),
    first: 'malformed_signature',
  },
  {
    attack: 14,
    what: 'white space around the fields',
    rewrite: (captured) => ({
      ...captured,
      headers: captured.headers.map(([name, value]) => [name, ` \t${value}\t `] as const),
    }),
    first: 'accepted',
  },
  {
    attack: 14,
    what: 'white space within Signature-Input',
    rewrite: (captured) =>
      editField(captured, 'signature-input', (text) =>
        text.replace('(', '(  ').replace(')', '  )').replaceAll(';', ';  '),
      ),
    first: 'accepted',
  },
  {
    attack: 14,
    what: 'created with leading zeros',
    rewrite: editInput((text) => text.replace('created=', 'created=00')),
    first: 'accepted',
  },
  {
    attack: 14,
    what: 'a parameter of the signature itself',
    rewrite: editSignature((text) => `${text};copy=2`),
    first: 'accepted',
  },
  {
    attack: 15,
    what: 'label renamed',
    rewrite: (captured) => {
      const rename = (text: string): string => text.replace(/^sig1=/, 'another.label=')
      return editField(editField(captured, 'signature', rename), 'signature-input', rename)
    },
    first: 'accepted',
  },
  {
    attack: 16,
    what: 'fields reordered',
    rewrite: (captured) => ({ ...captured, headers: [...captured.headers].reverse() }),
    first: 'accepted',
  },
  {
    attack: 16,
    what: 'unsigned fields added',
    rewrite: (captured) => ({
      ...captured,
      headers: [...unsignedFields.map((name) => [name, 'another'] as const), ...captured.headers],
    }),
    first: 'accepted',
  },
  {
    attack: 16,
    what: 'field names in another case',
    rewrite: (captured) => ({
      ...captured,
      headers: captured.headers.map(([name, value]) => [name.toUpperCase(), value] as const),
    }),
    first: 'accepted',
  },
]

/** Attacks 14 to 16: whatever the copy looks like, it and the original together run once, whichever comes first. */
export function rewritingAttacks(target: AttackTarget): void {
  for (const { attack, what, rewrite, first } of rewritings) {
    it(`attack ${attack}: ${what}, after the original`, async () => {
      const running = await startFor(target)
      const captured = signedWithEverySymbol(running.now())
      await expectVerdict(running, captured, 'accepted')
      await expectVerdict(running, rewrite(captured), first === 'accepted' ? 'replayed' : first)
      expect(running.runs()).toBe(1)
    })

    it(`attack ${attack}: ${what}, before the original`, async () => {
      const running = await startFor(target)
      const captured = signedWithEverySymbol(running.now())
      await expectVerdict(running, rewrite(captured), first)
      await expectVerdict(running, captured, first === 'accepted' ? 'replayed' : 'accepted')
      expect(running.runs()).toBe(1)
    })
  }
}

/** A signature in which the two alphabets of base64 differ. */
function signedWithEverySymbol(now: number): RawRequest {
  for (;;) {
    const request = signedRequest(now, { nonce: freshNonce() })
    if (/[+/]/.test((field(request, 'signature') ?? '').slice('sig1='.length))) return request
  }
}

function editBase64(edit: (base64: string) => string): Edit {
  return editSignature((text) => text.replace(/:(.*):/, (_all, base64: string) => `:${edit(base64)}:`))
}

/** 32 bytes leave two bits of the last symbol unused; with them set, the text differs and the bytes do not. */
function setPadBits(base64: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  const last = alphabet.indexOf(base64.at(-2) ?? '')
  return `${base64.slice(0, -2)}${alphabet[last | 3]}=`
}
