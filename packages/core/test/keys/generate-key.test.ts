import { afterEach, describe, expect, it, vi } from 'vitest'
import { ed25519, encodeUtf8, generateKey } from '../../src/index.ts'

/** A platform that answers the first draws with errors of these names, and then as this one does. */
function failing(...names: readonly string[]): () => number {
  const { subtle } = globalThis.crypto
  const generate = subtle.generateKey.bind(subtle) as (...args: unknown[]) => Promise<unknown>
  const errors = names.map((name) => new DOMException('it failed', name))
  let draws = 0
  vi.spyOn(subtle, 'generateKey').mockImplementation((async (...args: unknown[]) => {
    const error = errors[draws++]
    if (error !== undefined) throw error
    return generate(...args)
  }) as never)
  return () => draws
}

const failedDraws = (count: number): readonly string[] => Array<string>(count).fill('OperationError')

afterEach(() => {
  vi.restoreAllMocks()
})

describe('a platform that fails at one key in 128, as WebKitGTK does', () => {
  it.each([1, 4])('makes another one after %d', async (count) => {
    const draws = failing(...failedDraws(count))
    const { signingKey, verifyingKey } = await generateKey(ed25519)
    const text = encodeUtf8('text')
    expect(await verifyingKey.verify(text, new Uint8Array(await signingKey.sign(text)))).toBe(true)
    expect(draws()).toBe(count + 1)
  })

  it('is not asked for ever', async () => {
    const draws = failing(...failedDraws(100))
    await expect(generateKey(ed25519)).rejects.toThrow(/^this platform cannot make a key for ed25519$/)
    expect(draws()).toBe(5)
  })
})

it.each(['NotSupportedError', 'SyntaxError', 'QuotaExceededError'])('after %s nothing is tried again', async (name) => {
  const draws = failing(name)
  await expect(generateKey(ed25519)).rejects.toThrow(TypeError)
  expect(draws()).toBe(1)
})
