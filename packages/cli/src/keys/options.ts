import type { Command } from 'commander'
import { algorithmNames } from './algorithms.ts'
import { keyVariable } from './key-text.ts'

/** Adds the options by which a command takes a key. */
export function withKeyOptions(command: Command): Command {
  return command
    .option(
      '-k, --key <file>',
      `the key: a JWK, a PEM, or an HMAC secret in base64; - is standard input; without it, the variable ${keyVariable}`,
    )
    .option('--key-id <name>', 'the keyid. By default the kid of a JWK, or the thumbprint of a public key')
    .option('--algorithm <name>', `for keys that do not tell: ${algorithmNames.join(', ')}`)
}
