import type { CommandDefinition } from '../../command.ts'
import { withKeyOptions } from '../../keys/options.ts'
import { repeated } from '../repeated.ts'

/** `countersign probe`. */
export const probe: CommandDefinition = {
  name: 'probe',
  summary: 'send a request again in every way, and say what was let in twice',
  description: `Sends a request to a live API, and then the same bytes again: at once, later, from elsewhere, altered. It says what was let in twice, or should have been refused. With a key it signs a fresh request before and after each case. Without one it sends what was captured: signed by RFC 9421, in a way of your own, or with nothing but an API key.

Only this machine is asked, unless --allow-host and a confirmation say otherwise. The effects of the request are real: probe a test system.

Exit code 1 when something was found, 0 when nothing was, 3 when the scan came to no result.`,
  define: (command) =>
    withKeyOptions(command.argument('[method]', 'GET, POST, …').argument('[url]', 'absolute, http or https'))
      .option('--no-key', 'sign nothing, whatever COUNTERSIGN_KEY holds')
      .option('--second-key <file>', 'another key that the server knows')
      .option('--har <file>', 'the request is an entry of a HAR file')
      .option('--entry <n>', 'which entry, from 0')
      .option('--curl <file>', 'the request is a curl command in a file; - is standard input')
      .option('-d, --data <data>', 'the body: text, @file, or @- (repeatable, joined with &)', repeated)
      .option('-H, --header <line>', '"Name: value", or @file with such lines (repeatable)', repeated)
      .option('--component <identifier>', 'cover this field or derived component too (repeatable)', repeated)
      .option('--tag <tag>', 'the tag that the server asks for')
      .option('--signature-header <name>', 'the field with a signature of your own')
      .option('--timestamp-header <name>', 'the field with its time')
      .option('--nonce-header <name>', 'the field with its nonce')
      .option('--count-url <url>', 'says how often the effect ran: the first number of the answer counts')
      .option('--also <url>', 'another node or service that must not take the same bytes (repeatable)', repeated)
      .option('--case <id>', 'play only this case (repeatable)', repeated)
      .option('--wait <seconds>', 'until "later"; 61 goes past a window of a minute, 0 leaves out what takes time', '2')
      .option('--allow-host <name>', 'ask another machine than this one (repeatable)', repeated)
      .option('--i-may-test <name>', 'confirms --allow-host without a question (repeatable)', repeated)
      .option('--max-requests <n>', 'at most so many in all', '1500')
      .option('--rate <n>', 'requests in a second (default: 500 here, 5 elsewhere)')
      .option('--timeout <seconds>', 'for one answer', '10')
      .option('--time-limit <seconds>', 'for the whole scan', '300')
      .option('--format <name>', 'what is printed: table, json, junit, sarif, html', 'table')
      .option('--json', 'the same as --format json')
      .option('--report <file>', 'write a report: .html .json .sarif .xml (JUnit) .txt (repeatable)', repeated),
  examples: [
    [
      'countersign probe POST http://127.0.0.1:8080/transfers -k alice.jwk -d \'{"amount":1}\' --count-url http://127.0.0.1:8080/count',
      'an API that checks RFC 9421, with a key that it knows',
    ],
    ['countersign probe --curl captured.txt --report scan.html', 'any API, with a request copied from a browser'],
    [
      'countersign probe --har session.har --entry 3 --allow-host staging.bank.example --rate 2',
      'another machine: it asks whether you may',
    ],
  ],
  load: async () => (await import('./run-probe.ts')).runProbe,
}
