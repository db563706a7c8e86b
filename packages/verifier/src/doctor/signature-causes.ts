import {
  combinedValue,
  encodeUtf8,
  isSignatureError,
  type RequestMessage,
  readSignatureInput,
  type SignatureInput,
  signatureBase,
  type UnverifiedSignature,
  type VerifyingKey,
} from '@countersign/core'
import type { Cause } from './diagnosis.ts'
import { fieldReadings, missingFields } from './field-readings.ts'
import { queryReadings } from './query-readings.ts'
import type { Covers, Reading, ReadingContext } from './reading.ts'
import { targetReadings } from './target-readings.ts'

/** Checks bases against one signature, each once, and never more often than it may. */
export interface Trials {
  /** Whether a base is what was signed. */
  verifies(base: string, key?: VerifyingKey): Promise<boolean>
  count(): number
}

/** How often a signature is checked for one request. */
const maxTrials = 64

/** Counts the trials of one diagnosis. */
export function trialsOf(signature: UnverifiedSignature, ownKey: VerifyingKey | undefined): Trials {
  let count = 0
  const tried = new Set<string>()
  return {
    count: () => count,
    async verifies(base, key = ownKey) {
      if (key === undefined || count >= maxTrials || tried.has(`${key.keyId}\n${base}`)) return false
      tried.add(`${key.keyId}\n${base}`)
      count++
      return (await key.verify(encodeUtf8(base), signature.signature)) === true
    },
  }
}

/**
 * Finds the one change, or the two, with which a signature verifies.
 *
 * @returns undefined when it verifies as it is.
 */
export async function signatureCauses(
  context: ReadingContext,
  input: SignatureInput,
  trials: Trials,
): Promise<readonly Cause[] | undefined> {
  const { message } = context
  const asReceived = baseOf(message, input)
  if (asReceived !== undefined && (await trials.verifies(asReceived))) return undefined
  const names = new Set(input.components.map(({ name }) => name))
  const covers: Covers = (...wanted) => wanted.some((name) => names.has(name)) || names.has('@query-param')
  const target = targetReadings(context, covers)
  const single = [...target, ...fieldReadings(message, input), ...queryReadings(context, covers)]
  const found = (await firstReading(single, input, trials)) ?? (await signerMistake(message, input, trials))
  if (found !== undefined) return [found]
  const pair = await firstPair(target, input, trials)
  if (pair !== undefined) return pair
  const missing = missingFields(message, input)
  return missing.map((name) => ({
    cause: 'missing-field',
    finding: `The signature covers ${name}, and no such field arrived.`,
    cure: `Find what takes ${name} away on the way, or do not cover it.`,
    proven: true,
  }))
}

async function firstReading(
  readings: readonly Reading[],
  input: SignatureInput,
  trials: Trials,
): Promise<Cause | undefined> {
  for (const { cause, finding, cure, message } of readings) {
    const base = baseOf(message, input)
    if (base !== undefined && (await trials.verifies(base))) return { cause, finding, cure, proven: true }
  }
  return undefined
}

/** A proxy that rewrites the host often rewrites scheme or path as well. */
async function firstPair(
  target: readonly Reading[],
  input: SignatureInput,
  trials: Trials,
): Promise<readonly Cause[] | undefined> {
  const authorities = target.filter(({ cause }) => cause === 'authority').slice(0, 3)
  const rest = target.filter(({ cause }) => cause === 'scheme' || cause === 'path').slice(0, 6)
  for (const first of authorities) {
    for (const second of rest) {
      const { authority } = first.message
      const base = baseOf({ ...second.message, authority }, input)
      if (base === undefined || !(await trials.verifies(base))) continue
      return [first, second].map(({ cause, finding, cure }) => ({ cause, finding, cure, proven: true }))
    }
  }
  return undefined
}

/** What libraries get wrong that make the base themselves. */
async function signerMistake(
  message: RequestMessage,
  input: SignatureInput,
  trials: Trials,
): Promise<Cause | undefined> {
  const base = baseOf(message, input)
  if (base === undefined) return undefined
  const rawText = rawInput(message)
  const mistakes: readonly (readonly [finding: string, base: string])[] = [
    ['The signer ended the signature base with a line break.', `${base}\n`],
    ['The signer ended the lines of the signature base with CRLF.', base.replaceAll('\n', '\r\n')],
    ['The signer left the question mark out of "@query".', base.replace(/^("@query": )\?/m, '$1')],
    [
      'The signer has an empty "@query" where there is none: it is a lone question mark.',
      base.replace(/^("@query": )\?$/m, '$1'),
    ],
    ['The signer put the query into "@path".', base.replace(/^("@path": .*)$/m, `$1${message.query}`)],
    ['The signer left "@signature-params" out of the base.', base.replace(/\n"@signature-params": .*$/, '')],
    ['The signer put identifiers without quotation marks into the base.', base.replace(/^"([^"]*)"(?=: )/gm, '$1')],
  ]
  for (const [finding, mistaken] of mistakes) {
    if (await trials.verifies(mistaken)) {
      return { cause: 'signer', finding, cure: 'Mend the signer (RFC 9421 2.5).', proven: true }
    }
  }
  if (
    rawText === undefined ||
    !(await trials.verifies(base.replace(/("@signature-params": ).*$/, (_line, name) => name + rawText)))
  ) {
    return undefined
  }
  const finding = 'The signer did not serialize Signature-Input strictly, and signed it as it wrote it.'
  return {
    cause: 'parameters',
    finding,
    cure: 'Serialize it as RFC 9651 4.1 says: one space between components, none elsewhere.',
    proven: true,
  }
}

/** What stands behind the label, where there is one signature. */
function rawInput(message: RequestMessage): string | undefined {
  return /^[^=]*=(\(.*)$/.exec(combinedValue(message.headers, 'signature-input') ?? '')?.[1]
}

/** Undefined where a component cannot be had. */
export function baseOf(message: RequestMessage, input: SignatureInput): string | undefined {
  try {
    return signatureBase(message, input)
  } catch (error) {
    if (isSignatureError(error)) return undefined
    throw error
  }
}

/** Reads the input of a signature, or says why it cannot be read. */
export function inputOf({ input }: UnverifiedSignature): SignatureInput | string {
  try {
    return readSignatureInput(input)
  } catch (error) {
    if (isSignatureError(error)) return error.message
    throw error
  }
}
