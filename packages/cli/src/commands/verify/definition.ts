import type { CommandDefinition } from '../../command.ts'
import { withKeySetOptions } from '../../keys/options.ts'
import { repeated } from '../repeated.ts'

/** `countersign verify`. */
export const verify: CommandDefinition = {
  name: 'verify',
  summary: 'verify a signed request, step by step',
  description:
    'Reads a raw HTTP request, or an entry of a HAR file, and goes through the seven steps of a verifier with its default policy. The first step that fails is explained, with what was most likely done to the request. Exit code 1 when it is refused.',
  define: (command) =>
    withKeySetOptions(command.argument('[file]', 'the message; - is standard input', '-'))
      .option('--origin <url>', 'what the server calls itself (default: https and the Host)')
      .option('--entry <n>', 'which entry of a HAR file, from 0')
      .option('--at <time>', 'when it was received: Unix seconds, a date, or "created" (default: now)')
      .option('--max-age <seconds>', 'how old a signature may be', '60')
      .option('--future-skew <seconds>', 'how far in the future it may be', '10')
      .option('--require <identifier>', 'a component that must be covered too (repeatable)', repeated)
      .option('--tag <tag>', 'the tag that the signature must have')
      .option('--no-base', 'do not print the signature base')
      .option('--json', 'print the result as JSON'),
  examples: [
    ['countersign verify captured.http -k alice.jwk.pub', 'as the server would, now'],
    [
      'countersign verify session.har --entry 3 -k keys.jwks --at created',
      'a request of last week, with a set of keys',
    ],
  ],
  load: async () => (await import('./verify-request.ts')).verifyRequest,
}
