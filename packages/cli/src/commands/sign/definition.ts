import type { CommandDefinition } from '../../command.ts'
import { withKeyOptions } from '../../keys/options.ts'
import { repeated } from '../repeated.ts'

/** `countersign sign`. */
export const sign: CommandDefinition = {
  name: 'sign',
  summary: 'sign an HTTP message from a file',
  description:
    'Reads a raw HTTP request or response, or an entry of a HAR file, and prints it with Content-Digest and a signature. Nothing else of it changes.',
  define: (command) =>
    withKeyOptions(command.argument('[file]', 'the message; - is standard input', '-'))
      .option('--origin <url>', 'where the request goes (default: https and its Host)')
      .option('--entry <n>', 'which entry of a HAR file, from 0')
      .option('--component <identifier>', 'cover this too: "@scheme", x-tenant (repeatable)', repeated)
      .option('--only', 'cover nothing but what --component says')
      .option('--label <label>', 'names the signature within the message', 'sig1')
      .option('--tag <tag>', 'the tag parameter')
      .option('--digest <algorithm>', 'of Content-Digest: sha-256 or sha-512', 'sha-256')
      .option('--expires <seconds>', 'from created to expires; 0 leaves it out', '60')
      .option('--base', 'print the signature base on standard error')
      .option('--json', 'print the fields and the signature base as JSON'),
  examples: [
    ['countersign sign transfer.http -k alice.jwk > signed.http', 'a file with "POST /transfers HTTP/1.1 …"'],
    ['countersign sign session.har --entry 3 -k alice.jwk --base', 'a request that a browser saved'],
  ],
  load: async () => (await import('./sign-message.ts')).signMessage,
}
