import type { Command } from 'commander'
import { repeated } from './repeated.ts'

/** Adds the options by which a command finds a message, beside its file. */
export function withMessageOptions(command: Command): Command {
  return command
    .option('--entry <n>', 'which entry of a HAR file, from 0')
    .option('--request <file>', 'the signed request that a response answers, as it was sent')
    .option('--response', 'of a HAR entry, the response and not the request')
}

/** Adds the options that say when a message was received. */
export function withReceivingTime(command: Command): Command {
  return command.option('--at <time>', 'when it was received: Unix seconds, a date, or "created" (default: now)')
}

/** Adds the options that say what a signature covers, and what it says. */
export function withSigningOptions(command: Command): Command {
  return command
    .option(
      '--component <identifier>',
      'cover this too: x-tenant, @scheme, \'"@query-param";name="to"\' (repeatable)',
      repeated,
    )
    .option('--tag <tag>', 'the tag parameter')
    .option('--digest <algorithm>', 'of Content-Digest: sha-256 or sha-512', 'sha-256')
    .option('--expires <seconds>', 'from created to expires; 0 leaves it out', '60')
}
