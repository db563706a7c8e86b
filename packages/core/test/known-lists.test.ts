import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { keepVerifiedList, knownListAt, verifiedListLimits } from '../src/covered-components/verified-lists.ts'
import {
  component,
  createRequestMessage,
  encodeUtf8,
  generateKey,
  hmacSha256,
  parseSignatures,
  readSignatureInput,
  type SigningKey,
  sign,
  signatureBase,
  type VerifyingKey,
  verifySignature,
} from '../src/index.ts'
import { parseDictionary, serializeInnerList } from '../src/structured-fields/index.ts'
import type { InnerList } from '../src/structured-fields/types.ts'

const plain = [
  ['Host', 'bank.example'],
  ['Content-Type', 'text/plain'],
] as const

/** A message that carries a Signature-Input, and a signature that is none. */
function messageWith(input: string, signature = 'AAAA'): ReturnType<typeof createRequestMessage> {
  const headers = [...plain, ['Signature-Input', `sig1=${input}`], ['Signature', `sig1=:${signature}:`]] as const
  return createRequestMessage({ method: 'POST', url: 'https://bank.example/a?b=1', headers })
}

function only<T>(list: readonly T[]): T {
  expect(list).toHaveLength(1)
  return list[0] as T
}

const isKnown = (list: string): boolean => knownListAt(`sig1=${list};created=1`, 5) !== undefined

let signing: SigningKey
let verifying: VerifyingKey

beforeAll(async () => {
  const pair = await generateKey(hmacSha256, { keyId: 'k' })
  signing = pair.signingKey
  verifying = pair.verifyingKey
})

/** Verifies a signature over a list, as a client with a key sends it. */
async function verifyOver(components: readonly string[]): Promise<string> {
  const message = createRequestMessage({ method: 'POST', url: 'https://bank.example/a?b=1', headers: plain })
  const signed = await sign(message, signing, { components, parameters: { created: 1 } })
  const received = messageWith(signed.signatureInput.slice(5), signed.signature.slice(6, -1))
  await verifySignature(received, only(parseSignatures(received)), verifying)
  return `(${components.map((name) => `"${name}"`).join(' ')})`
}

describe('the table of verified lists', () => {
  it('takes a list that a signature verified over', async () => {
    expect(isKnown('("@method" "host")')).toBe(false)
    const list = await verifyOver(['@method', 'host'])
    expect(isKnown(list)).toBe(true)
  })

  it('takes none of a message whose signature does not verify', async () => {
    const received = messageWith('("@path" "host");created=1')
    const unverified = only(parseSignatures(received))
    await expect(verifySignature(received, unverified, verifying)).rejects.toMatchObject({ code: 'invalid_signature' })
    expect(isKnown('("@path" "host")')).toBe(false)
  })

  it('cannot be filled or emptied by whoever has no key', async () => {
    const list = await verifyOver(['@method', '@path'])
    for (let index = 0; index < 2 * verifiedListLimits.lists; index++) {
      const received = messageWith(`("@method" "x-${index}");created=1`)
      const unverified = only(parseSignatures(received))
      readSignatureInput(unverified.input)
      await expect(verifySignature(received, unverified, verifying)).rejects.toThrow()
      expect(isKnown(`("@method" "x-${index}")`)).toBe(false)
    }
    expect(isKnown(list)).toBe(true)
  })

  it('has a bound, whoever signs: the list that came first goes', async () => {
    const first = await verifyOver(['@scheme', '@path'])
    for (let index = 0; index < verifiedListLimits.lists; index++) keep(`("@scheme" "y-${index}")`)
    const known = Array.from({ length: verifiedListLimits.lists }, (_, index) => isKnown(`("@scheme" "y-${index}")`))
    expect(known.every(Boolean)).toBe(true)
    keep('("@scheme" "one-more")')
    expect(isKnown('("@scheme" "y-0")')).toBe(false)
    expect(first).toBe('("@scheme" "@path")')
  })

  it('takes no list that is long, and none that could not be found again', async () => {
    const long = `("${'x'.repeat(verifiedListLimits.length)}")`
    const early = '("@query-param";name="a)b")'
    for (const list of [long, early]) {
      keep(list)
      expect(isKnown(list)).toBe(false)
    }
    // What cannot be found again must not push others out.
    const kept = await verifyOver(['@authority', '@path'])
    for (let index = 0; index < verifiedListLimits.lists; index++) keep(`("@query-param";name="a)${index}")`)
    expect(isKnown(kept)).toBe(true)
  })

  it('shares nothing that could be changed', () => {
    const list = '("@query-param";name="shared")'
    keep(list)
    const { components } = readSignatureInput(only(parseSignatures(messageWith(`${list};created=1`))).input)
    const parameters = components[0]?.parameters as Map<string, unknown>
    expect(Object.isFrozen(components) && Object.isFrozen(components[0])).toBe(true)
    expect(Object.isFrozen(parameters.get('name'))).toBe(true)
    for (const change of [() => parameters.set('x', 1), () => parameters.delete('name'), () => parameters.clear()]) {
      expect(change).toThrow(TypeError)
    }
  })
})

function listOf(text: string): InnerList {
  return parseDictionary(`a=${text}`).get('a') as InnerList
}

function keep(text: string): void {
  keepVerifiedList(listOf(text).items)
}

describe('a known list', () => {
  const name = fc.constantFrom(
    '"@method"',
    '"@path"',
    '"host"',
    '"content-type"',
    '"content-type";bs',
    '"@query-param";name="b"',
  )
  const list = fc
    .uniqueArray(name, { minLength: 1, maxLength: 4 })
    .chain((names) => fc.constantFrom(' ', '  ').map((gap) => `(${names.join(gap)})`))
  const value = fc.constantFrom(
    '=1',
    '=007',
    '=-0',
    '=-5',
    '=1.10',
    '="x"',
    '="\\"\\\\"',
    '=tok/en',
    '',
    '=?1',
    '=?0',
    '=:AA==:',
    '=@1',
  )
  const parameters = fc
    .array(fc.tuple(fc.constantFrom(';', '; '), value), { maxLength: 4 })
    .map((all) => all.map(([separator, text], index) => `${separator}p${index}${text}`).join(''))

  it('is read as it is read when nothing is known, whatever stands behind it', () => {
    fc.assert(
      fc.property(list, parameters, (components, rest) => {
        const text = `${components};created=1${rest}`
        const expected = listOf(text)
        keepVerifiedList(listOf(components.replaceAll('  ', ' ')).items)
        const message = messageWith(text)
        const input = readSignatureInput(only(parseSignatures(message)).input)
        const general = readSignatureInput(expected)
        expect(input.text).toBe(serializeInnerList(expected))
        expect(input.parameters).toEqual(general.parameters)
        expect(input.components.map((each) => each.text)).toEqual(general.components.map((each) => each.text))
        for (const each of ['"@method"', '"host"', '"content-type"', '"content-type";bs']) {
          expect(input.covers(each)).toBe(general.covers(each))
        }
        expect(signatureBase(message, input)).toBe(signatureBase(message, general))
      }),
      { numRuns: 1000 },
    )
  })

  it('is no prefix of another one', () => {
    keep('("@method")')
    const { input } = only(parseSignatures(messageWith('("@method" "host");created=1')))
    expect(readSignatureInput(input).components).toHaveLength(2)
    expect(() => parseSignatures(messageWith('("@method")x;created=1'))).toThrow(
      expect.objectContaining({ code: 'malformed_signature_input' }),
    )
  })
})

describe('the components that a signer lists', () => {
  const message = createRequestMessage({ method: 'POST', url: 'https://bank.example/', headers: plain })
  const inputOf = async (components: string[]): Promise<string> =>
    (await sign(message, signing, { components, parameters: { created: 1 } })).signatureInput

  it('are read anew when the caller changes its array', async () => {
    const components = ['@method']
    expect(await inputOf(components)).toBe('sig1=("@method");created=1')
    components.push('host')
    expect(await inputOf(components)).toBe('sig1=("@method" "host");created=1')
    components[0] = '@path'
    expect(await inputOf(components)).toBe('sig1=("@path" "host");created=1')
  })

  it('are read each time where somebody made an identifier that can change', async () => {
    const own = { ...component('@method') }
    const parameters = { created: 1 }
    const before = await sign(message, signing, { components: [own], parameters })
    expect(before.base).toBe('"@method": POST\n"@signature-params": ("@method");created=1')
    const changed = component('@path')
    Object.assign(own, { name: '@path', text: '"@path"', sortedText: '"@path"', valueIn: changed.valueIn })
    const after = await sign(message, signing, { components: [own], parameters })
    expect(after.base).toBe('"@path": /\n"@signature-params": ("@path");created=1')
    expect(Object.isFrozen(component('@method')) && Object.isFrozen(component('x', { bs: true }))).toBe(true)
  })

  it('are right however many lists a program has', async () => {
    for (let round = 0; round < 2; round++) {
      for (let index = 0; index < 40; index++) {
        const headers = [[`x-${index}`, 'v']] as const
        const own = createRequestMessage({ method: 'POST', url: 'https://bank.example/', headers })
        const signed = await sign(own, signing, { components: [`x-${index}`], parameters: { created: 1 } })
        expect(signed.base).toBe(`"x-${index}": v\n"@signature-params": ("x-${index}");created=1`)
      }
    }
    await expect(inputOf(['@method', '@method'])).rejects.toMatchObject({ code: 'duplicate_component' })
  })
})

describe('a key that somebody wrapped', () => {
  it('is asked, and not the key within it', async () => {
    const received = messageWith('("@method");created=1')
    const wrapped: VerifyingKey = { ...verifying, verify: () => true }
    const verified = await verifySignature(received, only(parseSignatures(received)), wrapped)
    expect(verified.keyId).toBe('k')
    const message = createRequestMessage({ method: 'POST', url: 'https://bank.example/', headers: plain })
    const own: SigningKey = { ...signing, sign: () => encodeUtf8('abc') }
    const signed = await sign(message, own, { components: ['@method'], parameters: { created: 1 } })
    expect(signed.signature).toBe('sig1=:YWJj:')
  })
})
