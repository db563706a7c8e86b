import { describe, expect, it } from 'vitest'
import { nodes } from '../engines/node.mjs'
import type { Runtime } from '../engines/runtime.mjs'
import { crossCheck, referee } from '../matrix.mjs'
import { runtimes } from '../runtimes.mjs'
import type { Sample } from '../suite/samples.ts'
import { runCommand } from './command.ts'

interface Output {
  readonly cells: Awaited<ReturnType<typeof crossCheck>>['cells']
  readonly absent: readonly { readonly name: string; readonly reason: string }[]
}

const node20 = nodes[0] as Runtime

describe('what one runtime signs', () => {
  it('every other verifies', { timeout: 300_000 }, async () => {
    const { code, stdout, stderr } = await runCommand('cross-check.mjs', ['--json'])
    const { cells, absent }: Output = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')
    for (const { name, reason } of absent) console.warn(`SKIPPED: ${name}: ${reason}`)
    expect(absent.length === 0 || !process.env['CI'], stderr).toBe(true)
    expect(cells.filter((cell) => !cell.accepted)).toEqual([])
    expect(cells.length).toBe(numberOfPairs(absent.map(({ name }) => name)))
    expect(code).toBe(0)
  })

  it.each([
    ['signature', (headers: Sample['headers']) => withOther(headers, 'signature', /(:.{8})./, '$1~')],
    ['nonce', (headers: Sample['headers']) => withOther(headers, 'signature-input', /nonce="./, 'nonce="~')],
  ])('is refused by all with another %s', { timeout: 60_000 }, async (_what, change) => {
    const liar: Runtime = { ...node20, name: 'liar', run: (task) => signOtherwise(task, change) }
    const { cells } = await crossCheck([node20, liar])
    const ofLiar = cells.filter(({ signer }) => signer === 'liar')
    expect(ofLiar).toHaveLength(6 * 3)
    for (const { accepted, verifier } of ofLiar) {
      // The referee goes by the base, which a nonce changed afterwards leaves alone.
      if (verifier !== referee || _what === 'signature') expect(accepted, verifier).toBe(false)
    }
    expect(cells.filter(({ signer }) => signer === 'node20').every(({ accepted }) => accepted)).toBe(true)
  })
})

/** Of two runtimes, the algorithms that both have. The referee has all. */
function numberOfPairs(absent: readonly string[]): number {
  const present = runtimes.filter(({ name, signs = true }) => signs && !absent.includes(name))
  const countOf = ({ capabilities }: Runtime): number => 1 + (capabilities.curves ? 3 : 0) + (capabilities.rsa ? 2 : 0)
  const pairs = present.flatMap((signer) => present.map((other) => Math.min(countOf(signer), countOf(other))))
  return [...pairs, ...present.map(countOf)].reduce((sum, count) => sum + count, 0)
}

async function signOtherwise(
  task: object,
  change: (headers: Sample['headers']) => Sample['headers'],
): Promise<unknown> {
  const result = await node20.run(task)
  if (!('samples' in result)) return result
  return { samples: result.samples.map((sample: Sample) => ({ ...sample, headers: change(sample.headers) })) }
}

function withOther(headers: Sample['headers'], name: string, pattern: RegExp, replacement: string): Sample['headers'] {
  return headers.map(([field, value]) => {
    if (field !== name) return [field, value]
    const letter = pattern.exec(value)?.[0].endsWith('A') ? 'B' : 'A'
    return [field, value.replace(pattern, replacement.replace('~', letter))]
  })
}
