import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type BaseLine, honestLines, honestParameters, requestWith, signatureFields, verdictOf } from './hand-signed.ts'

const page = readFileSync(new URL('../../../../docs/profile.md', import.meta.url), 'utf8')

/** The text below a heading, up to the next one. */
function section(heading: string): string {
  const [, text] = page.split(`\n## ${heading}\n`)
  if (text === undefined) throw new Error(`docs/profile.md has no section "${heading}"`)
  return text.split('\n## ')[0] as string
}

/** The names in code of the first cell of each row. */
function namesIn(heading: string): string[] {
  return section(heading)
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => [...line.split('|')[1]!.matchAll(/`"?([^`"]+)"?`/g)].map((found) => found[1]!))
}

describe('the profile (RFC 9421 1.4)', () => {
  it.each([
    ['the component identifiers that are required', '1. Covered components'],
    ['the structured field types', '2. Structured field types'],
    ['the parameters, and how the key is retrieved', '3. Parameters, and retrieving the key'],
    ['the algorithms', '4. Algorithms'],
    ['which keys are appropriate', '5. Appropriate keys'],
    ['the context that components are derived from', '6. The context'],
    ['how a response is bound to its request', '7. Binding a response to its request'],
    ['the errors', '8. Errors'],
    ['the tags', '9. Tags'],
  ])('states %s', (_what, heading) => {
    expect(section(heading).trim().length).toBeGreaterThan(15)
  })

  it('names the components that a verifier requires', async () => {
    const always = namesIn('1. Covered components').slice(0, 4)
    expect(always).toEqual(['@method', '@authority', '@path', '@query'])
    for (const name of always) {
      const lines = honestLines.filter(([identifier]) => identifier !== `"${name}"`)
      expect(await verdictOf(requestWith([signatureFields({ lines })]))).toBe('component_not_covered')
    }
    expect(await verdictOf(requestWith([signatureFields()]))).toBe('accepted')
  })

  it('names the fields that must be covered when they are present', async () => {
    const fields = namesIn('1. Covered components').slice(4)
    expect(fields.sort()).toEqual([
      'authorization',
      'content-digest',
      'content-encoding',
      'content-type',
      'idempotency-key',
    ])
    for (const name of ['authorization', 'idempotency-key']) {
      const signed = (lines: readonly BaseLine[]) => requestWith([signatureFields({ lines })], [[name, 'x']])
      expect(await verdictOf(signed(honestLines))).toBe('component_not_covered')
      expect(await verdictOf(signed([...honestLines, [`"${name}"`, 'x']]))).toBe('accepted')
    }
  })

  it('names the parameters, and those that a verifier requires', async () => {
    const names = namesIn('3. Parameters, and retrieving the key')
    expect(names).toEqual(['created', 'expires', 'nonce', 'alg', 'keyid', 'tag'])
    for (const name of names) {
      const row = section('3. Parameters, and retrieving the key').match(new RegExp(`^\\| \`${name}\` .*$`, 'm'))![0]
      const parameters = honestParameters().replace(new RegExp(`;${name}=("[^"]*"|\\d+)`), '')
      const verdict = row.includes('| required;') ? 'missing_parameter' : 'accepted'
      expect(await verdictOf(requestWith([signatureFields({ parameters })])), name).toBe(verdict)
    }
  })
})
