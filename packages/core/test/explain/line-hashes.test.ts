import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { compareLineHashes, type LineHash, lineHashes } from '../../src/index.ts'

const salt = 'a salt of the test'
const lines = [
  '"@method": POST',
  '"@query-param";name="a: b": c',
  '"x-list": a: b',
  '"@signature-params": ("@method");created=1',
]

/** The same by other means. */
function hashOf(line: string): string {
  return createHash('sha256').update(`${salt}\n${line}`).digest('hex').slice(0, 8)
}

describe('lineHashes', () => {
  it('hashes each line with the salt, and keeps 4 bytes', async () => {
    expect(await lineHashes(lines.join('\n'), { salt })).toEqual([
      { identifier: '"@method"', hash: hashOf(lines[0]!) },
      { identifier: '"@query-param";name="a: b"', hash: hashOf(lines[1]!) },
      { identifier: '"x-list"', hash: hashOf(lines[2]!) },
      { identifier: '"@signature-params"', hash: hashOf(lines[3]!) },
    ])
  })

  it('withholds by the name of the component', async () => {
    const [first, second] = await lineHashes('"a": 1\n"b";sf: 2', { salt, withheld: ['b'] })
    expect([first?.hash, second]).toEqual([hashOf('"a": 1'), { identifier: '"b";sf', hash: null }])
  })

  it.each(['no base', '"a"', 'a: b', ''])('refuses %j, which is no base', async (base) => {
    await expect(lineHashes(base, { salt })).rejects.toThrow(TypeError)
  })

  it('refuses a salt of which there could be a table', async () => {
    await expect(lineHashes(lines.join('\n'), { salt: 'short' })).rejects.toThrow(TypeError)
  })
})

describe('compareLineHashes', () => {
  const of = (...entries: readonly (readonly [string, string | null])[]): readonly LineHash[] => {
    return entries.map(([identifier, hash]) => ({ identifier, hash }))
  }
  const compared = (signed: readonly LineHash[], received: readonly LineHash[]): readonly string[] => {
    return compareLineHashes(signed, received).map(({ identifier, difference }) => `${identifier} ${difference}`)
  }

  it('finds nothing in equal ones', () => {
    expect(compared(of(['a', '1'], ['b', '2']), of(['a', '1'], ['b', '2']))).toEqual([])
  })

  it('tells another value', () => {
    expect(compared(of(['a', '1'], ['b', '2']), of(['a', '1'], ['b', '3']))).toEqual(['b other value'])
  })

  it('tells lines that only one side has, and no shift of the others', () => {
    expect(compared(of(['a', '1'], ['b', '2'], ['c', '3']), of(['x', '9'], ['b', '2'], ['c', '3']))).toEqual([
      'a only signed',
      'x only received',
    ])
  })

  it('tells another order', () => {
    expect(compared(of(['a', '1'], ['b', '2']), of(['b', '2'], ['a', '1']))).toEqual(['a other place', 'b other place'])
  })

  it('tells what is withheld as such', () => {
    expect(compared(of(['a', '1']), of(['a', null]))).toEqual(['a withheld'])
  })
})
