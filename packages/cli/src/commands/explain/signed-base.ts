import { failure, failureOf } from '../../failure.ts'
import { type GivenMessage, originOf } from '../../messages/given-message.ts'
import { parseRawMessage, type RawMessage } from '../../messages/raw-message.ts'
import { firstSignature, type RebuiltSignature, signedMessage } from '../../messages/target-message.ts'
import { type BaseLine, baseLines } from './difference.ts'

/** Stands above the base in what `request --dry-run` and `verify` print. */
const titles = /^(?:# The signature base: what is signed|The signature base, as this side rebuilds it)\r?\n/m

/** What the base of the other side is looked for by. */
interface Sought {
  /** The message of this side. */
  readonly given: GivenMessage
  /** The label of its signature. */
  readonly label: string
  /** For mistakes: the name of the file. */
  readonly place: string
}

/**
 * Reads what the other side signed: a signature base as text; what `--dry-run`, `verify` or `--json` have printed; or
 * the message as it was sent, whose base is made here.
 *
 * @throws CommandFailure when it is none of them.
 */
export function signedLines(bytes: Uint8Array, sought: Sought): readonly BaseLine[] {
  const text = Buffer.from(bytes).toString('utf8')
  const base = baseInJson(text) ?? baseOfMessage(bytes, text, sought) ?? text.split(titles).at(-1)
  const lines = baseLines(base ?? '')
  if (lines !== undefined) return lines
  throw failure(
    `${sought.place} is no signature base, whose lines are "name": value (RFC 9421 2.5), and no signed message`,
  )
}

function baseInJson(text: string): string | undefined {
  if (!text.trimStart().startsWith('{')) return undefined
  try {
    const { signatureBase } = JSON.parse(text) as { signatureBase?: unknown }
    return typeof signatureBase === 'string' ? signatureBase : undefined
  } catch {
    return undefined
  }
}

function baseOfMessage(bytes: Uint8Array, text: string, { given, label }: Sought): string | undefined {
  if (!/^(?:HTTP\/\d|\S+ \S+ HTTP\/\d)/.test(text)) return undefined
  const there = sentMessage(parseRawMessage(bytes), given)
  let rebuilt: RebuiltSignature | undefined
  try {
    rebuilt = firstSignature(signedMessage(there), label)
  } catch (error) {
    throw failureOf('no signature base can be made of the message of --signed', error)
  }
  if (rebuilt === undefined) throw failure(`the message of --signed has no signature "${label}"`)
  return rebuilt.base
}

/** The message as it was sent: where to, it says itself; what it answers, is what this one answers. */
function sentMessage(sent: RawMessage, given: GivenMessage): GivenMessage {
  if (sent.kind === 'response') {
    return { kind: 'response', response: sent, answers: given.kind === 'response' ? given.answers : undefined }
  }
  if (given.kind === 'response') throw failure('the message of --signed is a request, and this one a response')
  // No raw request tells its scheme.
  const [scheme = ''] = given.origin.split('://')
  return { kind: 'request', request: sent, origin: (originOf(sent) ?? given.origin).replace(/^https?/i, scheme) }
}
