import type { CommandDefinition } from '../../command.ts'
import { withKeySetOptions } from '../../keys/options.ts'
import { withMessageOptions, withReceivingTime } from '../options.ts'
import { repeated } from '../repeated.ts'

/** `countersign verify`. */
export const verify: CommandDefinition = {
  name: 'verify',
  summary: 'verify a signed message, step by step',
  description:
    'Reads a raw HTTP message, or an entry of a HAR file, and goes through the seven steps of a verifier with its default policy. The first step that fails is explained, with what was most likely done to the message. A response is verified as the answer to the request of --request. Exit code 1 when it is refused.',
  define: (command) =>
    withReceivingTime(
      withMessageOptions(withKeySetOptions(command.argument('[file]', 'the message; - is standard input', '-'))),
    )
      .option('--origin <url>', 'what the server calls itself (default: https and the Host)')
      .option('--max-age <seconds>', 'how old a signature may be (default: 60; of a response 300)')
      .option('--future-skew <seconds>', 'how far in the future it may be (default: 10; of a response 300)')
      .option('--require <identifier>', 'a component that must be covered too (repeatable)', repeated)
      .option('--tag <tag>', 'the tag that the signature must have')
      .option('--allow-shared-key', 'a response may be signed with the key of its request: a secret of both sides')
      .option('--no-base', 'do not print the signature base')
      .option('--json', 'print the result as JSON'),
  examples: [
    ['countersign verify captured.http -k alice.jwk.pub', 'as the server would, now'],
    [
      'countersign verify session.har --entry 3 -k keys.jwks --at created',
      'a request of last week, with a set of keys',
    ],
    ['countersign verify answer.http --request sent.http -k bank.jwk.pub', 'a signed response, as the client would'],
  ],
  load: async () => (await import('./verify-message.ts')).verifyMessage,
}
