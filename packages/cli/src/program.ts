import { Command, CommanderError } from 'commander'
import type { CommandDefinition, RunCommand } from './command.ts'
import { commands } from './commands/all-commands.ts'
import { type ExitCode, exitCodeHelp, exitCodes } from './exit-codes.ts'
import { exitCodeOf, reasonOf } from './failure.ts'
import { refuseSecretArguments, withoutSecrets } from './keys/secret-argument.ts'
import { notice } from './terminal/notice.ts'
import { readingColumns, wrap } from './terminal/wrap.ts'
import { packageVersion } from './version.ts'
import { usualColumns, type World } from './world.ts'

const intro = `Signs HTTP requests (RFC 9421), explains refusals, and probes APIs for replays.

Keys are files, standard input (-) or the variable COUNTERSIGN_KEY: never an
argument, which everybody on the machine can read.`

const variableHelp = `Variables:
  COUNTERSIGN_KEY        a key, where no --key is given
  NO_COLOR, FORCE_COLOR  colour never, or always; else on a terminal alone
  NODE_EXTRA_CA_CERTS    a file of certificates that are trusted too`

/**
 * Runs the program.
 *
 * @param args the arguments after the program's name.
 * @returns the exit code; it does not throw.
 */
export async function run(args: readonly string[], world: World): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.done
  const program = programOf(world, (code) => {
    exitCode = code
  })
  try {
    refuseSecretArguments(args)
    await program.parseAsync(withKnownTopic(args), { from: 'user' })
    return exitCode
  } catch (error) {
    if (world.signal.aborted) return exitCodes.interrupted
    return report(error, world)
  }
}

/** The help of a command that does not exist is a mistake like the command itself: commander would print all help. */
function withKnownTopic(args: readonly string[]): readonly string[] {
  const [first, topic] = args
  return first === 'help' && topic !== undefined && !commands.some(({ name }) => name === topic) ? args.slice(1) : args
}

function programOf(world: World, ended: (code: ExitCode) => void): Command {
  const program = new Command('countersign')
    .description(intro)
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this text')
    .helpCommand('help [command]', 'print the help of a command')
    .configureHelp({ helpWidth: readingColumns(world.stdout) })
    .configureOutput({
      writeOut: (text) => world.stdout.write(text),
      writeErr: (text) => world.stderr.write(text),
      getOutHelpWidth: () => readingColumns(world.stdout),
      getErrHelpWidth: () => readingColumns(world.stderr),
      // The arguments decide, not the terminal: help is never coloured.
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      outputError: (text) => notice('countersign', withoutSecrets(text.replace(/^error: /, '').trimEnd()), world),
    })
    .exitOverride()
    .addHelpText('after', `\n${exitCodeHelp}\n\n${variableHelp}`)
    .showHelpAfterError('(countersign --help says more)')
    .showSuggestionAfterError()
  for (const definition of commands) addCommand(program, definition, { world, ended })
  return program
}

function addCommand(
  program: Command,
  definition: CommandDefinition,
  { world, ended }: { readonly world: World; readonly ended: (code: ExitCode) => void },
): void {
  const { name, summary, description, examples } = definition
  definition
    .define(program.command(name))
    .summary(summary)
    .description(description ?? summary)
    .helpOption('-h, --help', 'print this text')
    .addHelpText('after', `\nExamples:\n${exampleLines(examples)}`)
    .showHelpAfterError(`(countersign ${name} --help says more)`)
    .action(async (...invoked: unknown[]) => {
      const command = invoked.at(-1) as Command
      const runCommand = (await definition.load()) as RunCommand<Record<string, unknown>>
      ended(await runCommand({ arguments: command.args, options: command.opts(), world }))
    })
}

/** What to type, in lines that can be copied: a shell joins those that end with a backslash. */
function exampleLines(examples: CommandDefinition['examples']): string {
  return examples.map(([line, does]) => `  $ ${exampleLine(line)}\n      ${does}`).join('\n')
}

/** An option and its value stay on one line. */
function exampleLine(line: string): string {
  const words = line.replace(/ (-\S+) (?=[^-])/g, ' $1\u00a0')
  const lines = wrap(words, usualColumns - ' \\'.length, '      ')
  return lines.replaceAll('\u00a0', ' ').replaceAll('\n', ' \\\n')
}

/** Says what went wrong, and gives the exit code of it. */
function report(error: unknown, world: World): ExitCode {
  if (error instanceof CommanderError) {
    // Help and version were written already, and so was the mistake.
    return error.exitCode === 0 ? exitCodes.done : exitCodes.usage
  }
  notice('countersign', withoutSecrets(reasonOf(error)), world)
  return exitCodeOf(error)
}
