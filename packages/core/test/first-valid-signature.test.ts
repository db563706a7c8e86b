import { expect, it } from 'vitest'
import { firstValidSignature, SignatureError, type SignatureErrorCode, type UnverifiedSignature } from '../src/index.ts'

const input = { items: [], parameters: new Map() }
const candidates = ['a', 'b', 'c'].map((label): UnverifiedSignature => {
  return { label, input, signature: new Uint8Array() }
})

/** Refuses with these codes in turn, and accepts what is left. */
function refusing(codes: readonly SignatureErrorCode[]): (candidate: UnverifiedSignature) => string {
  return ({ label }) => {
    const code = codes['abc'.indexOf(label)]
    if (code === undefined) return label
    throw new SignatureError(code, label)
  }
}

const ways = [
  ['at once', (codes: readonly SignatureErrorCode[]) => refusing(codes)],
  [
    'later',
    (codes: readonly SignatureErrorCode[]) => async (candidate: UnverifiedSignature) => refusing(codes)(candidate),
  ],
] as const

it.each(ways)('the first that counts is the answer, %s', async (_when, verifyWith) => {
  expect(await firstValidSignature(candidates, verifyWith(['stale', 'unknown_key']))).toBe('c')
  expect(await firstValidSignature(candidates, verifyWith([]))).toBe('a')
})

it.each(ways)('of several refusals the one that says most is thrown, %s', async (_when, verifyWith) => {
  const refusalOf = async (...codes: SignatureErrorCode[]): Promise<unknown> => {
    try {
      return await firstValidSignature(candidates.slice(0, codes.length), verifyWith(codes))
    } catch (error) {
      return error
    }
  }
  expect(await refusalOf('no_matching_signature', 'stale', 'no_matching_signature')).toMatchObject({ code: 'stale' })
  expect(await refusalOf('unknown_key', 'stale')).toMatchObject({ code: 'unknown_key', detail: 'a' })
  expect(await refusalOf('no_matching_signature')).toMatchObject({ code: 'no_matching_signature' })
  expect(await refusalOf()).toMatchObject({ code: 'missing_signature' })
})

it('answers at once where the answer is at hand', () => {
  expect(firstValidSignature(candidates, refusing(['stale']))).toBe('b')
})

it('goes no further after an error that is no refusal', async () => {
  const asked: string[] = []
  const broken = async ({ label }: UnverifiedSignature): Promise<never> => {
    asked.push(label)
    throw new TypeError('a mistake of ours')
  }
  await expect(firstValidSignature(candidates, broken)).rejects.toThrow('a mistake of ours')
  expect(asked).toEqual(['a'])
})
