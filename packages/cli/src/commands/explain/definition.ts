import type { CommandDefinition } from '../../command.ts'
import { withKeySetOptions } from '../../keys/options.ts'
import { withMessageOptions, withReceivingTime } from '../options.ts'

/** `countersign explain`. */
export const explain: CommandDefinition = {
  name: 'explain',
  summary: 'find out why a signed message was refused',
  description:
    'Reads a message as it was received (or, with --answer, as it was sent), compares it with what the other side signed or saw, and names what differs, why that is likely, and its cure. With a key it tries out what proxies and frameworks do to a request, until the signature verifies. Exit code 1 when a difference was found.',
  define: (command) =>
    withReceivingTime(
      withMessageOptions(withKeySetOptions(command.argument('[file]', 'the message; - is standard input', '-'))),
    )
      .option('--origin <url>', 'what this side calls the server (default: https and the Host)')
      .option('--signed <file>', 'what the other side signed: the message as sent, or its signature base as text')
      .option('--answer <file>', 'the refusal of a server that explains: its response, or the JSON of it')
      .option('--json', 'print the result as JSON'),
  examples: [
    ['countersign explain received.http --signed sent.http', 'which component differs, with both values'],
    ['countersign explain sent.http --answer refusal.json', 'the same by the line hashes of a server that explains'],
    ['countersign explain received.http -k alice.jwk.pub', 'what a proxy did to it, proven by the signature'],
  ],
  load: async () => (await import('./explain-message.ts')).explainMessage,
}
