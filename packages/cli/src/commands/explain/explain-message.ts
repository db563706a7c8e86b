import { encodeUtf8, verifyContentDigest } from '@countersign/core'
import type { TrustedKey } from '@countersign/verifier'
import { type Cause, createMessageDoctor } from '@countersign/verifier/doctor'
import type { RunCommand } from '../../command.ts'
import { exitCodes } from '../../exit-codes.ts'
import { failure, failureOf, usageFailure } from '../../failure.ts'
import type { KeyOptions } from '../../keys/given-key.ts'
import { isKeyGiven } from '../../keys/key-text.ts'
import { readTrustedKeys } from '../../keys/trusted-keys.ts'
import {
  type GivenMessage,
  type GivenRequest,
  type MessageOptions,
  rawMessageOf,
  readMessage,
} from '../../messages/given-message.ts'
import { maxMessageBytes, readInput } from '../../messages/message-input.ts'
import { fieldValues } from '../../messages/raw-message.ts'
import {
  firstSignature,
  type RebuiltSignature,
  receivedRequest,
  signedMessage,
  targetMessage,
} from '../../messages/target-message.ts'
import type { World } from '../../world.ts'
import { receivedAt } from '../received-at.ts'
import { baseLines, compareBases, type Difference } from './difference.ts'
import { printExplanation } from './printed-explanation.ts'
import { compareWithHashes, explainedLines } from './refusal-answer.ts'
import { signedLines } from './signed-base.ts'

/** What `explain` can be told. */
export interface ExplainOptions extends KeyOptions, MessageOptions {
  readonly signed?: string
  readonly answer?: string
  readonly at?: string
  readonly json?: boolean
}

/** Compares a message with what the other side signed or saw, and prints what differs. */
export const explainMessage: RunCommand<ExplainOptions> = async ({ arguments: [path = '-'], options, world }) => {
  checkOptions(options, world)
  const given = await readMessage(path, options, world)
  checkResponse(given, options)
  const rebuilt = rebuiltSignature(given)
  const keys = isKeyGiven(options.key, world) ? await readTrustedKeys(options, world) : undefined
  const compared = await compare(rebuilt, { given, options, world })
  const otherBaseVerifies = await verifies(compared?.base, rebuilt, keys)
  const found = keys && given.kind === 'request' ? await diagnose(given, keys, { options, world }) : undefined
  const causes = found && withoutGuess(found, otherBaseVerifies)
  const bodyFits = await bodyFitsDigest(given)
  printExplanation(
    { differences: compared?.differences, otherBaseVerifies, bodyFits, causes, base: rebuilt.base },
    { json: options.json === true, world },
  )
  const differs = compared?.differences.some(({ kind }) => kind !== 'withheld')
  return differs || bodyFits === false || (causes?.length ?? 0) > 0 ? exitCodes.no : exitCodes.done
}

function checkOptions({ signed, answer, key }: ExplainOptions, world: World): void {
  if (signed === undefined && answer === undefined && !isKeyGiven(key, world)) {
    throw usageFailure('there is nothing to compare with: pass --signed FILE, --answer FILE, or --key FILE')
  }
  if (signed !== undefined && answer !== undefined)
    throw usageFailure('--signed and --answer both tell of the other side: take one of them')
}

/** What proxies do to requests is tried with a key; what they do to responses is not. */
function checkResponse({ kind }: GivenMessage, { signed, answer }: ExplainOptions): void {
  if (kind === 'request' || signed !== undefined) return
  if (answer !== undefined) throw usageFailure('--answer is for requests: the message is a response')
  throw usageFailure('a response is compared with what the server signed: pass --signed FILE. verify checks its steps')
}

function rebuiltSignature(given: GivenMessage): RebuiltSignature {
  try {
    const rebuilt = firstSignature(signedMessage(given))
    if (rebuilt === undefined) throw failure(`the ${given.kind} is not signed`)
    return rebuilt
  } catch (error) {
    throw failureOf(`no signature base can be made of this ${given.kind}`, error)
  }
}

/** Whether the body is the one whose digest was sent, where one was: that takes no key. */
async function bodyFitsDigest(given: GivenMessage): Promise<boolean | undefined> {
  const { headers, body } = rawMessageOf(given)
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

interface Comparison {
  readonly given: GivenMessage
  readonly options: ExplainOptions
  readonly world: World
}

async function compare(
  { signature, base }: RebuiltSignature,
  { given, options, world }: Comparison,
): Promise<Compared | undefined> {
  const { answer, signed } = options
  const { label } = signature
  if (answer !== undefined) {
    const bytes = await readInput(answer, 'the answer', world)
    return { differences: await compareWithHashes(base, explainedLines(bytes, label)) }
  }
  if (signed === undefined) return undefined
  const there = signedLines(await readInput(signed, 'the signature base', world), { given, label, place: signed })
  const differences = compareBases(baseLines(base) ?? [], there)
  // A base without its credentials is not what was signed.
  if (differences.some(({ kind }) => kind === 'withheld')) return { differences }
  return { differences, base: there.map(({ identifier, value }) => `${identifier}: ${value}`).join('\n') }
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
function withoutGuess(causes: readonly Cause[], otherBaseVerifies: boolean | undefined): readonly Cause[] | undefined {
  const isGuess = causes.every(({ cause }) => cause === 'unknown')
  return otherBaseVerifies === true && isGuess ? undefined : causes
}

async function diagnose(
  { request, origin }: GivenRequest,
  keys: readonly TrustedKey[],
  { options, world }: Pick<Comparison, 'options' | 'world'>,
): Promise<readonly Cause[]> {
  const now = receivedAt(options.at, targetMessage(request, origin), world.clock)
  try {
    const doctor = createMessageDoctor({ keys, origin, clock: () => now, maxBodyBytes: maxMessageBytes })
    return (await doctor(receivedRequest(request))).causes
  } catch (error) {
    throw failureOf('this cannot be examined', error)
  }
}
