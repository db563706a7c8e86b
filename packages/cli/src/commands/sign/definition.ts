import type { CommandDefinition } from '../../command.ts'
import { withKeyOptions } from '../../keys/options.ts'
import { withMessageOptions, withSigningOptions } from '../options.ts'

/** `countersign sign`. */
export const sign: CommandDefinition = {
  name: 'sign',
  summary: 'sign an HTTP message from a file',
  description:
    'Reads a raw HTTP request or response, or an entry of a HAR file, and prints it with Content-Digest and a signature. Nothing else of it changes. With --request, the signature of a response says which request it answers.',
  define: (command) =>
    withSigningOptions(
      withMessageOptions(withKeyOptions(command.argument('[file]', 'the message; - is standard input', '-'))),
    )
      .option('--origin <url>', 'where the request goes (default: https and its Host)')
      .option('--only', 'cover nothing but what --component says')
      .option('--label <label>', 'names the signature within the message', 'sig1')
      .option('--base', 'print the signature base on standard error')
      .option('--json', 'print the fields and the signature base as JSON'),
  examples: [
    ['countersign sign transfer.http -k alice.jwk > signed.http', 'a file with "POST /transfers HTTP/1.1 …"'],
    ['countersign sign answer.http --request signed.http -k bank.jwk', 'the answer to that request, and to no other'],
    ['countersign sign session.har --entry 3 -k alice.jwk --base', 'a request that a browser saved'],
  ],
  load: async () => (await import('./sign-message.ts')).signMessage,
}
