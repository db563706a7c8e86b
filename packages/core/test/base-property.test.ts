import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type ComponentIdentifier,
  component,
  createRequestMessage,
  createSignatureInput,
  type FieldLine,
  type RequestMessage,
  SignatureError,
  signatureBase,
} from '../src/index.ts'

const seed = Number(process.env['COUNTERSIGN_SEED'] ?? 9421)

interface Generated {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly authority: string
  readonly x: readonly string[]
}

const printable = fc.string({ unit: fc.constantFrom(...'abcXYZ019-._~!$&\'()*+,;=:@%"\\{}'), maxLength: 12 })
const requests: fc.Arbitrary<Generated> = fc.record({
  method: fc.constantFrom('GET', 'POST', 'patch', 'DELETE', 'M-SEARCH'),
  path: printable.map((text) => `/${text}`),
  query: fc.option(printable, { nil: '' }).map((text) => (text === '' ? '' : `?${text}`)),
  authority: fc.constantFrom('a.example', 'b.example', 'a.example:8443'),
  x: fc.array(fc.string({ unit: fc.constantFrom(...'ab ,:"\t\n@;='), maxLength: 8 }), { minLength: 1, maxLength: 3 }),
})

const identifiers: readonly ComponentIdentifier[] = [
  component('@method'),
  component('@authority'),
  component('@path'),
  component('@query'),
  component('x', { bs: true }),
  component('x'),
]
const parameters = { created: 1, nonce: 'n' }

function toMessage(request: Generated): RequestMessage {
  const headers = request.x.map((value): FieldLine => ['X', value])
  return createRequestMessage({
    method: request.method,
    url: `https://${request.authority}${request.path}${request.query}`,
    headers,
  })
}

function baseOf(request: Generated, components: readonly ComponentIdentifier[]): string | undefined {
  try {
    return signatureBase(toMessage(request), createSignatureInput(components, parameters))
  } catch (error) {
    expect(error).toBeInstanceOf(SignatureError)
    return undefined
  }
}

/** What the covered components say of a request, written without the code under test. */
function meaning(request: Generated, components: readonly ComponentIdentifier[]): string {
  const lines = request.x.map((line) => line.replace(/^[ \t]+|[ \t]+$/g, ''))
  const parts: Record<string, unknown> = {
    '"@method"': request.method,
    '"@authority"': request.authority,
    '"@path"': request.path,
    '"@query"': request.query === '' ? '?' : request.query,
    '"x";bs': lines,
    '"x"': lines.join(', '),
  }
  return JSON.stringify(components.map((identifier) => [identifier.text, parts[identifier.text]]))
}

describe('the signature base', () => {
  it('differs whenever a covered component or the list of them differs (attack 79)', () => {
    const lists = fc.shuffledSubarray([...identifiers], { minLength: 1 })
    fc.assert(
      fc.property(requests, requests, lists, lists, (left, right, leftList, rightList) => {
        const bases = [baseOf(left, leftList), baseOf(right, rightList)]
        if (bases.includes(undefined)) return
        const same = meaning(left, leftList) === meaning(right, rightList)
        expect(bases[0] === bases[1]).toBe(same)
      }),
      { seed, numRuns: 3000 },
    )
  })

  it('has one line for each component and one for the parameters, all in visible ASCII', () => {
    fc.assert(
      fc.property(requests, (request) => {
        const base = baseOf(request, identifiers)
        if (base === undefined) return
        const lines = base.split('\n')
        expect(lines).toHaveLength(identifiers.length + 1)
        expect(lines.at(-1)).toMatch(/^"@signature-params": \("@method" /)
        expect(base).toMatch(/^[\x20-\x7e\t\n]*$/)
        expect(base.endsWith('\n')).toBe(false)
      }),
      { seed, numRuns: 1000 },
    )
  })

  it('refuses arbitrary text with a code, or makes a base of it', () => {
    const anything = fc.string({ unit: 'binary', maxLength: 20 })
    fc.assert(
      fc.property(anything, anything, anything, (method, url, value) => {
        try {
          const message = createRequestMessage({ method, url: `https://e/${url}`, headers: [['X', value]] })
          const base = signatureBase(message, createSignatureInput(['@method', '@target-uri', 'x'], parameters))
          expect(base.split('\n')).toHaveLength(4)
        } catch (error) {
          expect(error).toBeInstanceOf(SignatureError)
        }
      }),
      { seed, numRuns: 3000 },
    )
  })
})
