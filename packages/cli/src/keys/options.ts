import type { Command } from 'commander'
import { algorithmNames } from './algorithm-names.ts'
import { keyVariable } from './key-text.ts'

/** Adds the options by which a command takes a key. */
export function withKeyOptions(command: Command): Command {
  return addKeyOptions(command, 'the key: a JWK, a PEM, or an HMAC secret in base64')
}

/** The same for a command that verifies, and may be given several keys. */
export function withKeySetOptions(command: Command): Command {
  return addKeyOptions(
    command,
    'the key: a JWK, a PEM, an HMAC secret in base64, or a JWK Set, whose nbf, exp and revoked count',
  )
}

function addKeyOptions(command: Command, what: string): Command {
  return command
    .option('-k, --key <file>', `${what}; - is standard input; without it, the variable ${keyVariable}`)
    .option('--key-id <name>', 'the keyid. By default the kid of a JWK, or the thumbprint of a public key')
    .option('--algorithm <name>', `for keys that do not tell: ${algorithmNames.join(', ')}`)
}
