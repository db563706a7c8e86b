import type { CommandDefinition } from '../../command.ts'
import { withKeySetOptions } from '../../keys/options.ts'

/** `countersign explain`. */
export const explain: CommandDefinition = {
  name: 'explain',
  summary: 'find out why a signed request was refused',
  description:
    'Reads a request as the server received it (or, with --answer, as the client sent it), compares it with what the other side signed or saw, and names what differs, why that is likely, and its cure. With a key it tries out what proxies and frameworks do, until the signature verifies. Exit code 1 when a difference was found.',
  define: (command) =>
    withKeySetOptions(command.argument('[file]', 'the request; - is standard input', '-'))
      .option('--origin <url>', 'what this side calls the server (default: https and the Host)')
      .option('--entry <n>', 'which entry of a HAR file, from 0')
      .option('--signed <file>', 'the signature base of the other side, as text')
      .option('--answer <file>', 'the refusal of a server that explains: its response, or the JSON of it')
      .option('--at <time>', 'when it was received: Unix seconds, a date, or "created" (default: now)')
      .option('--json', 'print the result as JSON'),
  examples: [
    ['countersign explain received.http --signed base.txt', 'which component differs, with both values'],
    ['countersign explain sent.http --answer refusal.json', 'the same by the line hashes of a server that explains'],
    ['countersign explain received.http -k alice.jwk.pub', 'what a proxy did to it, proven by the signature'],
  ],
  load: async () => (await import('./explain-request.ts')).explainRequest,
}
