import { parseSignatures, type RequestMessage, readSignatureInput, signatureBase } from '@countersign/core'
import { createMessageDoctor, type Diagnosis } from '@countersign/verifier/doctor'
import type { RunCommand } from '../../command.ts'
import { exitCodes } from '../../exit-codes.ts'
import { failure, failureOf, usageFailure } from '../../failure.ts'
import { type KeyOptions, readVerifyingKey } from '../../keys/given-key.ts'
import { keyVariable } from '../../keys/key-text.ts'
import { type MessageOptions, readRequest } from '../../messages/given-message.ts'
import { readInput } from '../../messages/message-input.ts'
import type { RawRequest } from '../../messages/raw-message.ts'
import { receivedAt } from '../../messages/received-at.ts'
import { framedHeaders, targetMessage } from '../../messages/target-message.ts'
import type { World } from '../../world.ts'
import { baseLines, compareBases, type Difference } from './difference.ts'
import { printExplanation } from './printed-explanation.ts'
import { compareWithHashes, readExplanation } from './refusal-answer.ts'

/** What `explain` can be told. */
export interface ExplainOptions extends KeyOptions, MessageOptions {
  readonly signed?: string
  readonly answer?: string
  readonly at?: string
  readonly json?: boolean
}

/** Compares a request with what the other side signed or saw, and prints what differs. */
export const explainRequest: RunCommand<ExplainOptions> = async ({ arguments: [path = '-'], options, world }) => {
  checkInputs(path, options, world)
  const given = await readRequest(path, options, world)
  const { message, label, base } = signedMessage(given)
  const differences = await compare(base, label, { options, world })
  const diagnosis = await diagnose(given, message, { options, world })
  printExplanation({ differences, diagnosis, base }, { json: options.json === true, world })
  return (differences?.length ?? 0) + (diagnosis?.causes.length ?? 0) > 0 ? exitCodes.no : exitCodes.done
}

function checkInputs(path: string, { signed, answer, key }: ExplainOptions, world: World): void {
  if (signed === undefined && answer === undefined && key === undefined && !world.env[keyVariable]) {
    throw usageFailure('there is nothing to compare with: pass --signed FILE, --answer FILE, or --key FILE')
  }
  if (signed !== undefined && answer !== undefined)
    throw usageFailure('--signed and --answer both tell of the other side: take one of them')
  if ([path, signed, answer, key].filter((name) => name === '-').length > 1) {
    throw usageFailure('only one of them can be standard input')
  }
}

function signedMessage(given: { readonly request: RawRequest; readonly origin: string }): {
  readonly message: RequestMessage
  readonly label: string
  readonly base: string
} {
  try {
    const message = targetMessage(given.request, given.origin)
    const [signature] = parseSignatures(message)
    if (signature === undefined) throw failure('the request is not signed')
    return { message, label: signature.label, base: signatureBase(message, readSignatureInput(signature.innerList)) }
  } catch (error) {
    throw failureOf('no signature base can be made of this request', error)
  }
}

async function compare(
  base: string,
  label: string,
  { options, world }: { readonly options: ExplainOptions; readonly world: World },
): Promise<readonly Difference[] | undefined> {
  if (options.answer !== undefined) {
    return compareWithHashes(base, readExplanation(await readInput(options.answer, 'the answer', world), label))
  }
  if (options.signed === undefined) return undefined
  const text = Buffer.from(await readInput(options.signed, 'the signature base', world)).toString('utf8')
  const there = baseLines(text)
  if (there === undefined)
    throw failure(`${options.signed} is no signature base: each line is "name": value (RFC 9421 2.5)`)
  return compareBases(baseLines(base) ?? [], there)
}

async function diagnose(
  { request, origin }: { readonly request: RawRequest; readonly origin: string },
  message: RequestMessage,
  { options, world }: { readonly options: ExplainOptions; readonly world: World },
): Promise<Diagnosis | undefined> {
  if (options.key === undefined && !world.env[keyVariable]) return undefined
  const key = await readVerifyingKey(options, world)
  const now = receivedAt(options.at, message, world.clock)
  const doctor = createMessageDoctor({ keys: [key], origin, clock: () => now })
  const { method, target, body } = request
  return doctor({
    method,
    target,
    headers: framedHeaders(request),
    body: body.length === 0 ? null : body,
    source: undefined,
  })
}
