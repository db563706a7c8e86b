import { type Message, parseSignatures, readSignatureInput } from '@countersign/core'
import { usageFailure } from '../failure.ts'

/**
 * When a message was received, in milliseconds.
 *
 * @param text Unix seconds, a date, or `created`; now where absent.
 * @throws CommandFailure when it is none of them.
 */
export function receivedAt(text: string | undefined, message: Message, clock: () => number): number {
  if (text === undefined) return clock()
  if (text === 'created') return createdOf(message) * 1000
  if (/^\d{1,12}$/.test(text)) return Number(text) * 1000
  const date = Date.parse(text)
  if (!Number.isNaN(date)) return date
  throw usageFailure('--at takes Unix seconds, a date like 2026-11-22T10:00:00Z, or "created"')
}

function createdOf(message: Message): number {
  try {
    const [signature] = parseSignatures(message)
    const created = signature && readSignatureInput(signature.input).parameters.created
    if (created !== undefined) return created
  } catch {
    // The verification says what is wrong with it.
    return 0
  }
  throw usageFailure('--at created: the signature does not say when it was made')
}
