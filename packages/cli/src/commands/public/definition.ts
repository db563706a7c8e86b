import { Option } from 'commander'
import type { CommandDefinition } from '../../command.ts'
import { withKeyOptions } from '../../keys/options.ts'

/** `countersign public`. */
export const publicKey: CommandDefinition = {
  name: 'public',
  summary: 'print the public key of a private key',
  description:
    'Prints the public half of a key pair, which is what a server is given. An HMAC secret has none: both sides share it.',
  define: (command) =>
    withKeyOptions(command)
      .addOption(new Option('--format <format>', 'how it is printed').choices(['jwk', 'pem']).default('jwk'))
      .option('--json', 'print it in both forms as JSON, with its keyid and algorithm'),
  examples: [
    ['countersign public --key alice.jwk', 'what a server is given'],
    ['countersign public --key alice.jwk --format pem > alice.pub.pem', 'as SPKI'],
  ],
  load: async () => (await import('./print-public-key.ts')).printPublicKey,
}
