import { existsSync, writeFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { expectGolden } from '../golden.ts'
import { created, publicTestKey, signedText } from '../signed-text.ts'
import { builtProgram, hasTool } from './built-program.ts'

const program = builtProgram()
const { file } = program
/** What begins a change of colour. */
const csi = '\u001b['

beforeAll(() => {
  writeFileSync(file('test.jwk.pub'), JSON.stringify(publicTestKey))
  writeFileSync(file('signed.http'), signedText().text)
  writeFileSync(file('refused.http'), signedText().text.replace('dry=1&to=bob', 'to=bob&dry=1'))
})

const verify = ['verify', 'refused.http', '-k', 'test.jwk.pub', '--at', String(created), '--no-base']

describe('a pipe', () => {
  it('gets no colour, unless it is forced', async () => {
    const plain = await program.run(verify)
    expect(plain.code).toBe(1)
    expect(plain.stdout.toString()).not.toContain(csi)
    expect((await program.run(verify, { env: { FORCE_COLOR: '1' } })).stdout.toString()).toContain(`${csi}31m✗`)
    expect((await program.run(verify, { env: { FORCE_COLOR: '0' } })).stdout.toString()).not.toContain(csi)
  })

  it('that is closed early ends the program without a word', async () => {
    const many = 'for i in 1 2 3 4 5; do countersign request --help; done'
    const { stdout, stderr } = await program.shell(
      `(${many}) | head -1; countersign verify signed.http -k test.jwk.pub --at created | head -1`,
    )
    expect(stderr).toBe('')
    expect(stdout.toString()).toMatch(/^Usage: countersign request .*\n✓ 1 {2}syntax and limits\n$/)
  })

  // skipped where there is no /dev/full: Linux has it
  it.skipIf(!existsSync('/dev/full'))('that takes nothing is told', async () => {
    const { code, stderr } = await program.shell('countersign --help > /dev/full')
    expect([code, stderr]).toEqual([3, expect.stringMatching(/^countersign: the output cannot be written: .*ENOSPC/)])
  })
})

// skipped where script(1) of util-linux is missing: it makes the terminal
describe.skipIf(!hasTool('script'))('a terminal', () => {
  /** Runs a line in a pseudo-terminal of 80 columns. */
  const inTerminal = (line: string, env = {}) =>
    program.shell(`script -qfec 'stty cols 80 rows 24; ${line}' /dev/null`, env)

  it('of 80 columns gets colour', async () => {
    const { code, stdout } = await inTerminal(`countersign ${verify.join(' ')}`)
    expect(code).toBe(1)
    const text = stdout.toString().replaceAll('\r\n', '\n')
    expect(text).toContain(`${csi}31m✗`)
    expectGolden('terminal/verify', text)
    const plain = text
      .split(csi)
      .map((part, index) => (index === 0 ? part : part.replace(/^\d+m/, '')))
      .join('')
    for (const line of plain.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80)
  })

  it('gets no colour with NO_COLOR', async () => {
    const { stdout } = await inTerminal(`countersign ${verify.join(' ')}`, { NO_COLOR: '1' })
    expect(stdout.toString()).not.toContain(csi)
    expect(stdout.toString()).toContain('refused: the signature does not verify')
  })

  it('is not shown a private key, and not waited for', async () => {
    const { code, stdout } = await inTerminal('countersign keygen')
    expect([code, stdout.toString()]).toEqual([2, expect.stringContaining('pass --out FILE')])
    const waiting = await inTerminal('countersign verify -k test.jwk.pub')
    expect([waiting.code, waiting.stdout.toString()]).toEqual([2, expect.stringContaining('and nothing is piped into')])
  })
})
