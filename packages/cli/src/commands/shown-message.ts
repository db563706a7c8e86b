import { type RawMessage, startLineOf } from '../messages/raw-message.ts'
import { withoutCredentials } from '../terminal/credentials.ts'
import { type Paint, printable } from '../terminal/paint.ts'

/** Fields that say what is signed, and how. */
const signatureFields = new Set(['signature', 'signature-input', 'content-digest'])

/** Bytes of a body that are shown. */
const shownBytes = 4096

/** A message to be read: its head with the signature marked, and as much of the body as fits. */
export function shownMessage(message: RawMessage, paint: Paint): string {
  const fields = message.headers.map(([name, value]) => {
    const line = printable(withoutCredentials(`${name}: ${value}`))
    return signatureFields.has(name.toLowerCase()) ? paint('cyan', line) : line
  })
  const head = [paint('bold', printable(startLineOf(message))), ...fields, ''].join('\n')
  return message.body.length === 0 ? head : `${head}\n${shownBody(message.body)}`
}

/** As much of a body as fits, or its size where it is no text. */
export function shownBody(body: Uint8Array): string {
  const bytes = Buffer.from(body.subarray(0, shownBytes))
  const text = bytes.toString('utf8')
  // A cut at the limit may split a character.
  if (text.slice(0, -1).includes('\ufffd') || text.includes('\0')) return `(${body.length} bytes that are no text)`
  const rest = body.length > shownBytes ? `\n(${body.length - shownBytes} more bytes)` : ''
  return `${printable(text.replaceAll('\r\n', '\n'))}${rest}`
}
