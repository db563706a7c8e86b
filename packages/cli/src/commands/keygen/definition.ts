import { Option } from 'commander'
import type { CommandDefinition } from '../../command.ts'
import { algorithmNames } from '../../keys/algorithm-names.ts'

/** `countersign keygen`. */
export const keygen: CommandDefinition = {
  name: 'keygen',
  summary: 'make a key',
  description:
    'Makes a key. The private key or secret goes to a file of mode 0600, or to standard output where that is not a terminal; the public key of a pair beside it.',
  define: (command) =>
    command
      .addOption(new Option('-a, --algorithm <name>', 'what the key is for').choices(algorithmNames).default('ed25519'))
      .option('--key-id <name>', 'the keyid. By default the thumbprint of the public key, or a random name')
      .addOption(new Option('--format <format>', 'a secret has no PEM').choices(['jwk', 'pem']).default('jwk'))
      .option('-o, --out <file>', 'where the private key or secret goes')
      .option('--public-out <file>', 'where the public key goes (default: FILE.pub)')
      .option('--force', 'write over files that exist')
      .option('--json', 'print keyid and files as JSON'),
  examples: [
    ['countersign keygen -o alice.jwk', 'an Ed25519 key: alice.jwk, and alice.jwk.pub for the server'],
    ['countersign keygen -a hmac-sha256 --key-id alice -o alice.jwk', 'a secret that both sides share'],
    ['countersign keygen -a ecdsa-p256-sha256 --format pem -o alice.pem', 'as PKCS#8 and SPKI'],
  ],
  load: async () => (await import('./make-key.ts')).makeKey,
}
