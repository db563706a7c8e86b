import fc from 'fast-check'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { keepVerifiedList } from '../src/covered-components/verified-lists.ts'
import { createRequestMessage, parseSignatures, readSignatureInput, type SignatureInput } from '../src/index.ts'
import { readKnownSignatures } from '../src/signature-fields/known-signatures.ts'
import { defaultLimits, type SignatureFieldLimits } from '../src/signature-fields/unverified-signature.ts'
import { parseDictionary } from '../src/structured-fields/index.ts'
import type { InnerList } from '../src/structured-fields/types.ts'

const knownLists = ['("@method")', '("@method" "host")', '("content-type";bs "@path")', '()']

/** The same functions in modules of their own, where no list ever becomes known: all is left to the parser. */
let unknowing: { parseSignatures: typeof parseSignatures; readSignatureInput: typeof readSignatureInput }

beforeAll(async () => {
  for (const text of knownLists) keepVerifiedList((parseDictionary(`a=${text}`).get('a') as InnerList).items)
  vi.resetModules()
  unknowing = await import('../src/index.ts')
})

interface SignatureFields {
  readonly input: string
  readonly signature: string
}

/** All that can be asked of what was parsed, or the code of the refusal. */
function readingBy(
  functions: typeof unknowing,
  { input, signature }: SignatureFields,
  limits?: SignatureFieldLimits,
): unknown {
  const headers = [
    ['signature-input', input],
    ['signature', signature],
  ] as const
  const message = createRequestMessage({ method: 'GET', url: 'https://bank.example/', headers })
  try {
    return functions.parseSignatures(message, limits).map(({ label, input: received, signature: bytes }) => {
      return { label, bytes, input: inputBy(functions, received) }
    })
  } catch (error) {
    return (error as { code: string }).code
  }
}

function inputBy(functions: typeof unknowing, received: InnerList | SignatureInput): unknown {
  try {
    const { components, parameters, text } = functions.readSignatureInput(received)
    return { components: components.map((component) => component.text), parameters: Object.entries(parameters), text }
  } catch (error) {
    return (error as { code: string }).code
  }
}

function bothReadings(fields: SignatureFields, limits?: SignatureFieldLimits): [known: unknown, general: unknown] {
  return [readingBy({ parseSignatures, readSignatureInput }, fields, limits), readingBy(unknowing, fields, limits)]
}

const time = fc.constantFrom('1', '0', '1700000000', '999999999999999')
const text = fc.constantFrom('"x"', '""', '"a b"', '"ed25519"')
const usualParameters = fc
  .tuple(time, time, text, text, text, text)
  .map(([created, expires, nonce, alg, keyid, tag]) => Object.entries({ created, expires, nonce, alg, keyid, tag }))
  .chain((entries) => fc.shuffledSubarray(entries))
  .map((entries) => entries.map(([key, value]) => `;${key}=${value}`))
const unusualParameter = fc.oneof(
  fc.constantFrom(
    '; created=1',
    ';created',
    ';x=1',
    ';Created=1',
    ';',
    ' ;tag="x"',
    ';created =1',
    ';created=1',
    ';expires=1',
    ';nonce="x"',
    ';alg="x"',
    ';keyid="x"',
    ';tag="x"',
  ),
  fc
    .tuple(
      fc.constantFrom('created', 'expires', 'nonce', 'tag'),
      fc.constantFrom(
        '007',
        '-0',
        '-5',
        '1.0',
        '1000000000000000',
        '"\\""',
        '"é"',
        'token',
        '?1',
        ':AA==:',
        '@1',
        '"',
        '',
      ),
    )
    .map(([key, value]) => `;${key}=${value}`),
)
const parameters = fc.oneof(
  { weight: 8, arbitrary: usualParameters },
  {
    weight: 1,
    arbitrary: fc.tuple(usualParameters, unusualParameter, fc.nat(6)).map(([usual, unusual, place]) => {
      return [...usual.slice(0, place), unusual, ...usual.slice(place)]
    }),
  },
)
const list = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom(...knownLists) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('("@method"  "host")', '( "@method")', '("@path")', '("@method"', '"@method"', '1'),
  },
)
const value = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom(':AAAA:', ':AQ==:', '::') },
  { weight: 1, arbitrary: fc.constantFrom(':AQ:', ':A:', ':AAAA:;x=1', 'AAAA', ':AA*A:', ':AAAA', '(:AAAA:)') },
)
const member = fc.tuple(list, parameters).map(([components, all]) => components + all.join(''))
const label = fc.constantFrom('sig1', 'b', '*', 'proxy_sig', 'a.b')
const separator = fc.constantFrom(', ', ',', '\t, ', ' ,\t')
const signatureFields = fc
  .record({
    members: fc.array(fc.tuple(label, member, value), { minLength: 1, maxLength: 5 }),
    between: fc.tuple(separator, separator),
    shuffled: fc.integer({ min: 0, max: 9 }).map((chance) => chance === 0),
    end: fc.constantFrom('', '', '', '', ' ', ',', 'x'),
    more: fc.constantFrom('', '', '', '', ' ', ', z=:AQ==:'),
  })
  .map(({ members, between: [first, second], shuffled, end, more }): SignatureFields => {
    const inputs = members.map(([key, text]) => `${key}=${text}`)
    const signatures = members.map(([key, , text]) => `${key}=${text}`)
    return {
      input: inputs.join(first) + end,
      signature: (shuffled ? signatures.reverse() : signatures).join(second) + more,
    }
  })

describe('signatures over known lists', () => {
  it('are read as the parser reads them, whatever stands in the fields', () => {
    let readAtOnce = 0
    let leftToTheParser = 0
    fc.assert(
      fc.property(signatureFields, (fields) => {
        const [known, general] = bothReadings(fields)
        expect(known).toEqual(general)
        if (readKnownSignatures(fields.input, fields.signature, defaultLimits) === undefined) leftToTheParser++
        else readAtOnce++
      }),
      { numRuns: 5000 },
    )
    // Or it would say little of one of the two.
    expect(readAtOnce).toBeGreaterThan(400)
    expect(leftToTheParser).toBeGreaterThan(400)
  })

  it.each([
    {
      what: 'as we write them',
      input: 'sig1=("@method" "host");created=1;expires=61;nonce="n";alg="ed25519";keyid="k";tag="t"',
    },
    {
      what: 'in another order',
      input: 'sig1=("@method");tag="t";keyid="k";alg="ed25519";nonce="n";expires=61;created=1',
    },
    { what: 'without parameters', input: 'sig1=("@method")' },
    { what: 'with parameters of components', input: 'sig1=("content-type";bs "@path");created=0' },
  ])('are read at once: $what', ({ input }) => {
    const fields = { input, signature: 'sig1=:AQID:' }
    expect(readKnownSignatures(fields.input, fields.signature, defaultLimits)).toHaveLength(1)
    const [known, general] = bothReadings(fields)
    expect(known).toEqual(general)
  })

  it('are read at once where there are several, and beyond a few left to the parser', () => {
    const fieldsOf = (count: number): SignatureFields => {
      const labels = Array.from({ length: count }, (_, index) => `s${index}`)
      const input = labels.map((each) => `${each}=("@method");created=1`).join(', ')
      return { input, signature: labels.map((each) => `${each}=:AQID:`).join(', ') }
    }
    const unlimited = { maxFieldLength: 1e6, maxSignatures: 1e6, maxComponents: 1e6 }
    for (const count of [2, 3, 4, 5, 50]) {
      const fields = fieldsOf(count)
      const atOnce = readKnownSignatures(fields.input, fields.signature, unlimited)
      expect(atOnce?.length).toBe(count <= 4 ? count : undefined)
      expect(bothReadings(fields, unlimited)[0]).toHaveLength(count)
    }
  })

  it.each(['', ' '])('are missing where both fields are empty: "%s"', (empty) => {
    expect(bothReadings({ input: empty, signature: empty })).toEqual(['missing_signature', 'missing_signature'])
  })

  it('keep to the limits', () => {
    const fields = { input: 'a=("@method" "host"), b=("@method")', signature: 'a=:AQID:, b=:AQID:' }
    for (const limits of [{ maxSignatures: 1 }, { maxComponents: 1 }, { maxFieldLength: 20 }]) {
      const [known, general] = bothReadings(fields, { ...defaultLimits, ...limits })
      expect(known).toBe('limit_exceeded')
      expect(general).toBe('limit_exceeded')
    }
  })

  it('have parameters of their own', () => {
    const [first, second] = [1, 2].map((created) => {
      const [signature] = readKnownSignatures(`a=("@method");created=${created}`, 'a=:AQID:', defaultLimits) ?? []
      return readSignatureInput(signature!.input).parameters
    })
    expect(first).toEqual({ created: 1 })
    expect(second).toEqual({ created: 2 })
  })
})
