import { fieldValues, type RawRequest, rawMessageBytes } from '../../../../messages/raw-message.ts'
import type { Stage } from '../../session/stage.ts'
import { addedField, editedField, withField, withoutFields } from '../../signing/edits.ts'
import { needs, owasp, type ProbeCase, signatureUnchecked } from '../case.ts'
import { alterations, cleanAlterations } from '../plays.ts'

const parseStrictly =
  'Parse signature fields strictly (RFC 9651), refuse what is ambiguous, and a label that does not name one signature.'
const refuseLines =
  'Answer 400 to field lines that are folded, or hold CR, LF or NUL (RFC 9112 2.2, 5.2; RFC 9110 5.5): another hop may read them otherwise.'

/** Fields doubled, broken, or far too long. */
export const fieldCases: readonly ProbeCase[] = [
  {
    id: 'field-doubled',
    phase: 'altered mildly',
    title: 'A field that must be there once, twice',
    attacks: [65],
    level: 'P',
    severity: 'medium',
    owasp: owasp.configuration,
    advice: 'Refuse a second Host, Content-Type or Content-Digest: some software takes the first, some the last.',
    needs: [needs.signature],
    play: alterations([
      ['Host twice', (request) => addedField(request, 'Host', 'other.example')],
      ['Content-Type twice', (request) => doubled(request, 'Content-Type', 'text/plain')],
      [
        'Content-Digest twice',
        (request) => doubled(request, 'Content-Digest', 'sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:'),
      ],
    ]),
  },
  {
    id: 'malformed-lines',
    phase: 'altered mildly',
    title: 'Field lines that are none',
    attacks: [66],
    level: 'P',
    severity: 'medium',
    owasp: owasp.configuration,
    advice: refuseLines,
    needs: [needs.signature],
    play: malformedLines,
  },
  {
    id: 'at-header',
    follows: ['replay'],
    title: 'A field named like a derived component',
    attacks: [67],
    level: 'P',
    severity: 'medium',
    owasp: owasp.configuration,
    advice: 'Refuse field names that are no tokens (RFC 9110 5.1): "@method" is none.',
    needs: [needs.signature],
    phase: 'replayed',
    play: async (stage) => {
      const request = addedField(await stage.fresh(), '@method', 'DELETE')
      await stage.attempt('@method: DELETE', stage.target.facts.keyed ? 'unaffected' : 'refused', { send: request })
    },
  },
  {
    id: 'upgrade-unsigned',
    title: 'An upgrade to a WebSocket, unsigned',
    attacks: [58],
    level: 'P',
    severity: 'high',
    owasp: owasp.authentication,
    advice: 'Verify the request before its connection is upgraded.',
    needs: [needs.signature],
    play: upgradeUnsigned,
  },
  {
    id: 'label-duplicated',
    follows: signatureUnchecked,
    title: 'One label for two signatures',
    attacks: [72],
    level: 'P',
    severity: 'low',
    owasp: owasp.authentication,
    advice: parseStrictly,
    needs: [needs.standard],
    play: alterations([
      [
        'two inputs of one label',
        (request) =>
          editedField(request, 'Signature-Input', (value) => `${labelOf(request)}=("@method");created=1, ${value}`),
      ],
      [
        'two signatures of one label',
        (request) => editedField(request, 'Signature', (value) => `${labelOf(request)}=:AAAA:, ${value}`),
      ],
    ]),
  },
  {
    id: 'label-unpaired',
    phase: 'altered mildly',
    follows: signatureUnchecked,
    title: 'A label in one of the two fields only',
    attacks: [73],
    level: 'P',
    severity: 'medium',
    owasp: owasp.authentication,
    advice: parseStrictly,
    needs: [needs.standard],
    play: alterations([
      [
        'a second label in Signature-Input alone',
        (request) => editedField(request, 'Signature-Input', (value) => `${value}, probe=("@method");created=1`),
      ],
      [
        'a second label in Signature alone',
        (request) => editedField(request, 'Signature', (value) => `${value}, probe=:AAAA:`),
      ],
      ['the label of Signature changed', (request) => editedField(request, 'Signature', (value) => `other${value}`)],
      [
        'the label of Signature-Input changed',
        (request) => editedField(request, 'Signature-Input', (value) => `other${value}`),
      ],
    ]),
  },
  {
    id: 'input-malformed',
    follows: signatureUnchecked,
    title: 'Signature-Input that cannot be read',
    attacks: [74],
    level: 'P',
    severity: 'high',
    owasp: owasp.authentication,
    advice: parseStrictly,
    needs: [needs.standard],
    play: cleanAlterations([
      ['no inner list', (request) => editedField(request, 'Signature-Input', () => `${labelOf(request)}="@method"`)],
      [
        'keyid a token',
        (request) => editedField(request, 'Signature-Input', (value) => value.replace(/keyid="([^"]*)"/, 'keyid=key')),
      ],
      [
        'a quotation mark left open',
        (request) => editedField(request, 'Signature-Input', (value) => value.replace(/"\s*$/, '')),
      ],
      [
        'a parenthesis left open',
        (request) => editedField(request, 'Signature-Input', (value) => value.replace(')', '')),
      ],
      ['text behind the end', (request) => editedField(request, 'Signature-Input', (value) => `${value} x`)],
    ]),
  },
  {
    id: 'huge-fields',
    follows: ['replay'],
    title: 'Fields far too long',
    attacks: [75],
    level: 'P',
    severity: 'medium',
    owasp: owasp.resources,
    advice: 'Limit the header, the labels and the components before they are parsed: 400 or 431.',
    needs: [needs.signature],
    phase: 'replayed',
    play: alterations([
      ['a field of 1 MiB', (request) => addedField(request, 'X-Probe', 'x'.repeat(1_048_576))],
      [
        '10,000 labels',
        (request) => editedField(request, 'Signature-Input', (value) => `${value}, ${manyLabels('=()')}`),
      ],
      ['10,000 parameters', (request) => editedField(request, 'Signature-Input', (value) => value + manyParameters)],
    ]),
  },
]

const ten = Array.from({ length: 10_000 }, (_nothing, index) => index)
const manyLabels = (member: string): string => ten.map((index) => `l${index}${member}`).join(', ')
const manyParameters = ten.map((index) => `;p${index}=1`).join('')

/** A second line of a field that is there. */
function doubled(request: RawRequest, name: string, value: string): RawRequest {
  return fieldValues(request.headers, name.toLowerCase()).length === 0 ? request : addedField(request, name, value)
}

function labelOf(request: RawRequest): string {
  const value = request.headers.find(([name]) => name.toLowerCase() === 'signature-input')?.[1] ?? ''
  return /^\s*([a-z*][a-z0-9_\-.*]*)=/.exec(value)?.[1] ?? 'sig1'
}

/** A covered field is broken, so that what is signed and what is read could differ. */
async function malformedLines(stage: Stage): Promise<void> {
  const lines: readonly (readonly [string, string])[] = [
    ['a folded line', 'X-Probe: one\r\n two'],
    ['a bare CR in a value', 'X-Probe: one\rtwo'],
    ['a bare LF before a second field', 'X-Probe: one\nX-Second: two'],
    ['NUL in a value', 'X-Probe: one\0two'],
    ['a space before the colon', 'X-Probe : one'],
  ]
  for (const [what, line] of lines) {
    const text = Buffer.from(rawMessageBytes(await stage.fresh()))
    const firstLine = text.indexOf('\r\n') + 2
    const bytes = [text.subarray(0, firstLine), Buffer.from(`${line}\r\n`, 'latin1'), text.subarray(firstLine)]
    await stage.attempt(what, 'refused', { send: Buffer.concat(bytes) })
  }
}

async function upgradeUnsigned(stage: Stage): Promise<void> {
  const { target } = stage
  const kept = target.request.headers.filter(([name]) => name.toLowerCase() === 'host')
  const bare: RawRequest = { ...target.request, method: 'GET', headers: kept, body: new Uint8Array() }
  const upgrade = [
    ['Connection', 'Upgrade'],
    ['Upgrade', 'websocket'],
    ['Sec-WebSocket-Version', '13'],
    ['Sec-WebSocket-Key', 'Y291bnRlcnNpZ24gcHJvYg=='],
  ] as const
  const request = upgrade.reduce((before, [name, value]) => withField(before, name, value), withoutFields(bare))
  const answer = await stage.attempt('Upgrade: websocket, unsigned', 'any', { send: request, milliseconds: 1000 })
  if (answer.kind === 'response' && answer.response.status === 101) {
    stage.note('the connection was upgraded for a request that nobody signed')
  }
}
