import { createSignatureInput, type HashName } from '@countersign/core'
import { reasonOf, usageFailure } from '../failure.ts'

/** Reads a number of seconds. @throws CommandFailure when it is none. */
export function wholeSeconds(option: string, text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text)
  throw usageFailure(`${option} takes a whole number of seconds, as in 60`)
}

/** Reads the name of a hash. @throws CommandFailure when it is none that Content-Digest takes here. */
export function digestName(text: string): HashName {
  if (text === 'sha-256' || text === 'sha-512') return text
  throw usageFailure('--digest takes sha-256 or sha-512')
}

/** What a signature may be called, and whose it is. */
export interface SignatureNames {
  readonly keyId?: string | undefined
  readonly tag?: string | undefined
  readonly label?: string | undefined
}

/** Refuses names that no signature can have, before anything is done. @throws CommandFailure that says which. */
export function checkSignatureNames({ keyId, tag, label }: SignatureNames): void {
  checkText('--key-id', keyId)
  checkText('--tag', tag)
  // A key of a dictionary (RFC 9651 3.1.2).
  if (label !== undefined && !/^[a-z*][a-z0-9_.*-]*$/.test(label)) {
    throw usageFailure('--label takes lower-case letters, digits, "_", "-", "." and "*", and begins with a letter')
  }
}

function checkText(option: string, text: string | undefined): void {
  if (text === undefined) return
  try {
    createSignatureInput([], { tag: text })
    if (text.length <= 256) return
  } catch (error) {
    throw usageFailure(`${option}: ${reasonOf(error).replace(/^tag /, 'it ')}`)
  }
  throw usageFailure(`${option} takes 256 characters at most`)
}
