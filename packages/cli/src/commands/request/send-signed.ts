import type { RunCommand } from '../../command.ts'
import { type ExitCode, exitCodes } from '../../exit-codes.ts'
import { usageFailure } from '../../failure.ts'
import { curlCommand } from '../../messages/curl-text.ts'
import { type RawMessage, rawMessageBytes } from '../../messages/raw-message.ts'
import { wholeSeconds } from '../../messages/signing-options.ts'
import { type SentResponse, sendRequest } from '../../sending/send-request.ts'
import { shownFields, withoutCredentials } from '../../terminal/credentials.ts'
import { painter, printable } from '../../terminal/paint.ts'
import type { World } from '../../world.ts'
import { shownMessage } from '../shown-message.ts'
import { type PrintOptions, printResponse, wholeBody } from './printed-response.ts'
import { saveBody } from './saved-body.ts'
import { type PreparedRequest, type SigningOptions, signedRequest } from './signed-request.ts'

/** What `request` can be told. */
export interface RequestOptions extends SigningOptions, PrintOptions {
  readonly timeout: string
  readonly saveRequest?: string
  readonly fail?: boolean
  readonly dryRun?: boolean
  readonly curl?: boolean
  readonly json?: boolean
}

/** Signs a request, and sends or shows it. */
export const sendSigned: RunCommand<RequestOptions> = async ({
  arguments: [method = '', url = ''],
  options,
  world,
}) => {
  const timeoutSeconds = wholeSeconds('--timeout', options.timeout)
  checkOptions(options)
  const prepared = await signedRequest([method, url], options, world)
  if (options.curl) return showCurl(prepared, world)
  if (options.dryRun) return show(prepared, options, world)
  // Its credentials are for nobody else.
  if (options.saveRequest !== undefined) await saveBody(options.saveRequest, [rawMessageBytes(prepared.wire)], 0o600)
  const sentAt = world.clock()
  const response = await sendRequest(new URL(prepared.url).origin, prepared.wire, {
    signal: world.signal,
    timeoutSeconds,
  })
  if (options.json) await printJson({ prepared, response, sentAt }, options, world)
  else await printResponse(response, options, world)
  return options.fail && response.status >= 400 ? exitCodes.no : exitCodes.done
}

function checkOptions({ output, saveRequest, json, dryRun, curl }: RequestOptions): void {
  if (output === '' || saveRequest === '') throw usageFailure('the name of a file is empty: the output')
  if (json && output === '-') throw usageFailure('--json goes to standard output: leave out -o -')
  if (dryRun && curl) throw usageFailure('--dry-run and --curl both show the request: take one of them')
}

function showCurl({ url, wire, secretFiles }: PreparedRequest, world: World): ExitCode {
  world.stdout.write(`${curlCommand(url, wire, secretFiles)}\n`)
  world.stderr.write('A server lets this signature in once, and for a minute.\n')
  return exitCodes.done
}

function show(prepared: PreparedRequest, options: RequestOptions, world: World): ExitCode {
  if (options.json) {
    world.stdout.write(`${JSON.stringify(described(prepared), null, 2)}\n`)
    return exitCodes.done
  }
  const paint = painter(world.stdout, world.env)
  const title = (text: string) => paint('bold', `# ${text}`)
  const lines = [
    title('The request on the wire'),
    shownMessage(prepared.wire, paint).trimEnd(),
    '',
    title('The signature base: what is signed'),
    printable(withoutCredentials(prepared.base)),
    '',
  ]
  world.stdout.write(lines.join('\n'))
  return exitCodes.done
}

async function printJson(
  { prepared, response, sentAt }: { prepared: PreparedRequest; response: SentResponse; sentAt: number },
  { output }: RequestOptions,
  world: World,
): Promise<void> {
  const body = await wholeBody(response.body)
  if (output !== undefined) await saveBody(output, [body])
  const { status, headers } = response
  const answer = { status, milliseconds: world.clock() - sentAt, ...contentOf({ headers, body }) }
  world.stdout.write(`${JSON.stringify({ ...described(prepared), response: answer }, null, 2)}\n`)
}

function described({ url, wire, base }: PreparedRequest): object {
  return { request: { method: wire.method, url, ...contentOf(wire) }, signatureBase: withoutCredentials(base) }
}

/** Credentials are for a file: --save-request. */
function contentOf({ headers, body }: Pick<RawMessage, 'headers' | 'body'>): object {
  return { headers: shownFields(headers), body: Buffer.from(body).toString('base64') }
}
