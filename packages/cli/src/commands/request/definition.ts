import type { Command } from 'commander'
import type { CommandDefinition } from '../../command.ts'
import { withKeyOptions } from '../../keys/options.ts'
import { withSigningOptions } from '../options.ts'
import { repeated } from '../repeated.ts'

/** `countersign request`. */
export const request: CommandDefinition = {
  name: 'request',
  summary: 'sign a request and send it, like curl',
  description:
    'Signs a request by the default profile, sends it once, and prints the body of the response. Redirects are not followed: a signature is for one host.',
  define: (command) =>
    withSigningOptions(
      withContent(
        withKeyOptions(command.argument('<method>', 'GET, POST, …').argument('<url>', 'absolute, http or https')),
      ),
    )
      .option('--timeout <seconds>', 'for which nothing may arrive', '30')
      .option('--fail', 'exit with 1 when the status is 400 or more')
      .option('--dry-run', 'send nothing: print the wire and the signature base')
      .option('--curl', 'send nothing: print a curl command for the signed request')
      .option('--json', 'print request, signature base and response as JSON'),
  examples: [
    ['countersign request POST https://bank.example/pay -k alice.jwk -d @pay.json', 'signs a payment and sends it'],
    ['countersign request GET https://bank.example/balance -k alice.jwk --dry-run', 'what would be sent, and signed'],
    ['countersign request PUT https://bank.example/me -k alice.jwk -F face=@me.jpg', 'a form with a file'],
  ],
  load: async () => (await import('./send-signed.ts')).sendSigned,
}

/** What curl calls by the same letters. */
function withContent(command: Command): Command {
  return command
    .option(
      '-d, --data <data>',
      'the body: text, @file, or @- for standard input (repeatable, joined with &)',
      repeated,
    )
    .option('-F, --form <name=value>', 'a form field: name=text, or name=@file;type=… (repeatable)', repeated)
    .option(
      '-H, --header <line>',
      '"Name: value", or @file with such lines, where secrets belong; @- is standard input (repeatable)',
      repeated,
    )
    .option('-o, --output <file>', 'write the body of the response into a file; - is standard output')
    .option('--save-request <file>', 'write the signed request into a file, for verify and explain')
    .option('-i, --include', 'print the head of the response too')
}
