import { failure } from '../../failure.ts'
import { fieldValues, type RawMessage, type RawResponse, rawMessageBytes } from '../../messages/raw-message.ts'
import type { SentResponse } from '../../sending/send-request.ts'
import { notice } from '../../terminal/notice.ts'
import { painter, printable } from '../../terminal/paint.ts'
import { progressOn } from '../../terminal/progress.ts'
import type { World } from '../../world.ts'
import { shownMessage } from '../shown-message.ts'
import { saveBody } from './saved-body.ts'

/** Bytes of a body that are held in memory, to be shown: 16 MiB. More goes to a file or a pipe as it arrives. */
const maxShownBytes = 16_777_216

/** Bytes of a refusal that are read for its reason. */
const maxProblemBytes = 65_536

/** Where a response goes. */
export interface PrintOptions {
  readonly output?: string
  readonly include?: boolean
}

/** Prints a response, or saves its body; a refusal is told in a line of standard error too. */
export async function printResponse(response: SentResponse, options: PrintOptions, world: World): Promise<void> {
  const { stdout, env } = world
  if (options.include) {
    const head: RawMessage = { ...response, body: new Uint8Array() }
    stdout.write(stdout.isTerminal ? `${shownMessage(head, painter(stdout, env))}\n` : rawMessageBytes(head))
  }
  const start: Uint8Array[] = []
  const body = withStart(response.body, start)
  const { output } = options
  if (output !== undefined && output !== '-') await saveBody(output, counted(body, world))
  else if (output === undefined && stdout.isTerminal) showBody(await wholeBody(body), world)
  else await passOn(body, world)
  if (response.status >= 400) notice('countersign', refusalOf(response, Buffer.concat(start).toString('utf8')), world)
}

/** A body that is needed as a whole. @throws CommandFailure when it is too long for that. */
export async function wholeBody(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body) {
    length += chunk.length
    if (length > maxShownBytes) throw failure('the response has more than 16 MiB: pass --output FILE')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

async function passOn(body: AsyncIterable<Uint8Array>, { stdout }: World): Promise<void> {
  for await (const chunk of body) {
    stdout.write(chunk)
    await stdout.drained()
  }
}

/** A terminal gets text, and nothing that moves its cursor. */
function showBody(body: Buffer, { stdout, stderr }: World): void {
  const text = body.toString('utf8')
  if (text.includes('\ufffd') || text.includes('\0')) {
    stderr.write(`The response has ${body.length} bytes that are no text: pass --output FILE\n`)
  } else if (text !== '') {
    stdout.write(text.endsWith('\n') ? printable(text) : `${printable(text)}\n`)
  }
}

/** Keeps the first bytes of a body that passes by. */
async function* withStart(body: AsyncIterable<Uint8Array>, start: Uint8Array[]): AsyncGenerator<Uint8Array> {
  let kept = 0
  for await (const chunk of body) {
    if (kept < maxProblemBytes) start.push(chunk)
    kept += chunk.length
    yield chunk
  }
}

/** Says how much has arrived, once it is worth waiting for. */
async function* counted(body: AsyncIterable<Uint8Array>, { stderr, env }: World): AsyncGenerator<Uint8Array> {
  const progress = progressOn(stderr, env)
  let mebibytes = 0
  let length = 0
  try {
    for await (const chunk of body) {
      length += chunk.length
      const now = Math.floor(length / 1_048_576)
      if (now > mebibytes) progress.say(`${now} MiB`)
      mebibytes = now
      yield chunk
    }
  } finally {
    progress.end()
  }
}

/** What a refusal says, in a line: problem details (RFC 9457) where there are any. */
function refusalOf({ status, reason, headers }: Omit<RawResponse, 'body'>, start: string): string {
  const line = `the server answered ${status} ${reason}`.trimEnd()
  if (!fieldValues(headers, 'content-type')[0]?.startsWith('application/problem+json')) return line
  try {
    const { title, detail } = JSON.parse(start) as { title?: unknown; detail?: unknown }
    const said = [title, detail].filter((part) => typeof part === 'string')
    return [line, ...said.map((part) => part.replaceAll('\n', ' '))].join(': ')
  } catch {
    return line
  }
}
