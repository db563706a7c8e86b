import { type ForgeCase, forgeTests, type TamperCase, tamperTests } from '../case-tables.ts'
import { addField, dropField, editField, type HeaderLine } from '../raw-request.ts'
import type { CoveredLine } from '../raw-signer.ts'
import { getShape, type Shape } from '../signed-request.ts'
import type { AttackTarget } from '../target.ts'
import type { Expected } from '../verdict.ts'

/** Attacks 31 to 33 and 59: what a signer leaves out of the signature, or only seems to cover. */
export function coverageAttacks(target: AttackTarget): void {
  forgeTests(target, [
    { attack: 31, what: 'nothing covered', forge: { lines: () => [] }, expected: 'component_not_covered' },
    {
      attack: 31,
      what: 'nothing covered, without a body',
      shape: getShape,
      forge: { lines: () => [] },
      expected: 'component_not_covered',
    },
    ...missingComponents(),
    ...missingParameters(),
    ...parameterisedComponents(),
  ])
  tamperTests(target, absentAndEmpty)
  forgeTests(target, [
    {
      attack: 59,
      what: 'a covered field that is absent, signed as empty',
      forge: { lines: (lines) => [...lines, { identifier: '"x-note"', value: '' }] },
      expected: 'missing_component',
    },
    {
      attack: 59,
      what: 'an empty field, signed as such, is let in',
      forge: { headers: [['X-Note', '']], cover: ['x-note'] },
      expected: 'accepted',
    },
  ])
}

/** Everything that must be covered when it is there. */
const credentials: readonly HeaderLine[] = [
  ['Authorization', 'Bearer token'],
  ['Idempotency-Key', '"8e03978e-40d5-43dd-bc93-6894a57f9324"'],
  ['Content-Encoding', 'identity'],
]

const requirements: readonly (readonly [name: string, expected: Expected])[] = [
  ['@method', 'component_not_covered'],
  ['@authority', 'component_not_covered'],
  ['@path', 'component_not_covered'],
  ['@query', 'component_not_covered'],
  ['content-digest', 'missing_digest'],
  ['content-type', 'component_not_covered'],
  ['content-encoding', 'component_not_covered'],
  ['authorization', 'component_not_covered'],
  ['idempotency-key', 'component_not_covered'],
]

function without(name: string): Shape['lines'] {
  return (lines) => lines.filter(({ identifier }) => identifier !== `"${name}"`)
}

function missingComponents(): readonly ForgeCase[] {
  return requirements.map(([name, expected]) => ({
    attack: 32,
    what: `"${name}" not covered`,
    shape: { headers: credentials },
    forge: { lines: without(name) ?? ((lines) => lines) },
    expected,
  }))
}

function missingParameters(): readonly ForgeCase[] {
  return ['created', 'nonce', 'keyid'].map((name) => ({
    attack: 32,
    what: `without the parameter ${name}`,
    forge: { parameters: { [name]: undefined } },
    expected: 'missing_parameter',
  }))
}

/** Each requirement with each parameter that makes another component of it. */
function parameterisedComponents(): readonly ForgeCase[] {
  const parameters = [';req', ';tr', ';bs', ';key="sha-256"', ';sf'] as const
  return requirements.flatMap(([name, expected]) =>
    parameters
      // These have no place on a derived component, which is refused before coverage is looked at.
      .filter((parameter) => !name.startsWith('@') || parameter === ';req')
      .map((parameter) => ({
        attack: 33,
        what: `"${name}" only as "${name}"${parameter}`,
        shape: { headers: credentials },
        forge: { lines: (lines: readonly CoveredLine[]) => lines.map((line) => withParameter(line, name, parameter)) },
        expected,
      })),
  )
}

function withParameter(line: CoveredLine, name: string, parameter: string): CoveredLine {
  return line.identifier === `"${name}"` ? { ...line, identifier: `"${name}"${parameter}` } : line
}

const emptyNote: Shape = { headers: [['X-Note', '']], cover: ['x-note'] }

const absentAndEmpty: readonly TamperCase[] = [
  {
    attack: 59,
    what: 'an empty covered field taken away',
    shape: emptyNote,
    tamper: (captured) => dropField(captured, 'x-note'),
    expected: 'missing_component',
  },
  {
    attack: 59,
    what: 'a covered field emptied',
    shape: { headers: [['X-Note', 'urgent']], cover: ['x-note'] },
    tamper: (captured) => editField(captured, 'x-note', () => ''),
    expected: 'invalid_signature',
  },
  {
    attack: 59,
    what: 'a second, empty line of a covered field',
    shape: { headers: [['X-Note', 'urgent']], cover: ['x-note'] },
    tamper: (captured) => addField(captured, 'X-Note', ''),
    expected: 'invalid_signature',
  },
]
