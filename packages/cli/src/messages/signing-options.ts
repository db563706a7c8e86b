import type { HashName } from '@countersign/core'
import { usageFailure } from '../failure.ts'

/** Reads a number of seconds. @throws CommandFailure when it is none. */
export function wholeSeconds(option: string, text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text)
  throw usageFailure(`${option} takes a whole number of seconds, and not "${text.slice(0, 40)}"`)
}

/** Reads the name of a hash. @throws CommandFailure when it is none that Content-Digest takes here. */
export function digestName(text: string): HashName {
  if (text === 'sha-256' || text === 'sha-512') return text
  throw usageFailure('--digest takes sha-256 or sha-512')
}
