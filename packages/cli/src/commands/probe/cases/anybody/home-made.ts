import { randomUUID } from 'node:crypto'
import { fieldValues, type RawRequest } from '../../../../messages/raw-message.ts'
import type { Stage } from '../../session/stage.ts'
import { editedField, otherText, withField, withoutFields } from '../../signing/edits.ts'
import type { HomeMadeFields } from '../../target/facts.ts'
import { type Need, needs, owasp, type ProbeCase, signatureUnchecked } from '../case.ts'

const sign =
  'Put it into what is signed, and refuse the request without it. RFC 9421 with a nonce and Content-Digest does it all.'

const needOf: Readonly<Record<keyof HomeMadeFields, Need>> = {
  signature: needs.homeMadeSignature,
  nonce: needs.homeMadeNonce,
  timestamp: needs.homeMadeTimestamp,
}

/** Schemes that people made themselves: a signature, a time and a nonce in fields of their own. */
export const homeMadeCases: readonly ProbeCase[] = [
  homeMade(
    { id: 'home-made-signature-removed', title: 'Without the signature', attacks: [2], severity: 'critical' },
    'signature',
    (field) => [
      [`no ${field}`, (request) => withoutFields(request, field)],
      [`${field} empty`, (request) => withField(request, field, '')],
    ],
  ),
  homeMade(
    { id: 'home-made-signature-altered', title: 'Another signature', attacks: [3], severity: 'critical' },
    'signature',
    (field) => [
      [`${field} with another last character`, (request) => editedField(request, field, otherText)],
      [
        `${field} cut by half`,
        (request) => editedField(request, field, (value) => value.slice(0, Math.ceil(value.length / 2))),
      ],
    ],
  ),
  homeMade(
    { id: 'home-made-nonce-removed', title: 'Without the nonce', attacks: [18], severity: 'high' },
    'nonce',
    (field) => [[`no ${field}`, (request) => withoutFields(request, field)]],
  ),
  homeMade(
    { id: 'home-made-nonce-altered', title: 'With another nonce', attacks: [19], severity: 'high' },
    'nonce',
    (field) => [[`another ${field}`, (request) => withField(request, field, randomUUID())]],
  ),
  homeMade(
    { id: 'home-made-timestamp-removed', title: 'Without the time', attacks: [26], severity: 'high' },
    'timestamp',
    (field) => [[`no ${field}`, (request) => withoutFields(request, field)]],
  ),
  homeMade(
    { id: 'home-made-timestamp-altered', title: 'A second earlier or later', attacks: [19], severity: 'high' },
    'timestamp',
    (field) => [
      [`${field} a second earlier`, (request) => editedField(request, field, (value) => shifted(value, -1))],
      [`${field} a second later`, (request) => editedField(request, field, (value) => shifted(value, 1))],
    ],
  ),
  homeMade(
    { id: 'home-made-timestamp-old', title: 'An old time', attacks: [25], severity: 'high' },
    'timestamp',
    (field) => [
      [`${field} a day earlier`, (request) => editedField(request, field, (value) => shifted(value, -86_400))],
      [`${field} a day later`, (request) => editedField(request, field, (value) => shifted(value, 86_400))],
    ],
  ),
]

type Rows = (field: string) => readonly (readonly [string, (request: RawRequest) => RawRequest])[]

function homeMade(
  row: Pick<ProbeCase, 'id' | 'title' | 'attacks' | 'severity'>,
  part: keyof HomeMadeFields,
  rows: Rows,
): ProbeCase {
  return {
    ...row,
    ...(part === 'signature' ? {} : { follows: signatureUnchecked }),
    level: 'P',
    owasp: owasp.authentication,
    advice: part === 'signature' ? 'Compare the signature as a whole, in constant time, and refuse without one.' : sign,
    needs: [needOf[part]],
    play: (stage) => playRows(stage, part, rows),
  }
}

async function playRows(stage: Stage, part: keyof HomeMadeFields, rows: Rows): Promise<void> {
  const field = stage.target.facts.homeMade[part]
  if (field === undefined) return
  for (const [what, edit] of rows(field)) {
    const request = await stage.fresh()
    const altered = edit(request)
    const isSame =
      fieldValues(altered.headers, field.toLowerCase())[0] === fieldValues(request.headers, field.toLowerCase())[0]
    if (isSame) stage.skip(`${field} is in a format that the probe cannot change`)
    else await stage.attempt(what, 'refused', { send: altered })
  }
}

/** A time moved by seconds, in the format that it has: Unix seconds or milliseconds, ISO 8601, or a date of HTTP. */
export function shifted(value: string, seconds: number): string {
  if (/^\d{9,11}$/.test(value)) return String(Number(value) + seconds)
  if (/^\d{12,14}$/.test(value)) return String(Number(value) + seconds * 1000)
  const time = Date.parse(value)
  if (Number.isNaN(time)) return value
  const moved = new Date(time + seconds * 1000)
  if (/GMT$/.test(value)) return moved.toUTCString()
  return /\.\d+/.test(value) ? moved.toISOString() : moved.toISOString().replace(/\.\d+/, '')
}
