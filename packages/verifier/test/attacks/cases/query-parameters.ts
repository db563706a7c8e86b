import { expect, it } from 'vitest'
import { forgeTests, tamperCases, tamperTests } from '../case-tables.ts'
import { getShape, type Shape, signedRequest } from '../signed-request.ts'
import type { AttackTarget } from '../target.ts'
import { type Expected, expectVerdict, reportOf, startFor } from '../verdict.ts'
import { toTarget } from './edits.ts'

const covering = (name: string, value: string): Shape['lines'] => {
  const identifier = `"@query-param";name="${name}"`
  return (lines) => [...lines, { identifier, value }]
}
const insteadOfQuery: Shape['lines'] = (lines) =>
  lines.map((line) =>
    line.identifier === '"@query"' ? { identifier: '"@query-param";name="amount"', value: '10' } : line,
  )
const cases: readonly (readonly [what: string, path: string, lines: Shape['lines'], expected: Expected])[] = [
  ['a parameter that occurs once is let in', '/p?id=1', covering('id', '1'), 'accepted'],
  ['a duplicate, the first covered', '/p?id=1&id=2', covering('id', '1'), 'invalid_component'],
  ['a duplicate, the last covered', '/p?id=1&id=2', covering('id', '2'), 'invalid_component'],
  ['a duplicate in another encoding', '/p?id=1&%69d=2', covering('id', '1'), 'invalid_component'],
  ['a parameter that is absent', '/p?id=1', covering('to', ''), 'missing_component'],
  ['+ is a space', '/p?q=a+b', covering('q', 'a%20b'), 'accepted'],
  ['%20 is a space', '/p?q=a%20b', covering('q', 'a%20b'), 'accepted'],
  ['+ is no plus', '/p?q=a+b', covering('q', 'a%2Bb'), 'invalid_signature'],
  ['+ is not copied', '/p?q=a+b', covering('q', 'a+b'), 'invalid_signature'],
  ['a parameter in the place of the query', '/p?amount=10&to=eve', insteadOfQuery, 'component_not_covered'],
]

/** A value with two spellings. */
const spelledOut = { notWithout: 'query-text' } as const

/** Attack 80: a query parameter by its name. */
export function queryParameterAttacks(target: AttackTarget): void {
  forgeTests(
    target,
    cases.map(([what, path, lines, expected]) => ({
      attack: 80,
      what,
      shape: { ...getShape, target: path },
      forge: { lines: lines ?? ((all) => all) },
      expected,
      ...(/[+%]/.test(path) ? spelledOut : {}),
    })),
  )
  const encoded: Shape = { ...getShape, target: '/p?q=a+b' }
  tamperTests(
    target,
    tamperCases([[80, '%20 for +', toTarget('/p?q=a%20b'), 'invalid_signature', encoded]]).map((attackCase) => ({
      ...attackCase,
      ...spelledOut,
    })),
  )
  tamperTests(target, [
    {
      attack: 80,
      what: 'a form body added that shadows the query',
      shape: { body: null },
      tamper: (captured) => ({
        ...captured,
        headers: [...captured.headers, ['Content-Type', 'application/x-www-form-urlencoded']],
        body: Buffer.from('amount=99'),
      }),
      expected: 'missing_digest',
    },
  ])

  it('attack 80: a signed form body does not mix with the query', async () => {
    const running = await startFor(target)
    const headers = [['Content-Type', 'application/x-www-form-urlencoded']] as const
    const request = signedRequest(running.now(), { headers, body: 'amount=99' })
    const { verified } = reportOf(await expectVerdict(running, request, 'accepted'))
    expect([verified.query, verified.body]).toEqual(['?amount=10', Buffer.from('amount=99').toString('hex')])
  })
}
