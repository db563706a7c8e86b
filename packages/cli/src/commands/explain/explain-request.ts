import { encodeUtf8, verifyContentDigest } from '@countersign/core'
import type { TrustedKey } from '@countersign/verifier'
import { createMessageDoctor, type Diagnosis } from '@countersign/verifier/doctor'
import type { RunCommand } from '../../command.ts'
import { exitCodes } from '../../exit-codes.ts'
import { failure, failureOf, usageFailure } from '../../failure.ts'
import type { KeyOptions } from '../../keys/given-key.ts'
import { isKeyGiven } from '../../keys/key-text.ts'
import { readTrustedKeys } from '../../keys/trusted-keys.ts'
import { type GivenRequest, type MessageOptions, readRequest } from '../../messages/given-message.ts'
import { maxMessageBytes, readInput } from '../../messages/message-input.ts'
import { fieldValues, type RawRequest } from '../../messages/raw-message.ts'
import { firstSignature, type RebuiltSignature, receivedRequest, targetMessage } from '../../messages/target-message.ts'
import type { World } from '../../world.ts'
import { receivedAt } from '../received-at.ts'
import { baseLines, compareBases, type Difference } from './difference.ts'
import { printExplanation } from './printed-explanation.ts'
import { compareWithHashes, explainedLines } from './refusal-answer.ts'

/** What `explain` can be told. */
export interface ExplainOptions extends KeyOptions, MessageOptions {
  readonly signed?: string
  readonly answer?: string
  readonly at?: string
  readonly json?: boolean
}

/** Compares a request with what the other side signed or saw, and prints what differs. */
export const explainRequest: RunCommand<ExplainOptions> = async ({ arguments: [path = '-'], options, world }) => {
  checkOptions(options, world)
  const given = await readRequest(path, options, world)
  const rebuilt = rebuiltSignature(given)
  const keys = isKeyGiven(options.key, world) ? await readTrustedKeys(options, world) : undefined
  const compared = await compare(rebuilt, { options, world })
  const otherBaseVerifies = await verifies(compared?.base, rebuilt, keys)
  const diagnosis = keys && withoutGuess(await diagnose(given, keys, { options, world }), otherBaseVerifies)
  const bodyFits = await bodyFitsDigest(given.request)
  printExplanation(
    { differences: compared?.differences, otherBaseVerifies, bodyFits, diagnosis, base: rebuilt.base },
    { json: options.json === true, world },
  )
  const differs = compared?.differences.some(({ kind }) => kind !== 'withheld')
  const found = differs || bodyFits === false || (diagnosis?.causes.length ?? 0) > 0
  return found ? exitCodes.no : exitCodes.done
}

function checkOptions({ signed, answer, key }: ExplainOptions, world: World): void {
  if (signed === undefined && answer === undefined && !isKeyGiven(key, world)) {
    throw usageFailure('there is nothing to compare with: pass --signed FILE, --answer FILE, or --key FILE')
  }
  if (signed !== undefined && answer !== undefined)
    throw usageFailure('--signed and --answer both tell of the other side: take one of them')
}

function rebuiltSignature({ request, origin }: GivenRequest): RebuiltSignature {
  try {
    const rebuilt = firstSignature(targetMessage(request, origin))
    if (rebuilt === undefined) throw failure('the request is not signed')
    return rebuilt
  } catch (error) {
    throw failureOf('no signature base can be made of this request', error)
  }
}

/** Whether the body is the one whose digest was sent, where one was: that takes no key. */
async function bodyFitsDigest({ headers, body }: RawRequest): Promise<boolean | undefined> {
  const digests = fieldValues(headers, 'content-digest').join(', ')
  if (digests === '') return undefined
  return verifyContentDigest(digests, new Uint8Array(body)).then(
    () => true,
    () => false,
  )
}

/** How the two sides differ, and the base of the other side where it is known. */
interface Compared {
  readonly differences: readonly Difference[]
  readonly base?: string
}

async function compare(
  { signature, base }: RebuiltSignature,
  { options, world }: { readonly options: ExplainOptions; readonly world: World },
): Promise<Compared | undefined> {
  const { answer, signed } = options
  if (answer !== undefined) {
    const bytes = await readInput(answer, 'the answer', world)
    return { differences: await compareWithHashes(base, explainedLines(bytes, signature.label)) }
  }
  if (signed === undefined) return undefined
  const bytes = await readInput(signed, 'the signature base', world)
  const there = baseLines(bytes.toString('utf8'))
  if (there === undefined)
    throw failure(`${signed} is no signature base: each line is "name": value, as in RFC 9421 2.5`)
  return {
    differences: compareBases(baseLines(base) ?? [], there),
    base: there.map(({ identifier, value }) => `${identifier}: ${value}`).join('\n'),
  }
}

/** Whether the signature is over the base of the other side: then the key is the right one. */
async function verifies(
  base: string | undefined,
  { signature, input }: RebuiltSignature,
  keys: readonly TrustedKey[] = [],
): Promise<boolean | undefined> {
  if (base === undefined) return undefined
  const trusted = keys.find(({ key }) => key.keyId === input.parameters.keyid)
  return trusted && (await trusted.key.verify(encodeUtf8(base), signature.signature))
}

/** A key that is proven to be right is not said to be wrong, where nothing else was found. */
function withoutGuess(diagnosis: Diagnosis, otherBaseVerifies: boolean | undefined): Diagnosis | undefined {
  const isGuess = diagnosis.causes.every(({ cause }) => cause === 'unknown')
  return otherBaseVerifies === true && isGuess ? undefined : diagnosis
}

async function diagnose(
  { request, origin }: GivenRequest,
  keys: readonly TrustedKey[],
  { options, world }: { readonly options: ExplainOptions; readonly world: World },
): Promise<Diagnosis> {
  const now = receivedAt(options.at, targetMessage(request, origin), world.clock)
  try {
    const doctor = createMessageDoctor({ keys, origin, clock: () => now, maxBodyBytes: maxMessageBytes })
    return await doctor(receivedRequest(request))
  } catch (error) {
    throw failureOf('this cannot be examined', error)
  }
}
