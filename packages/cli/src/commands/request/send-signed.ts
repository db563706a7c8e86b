import { writeFile } from 'node:fs/promises'
import type { RunCommand } from '../../command.ts'
import { type ExitCode, exitCodes } from '../../exit-codes.ts'
import { failureOf, usageFailure } from '../../failure.ts'
import { curlCommand } from '../../messages/curl-text.ts'
import { fieldValues, type RawMessage, type RawResponse, rawMessageBytes } from '../../messages/raw-message.ts'
import { shownMessage } from '../../messages/shown-message.ts'
import { wholeSeconds } from '../../messages/signing-options.ts'
import { type SentResponse, sendRequest } from '../../sending/send-request.ts'
import { painter, printable } from '../../terminal/paint.ts'
import type { World } from '../../world.ts'
import { type PreparedRequest, type SigningOptions, signedRequest } from './signed-request.ts'

/** What `request` can be told. */
export interface RequestOptions extends SigningOptions {
  readonly output?: string
  readonly include?: boolean
  readonly timeout: string
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
  if (options.dryRun && options.curl) throw usageFailure('--dry-run and --curl both show the request: take one of them')
  const prepared = await signedRequest([method, url], options, world)
  if (options.curl) {
    world.stdout.write(`${curlCommand(prepared.url, prepared.wire)}\n`)
    world.stderr.write('A server lets this signature in once, and for a minute.\n')
    return exitCodes.done
  }
  if (options.dryRun) return show(prepared, options, world)
  const response = await sendRequest(new URL(prepared.url).origin, prepared.wire, {
    signal: world.signal,
    timeoutSeconds,
  })
  await print(prepared, response, { options, world })
  return options.fail && response.status >= 400 ? exitCodes.no : exitCodes.done
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
    shownMessage(prepared.wire, paint),
    '',
    title('The signature base: what is signed'),
    printable(prepared.base),
    '',
  ]
  world.stdout.write(lines.join('\n'))
  return exitCodes.done
}

async function print(
  prepared: PreparedRequest,
  response: SentResponse,
  { options, world }: { readonly options: RequestOptions; readonly world: World },
): Promise<void> {
  if (options.output !== undefined) await save(options.output, response.body)
  if (options.json) {
    const answer = { status: response.status, milliseconds: Math.round(response.milliseconds), ...contentOf(response) }
    world.stdout.write(`${JSON.stringify({ ...described(prepared), response: answer }, null, 2)}\n`)
    return
  }
  const { stdout, stderr, env } = world
  if (options.include) {
    const head: RawMessage = { ...response, body: new Uint8Array() }
    stdout.write(stdout.isTerminal ? `${shownMessage(head, painter(stdout, env))}\n` : rawMessageBytes(head))
  }
  if (options.output === undefined) writeBody(response.body, world)
  if (response.status >= 400) stderr.write(`${refusalLine(response)}\n`)
}

/** A terminal gets text, and nothing that moves its cursor; everything else gets the bytes. */
function writeBody(body: Uint8Array, { stdout, stderr }: World): void {
  if (!stdout.isTerminal) {
    stdout.write(body)
    return
  }
  const text = Buffer.from(body).toString('utf8')
  if (text.includes('\ufffd') || text.includes('\0')) {
    stderr.write(`The response has ${body.length} bytes that are no text: pass --output FILE\n`)
  } else if (text !== '') {
    stdout.write(text.endsWith('\n') ? printable(text) : `${printable(text)}\n`)
  }
}

async function save(path: string, body: Uint8Array): Promise<void> {
  try {
    await writeFile(path, body)
  } catch (error) {
    throw failureOf(`${path} cannot be written`, error)
  }
}

/** What a refusal says, in a line: problem details (RFC 9457) where there are any. */
function refusalLine({ status, reason, headers, body }: RawResponse): string {
  const start = `countersign: the server answered ${status} ${printable(reason)}`.trimEnd()
  if (!fieldValues(headers, 'content-type')[0]?.startsWith('application/problem+json')) return start
  try {
    const { title, detail } = JSON.parse(Buffer.from(body).toString('utf8')) as { title?: unknown; detail?: unknown }
    return [start, title, detail]
      .filter((part) => typeof part === 'string')
      .map(printable)
      .join(': ')
  } catch {
    return start
  }
}

function described({ url, wire, base }: PreparedRequest): object {
  return { request: { method: wire.method, url, ...contentOf(wire) }, signatureBase: base }
}

function contentOf({ headers, body }: RawMessage): object {
  return { headers, body: Buffer.from(body).toString('base64') }
}
