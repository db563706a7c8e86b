import { expect, test } from 'vitest'
import type { Outcome } from '../driver/contest.mjs'
import { pageOf } from '../driver/page.mjs'

const tests = ['a', 'b', 'c', 'd'].map((id) => ({ id, type: 'base', group: 'things' }))

/** A runner that agreed with a, and differs in b and c as was reviewed. */
const outcome = {
  runner: {
    name: 'fake',
    language: 'Tongue',
    library: 'a library',
    version: '1.0.0',
    kind: 'third-party',
    signs: true,
  },
  state: 'passed',
  problems: [],
  asked: tests.slice(0, 3),
  skipped: tests.slice(3),
  verdict: {
    agreed: 1,
    unaskable: 0,
    failures: [],
    checked: new Set(['a']),
    disagreements: [
      {
        disagreement: { ids: ['b', 'c'], theirs: 'accept', reason: 'It differs.', rfc: 'RFC 1 2', link: 'https://rfc' },
        ids: ['b', 'c'],
      },
    ],
  },
  signed: { verified: 4, exact: 2, algorithms: 6 },
} as unknown as Outcome

test('the page counts, and names reasons and sections', () => {
  const page = pageOf([outcome], tests)
  expect(page).toContain('| Tongue | a library | 1.0.0 | 1 | 1 | 2 |')
  expect(page).toContain('| Tongue | a library | 1.0.0 | 6 | 4 | 2 | 0 |')
  expect(page).toContain('- It differs. ([RFC 1 2](https://rfc); accepts 2 vectors)')
  expect(page).toContain('| things | 4 | 3 |')
})

test('a verifier of ours is no referee', () => {
  const ours = { ...outcome, runner: { ...outcome.runner, kind: 'clean-room' } } as Outcome
  const page = pageOf([ours], tests)
  expect(page).toContain('## Verifiers written from the documents')
  expect(page).toContain('| things | 4 | 4 |')
})
