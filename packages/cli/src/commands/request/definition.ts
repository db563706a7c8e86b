import type { CommandDefinition } from '../../command.ts'
import { withKeyOptions } from '../../keys/options.ts'
import { repeated } from '../repeated.ts'

/** `countersign request`. */
export const request: CommandDefinition = {
  name: 'request',
  summary: 'sign a request and send it, like curl',
  description:
    'Signs a request by the default profile, sends it once, and prints the body of the response. Redirects are not followed: a signature is for one host.',
  define: (command) =>
    withKeyOptions(command.argument('<method>', 'GET, POST, …').argument('<url>', 'absolute, http or https'))
      .option(
        '-d, --data <data>',
        'the body: text, @file, or @- for standard input (repeatable, joined with &)',
        repeated,
      )
      .option('-F, --form <name=value>', 'a form field: name=text, or name=@file;type=… (repeatable)', repeated)
      .option('-H, --header <line>', '"Name: value", or @file with such lines (repeatable)', repeated)
      .option('-o, --output <file>', 'write the body of the response into a file')
      .option('--save-request <file>', 'write the signed request into a file, for verify and explain')
      .option('-i, --include', 'print the head of the response too')
      .option('--component <identifier>', 'cover this too, as in RFC 9421: "@scheme", x-tenant (repeatable)', repeated)
      .option('--tag <tag>', 'the tag parameter')
      .option('--digest <algorithm>', 'of Content-Digest: sha-256 or sha-512', 'sha-256')
      .option('--expires <seconds>', 'from created to expires; 0 leaves it out', '60')
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
