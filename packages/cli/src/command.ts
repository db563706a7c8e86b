import type { Command } from 'commander'
import type { ExitCode } from './exit-codes.ts'
import type { World } from './world.ts'

/** What a command was called with. */
export interface Invocation<Options> {
  /** The arguments in their order. */
  readonly arguments: readonly string[]
  readonly options: Options
  readonly world: World
}

/** Does what a command is for. */
export type RunCommand<Options> = (invocation: Invocation<Options>) => Promise<ExitCode>

/**
 * A command, as far as `--help` needs it. What it takes to run is behind `load`, so that help and mistakes are
 * answered at once.
 */
export interface CommandDefinition {
  readonly name: string
  /** One line. */
  readonly summary: string
  /** What `--help` says beside the options. */
  readonly description?: string
  /** Adds the arguments and options. */
  readonly define: (command: Command) => Command
  /** What to type, and what it does. */
  readonly examples: readonly (readonly [string, string])[]
  // Each command knows its own options; commander checks them.
  readonly load: () => Promise<RunCommand<never>>
}
