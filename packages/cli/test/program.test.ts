import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { commands } from '../src/commands/all-commands.ts'
import { exitCodes } from '../src/exit-codes.ts'
import { expectGolden } from './golden.ts'
import { countersign } from './made-world.ts'

const names = commands.map(({ name }) => name)

describe('--help', () => {
  it('of the program', async () => {
    const { code, stdout, stderr } = await countersign(['--help'])
    expect([code, stderr]).toEqual([0, ''])
    expectGolden('help/countersign', stdout)
    for (const exitCode of Object.values(exitCodes)) expect(stdout).toMatch(new RegExp(`^ {2}${exitCode} `, 'm'))
  })

  it.each(names)('of %s', async (name) => {
    const { code, stdout, stderr } = await countersign([name, '--help'])
    expect([code, stderr]).toEqual([0, ''])
    expectGolden(`help/${name}`, stdout)
    expect(stdout).toMatch(new RegExp(`^Examples:\n {2}\\$ countersign ${name} `, 'm'))
    expect((await countersign(['help', name])).stdout).toBe(stdout)
  })

  it('fits into 80 columns, and is not coloured on a terminal', async () => {
    for (const args of [[], ...names.map((name) => [name])]) {
      const { stdout } = await countersign([...args, '--help'], { terminal: true })
      expect(stdout).not.toContain('\u001b')
      for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80)
    }
  })

  it('has examples that its own parser takes', async () => {
    for (const { name, examples } of commands) {
      for (const [line] of examples) {
        const [program, ...args] = (line.replace(/ > \S+$/, '').match(/'[^']*'|"[^"]*"|\S+/g) ?? []).map((word) =>
          word.replace(/^(['"])(.*)\1$/, '$2'),
        )
        expect([program, args[0]]).toEqual(['countersign', name])
        // keygen would write its files here.
        if (name === 'keygen') continue
        const { stderr } = await countersign(args)
        expect(stderr, line).not.toMatch(/unknown option|missing required|too many/)
      }
    }
  })
})

describe('arguments that are wrong', () => {
  it.each([
    [[], 'Usage: countersign'],
    [['verfiy'], 'Did you mean verify?'],
    [['help', 'verfiy'], 'Did you mean verify?'],
    [['request', 'GET'], "missing required argument 'url'"],
    [['request', 'GET', 'https://a.example', '--dryrun'], 'Did you mean --dry-run?'],
    [['keygen', '-a', 'rsa'], 'Allowed choices are hmac-sha256'],
    [['keygen', 'alice'], 'too many arguments'],
    [['verify', '--at'], 'argument missing'],
  ])('%j', async (args, hint) => {
    const { code, stdout, stderr } = await countersign(args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(hint)
    if (args.length === 0) return
    expect(stderr).toMatch(/^countersign: .*\n[\s\S]*\(countersign .*--help says more\)\n$/)
    const onTerminal = await countersign(args, { terminal: true })
    const inLines = onTerminal.stderr.replace('\u001b[31mcountersign:\u001b[0m', 'countersign:')
    expect(inLines.replaceAll('\n', ' ')).toBe(stderr.replaceAll('\n', ' '))
    for (const line of inLines.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80)
  })
})

it('what an argument says cannot move the cursor', async () => {
  const { stderr } = await countersign(['\u001b[2J'], { terminal: true, env: { NO_COLOR: '1' } })
  expect(stderr).toContain("unknown command '\\x1b[2J'")
})

it('examples of --help keep an option and its value on one line', async () => {
  for (const name of names) {
    const { stdout } = await countersign([name, '--help'])
    expect(stdout, name).not.toMatch(/ -\w \\$/m)
  }
})

it('--version prints that of the package', async () => {
  const { stdout } = await countersign(['--version'])
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\S*\n$/)
})

it('starts with nothing but the parser of arguments: the rest is loaded by the command that needs it', async () => {
  const entry = new URL('../src/countersign.ts', import.meta.url).pathname
  const { metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    outdir: 'unwritten',
    write: false,
    metafile: true,
    packages: 'external',
  })
  const outputs = Object.entries(metafile.outputs)
  const start = outputs.find(([, { entryPoint }]) => entryPoint?.endsWith('src/countersign.ts'))?.[0] ?? ''
  const loaded = new Set<string>()
  const visit = (path: string): void => {
    for (const { path: next, kind, external } of metafile.outputs[path]?.imports ?? []) {
      if (kind !== 'import-statement' || loaded.has(next)) continue
      loaded.add(next)
      if (!external) visit(next)
    }
  }
  visit(start)
  const packages = [...loaded].filter((path) => !path.startsWith('node:') && !path.includes('/'))
  expect(packages).toEqual(['commander'])
  expect([...loaded].filter((path) => path.startsWith('@'))).toEqual([])
  // What was looked at is the program, and not an empty file.
  expect(outputs.length).toBeGreaterThan(names.length)
})
