import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { commands } from '../../src/commands/all-commands.ts'
import { exitCodes } from '../../src/exit-codes.ts'
import { type Bank, startBank } from '../bank.ts'
import { builtProgram } from '../spawned/built-program.ts'
import { lasting, readPage, type ShownCommand } from './console-page.ts'

describe.each(['docs/command-line.md', 'packages/cli/README.md'])('%s', (path) => {
  const program = builtProgram()
  const page = readPage(path)
  const outputs: string[] = []
  let bank: Bank

  /** The bank of the page listens at port 3000, and knows the key that the page makes. */
  async function typed({ command, output }: ShownCommand): Promise<string> {
    const [, name = ''] = /^cat (\S+)$/.exec(command) ?? []
    // A file that the page shows, and nothing on it has made.
    if (name !== '' && !existsSync(program.file(name))) writeFileSync(program.file(name), output)
    if (bank === undefined && existsSync(program.file('alice.jwk.pub'))) {
      bank = await startBank(JSON.parse(readFileSync(program.file('alice.jwk.pub'), 'utf8')))
    }
    const port = bank === undefined ? '1' : new URL(bank.origin).port
    const line = command.replaceAll(':3000', `:${port}`).replaceAll('npx @countersign/cli', 'countersign')
    const ended = await program.shell(`{ ${line}\n} 2>&1`, { HOME: program.file('.') })
    return ended.stdout.toString('utf8')
  }

  beforeAll(async () => {
    // On a terminal curl says nothing of its progress.
    writeFileSync(program.file('.curlrc'), 'silent\n')
    // One after the other: each uses the files of those before it.
    for (const shown of page.commands) outputs.push(await typed(shown))
  })

  it.each(page.commands.map(({ command }, index) => [command, index] as const))('$ %s', (_command, index) => {
    expect(lasting(outputs[index] ?? '')).toBe(lasting(page.commands[index]?.output ?? ''))
  })

  it('has commands to type', () => {
    expect(page.commands.length).toBeGreaterThanOrEqual(5)
  })
})

describe('docs/command-line.md', () => {
  const { text } = readPage('docs/command-line.md')

  it.each(commands)('has a row for $name', ({ name }) => {
    expect(text).toMatch(new RegExp(`^\\| \`${name}\\b.*\` \\|`, 'm'))
  })

  it('has a row for each exit code', () => {
    const rows = [...text.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code))
    expect(rows).toEqual(Object.values(exitCodes))
  })
})
