import type { CommandDefinition } from '../../command.ts'
import { withKeyOptions } from '../../keys/options.ts'

/** `countersign thumbprint`. */
export const thumbprint: CommandDefinition = {
  name: 'thumbprint',
  summary: 'print the thumbprint of a key (RFC 7638)',
  description:
    'Prints the JWK thumbprint with SHA-256 (RFC 7638), in base64url: a name for a public key that anybody can compute from it. A secret has none.',
  define: (command) => withKeyOptions(command).option('--json', 'print it as JSON, with the name of its hash'),
  examples: [['countersign thumbprint --key alice.jwk.pub', 'the default keyid of the key']],
  load: async () => (await import('./print-thumbprint.ts')).printThumbprint,
}
