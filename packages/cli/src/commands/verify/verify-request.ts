import {
  isSignatureError,
  parseSignatures,
  type RequestMessage,
  readSignatureInput,
  type SignatureError,
  signatureBase,
  type VerifyingKey,
} from '@countersign/core'
import { createMemoryReplayStore, createMessageVerifier, type VerifierOptions } from '@countersign/verifier'
import { createMessageDoctor, type Diagnosis } from '@countersign/verifier/doctor'
import type { RunCommand } from '../../command.ts'
import { exitCodes } from '../../exit-codes.ts'
import { failureOf, usageFailure } from '../../failure.ts'
import { type KeyOptions, readVerifyingKey } from '../../keys/given-key.ts'
import { type MessageOptions, readRequest } from '../../messages/given-message.ts'
import type { RawRequest } from '../../messages/raw-message.ts'
import { receivedAt } from '../../messages/received-at.ts'
import { wholeSeconds } from '../../messages/signing-options.ts'
import { framedHeaders, targetMessage } from '../../messages/target-message.ts'
import { printReport } from './printed-report.ts'
import type { VerificationReport } from './report.ts'

/** What `verify` can be told. */
export interface VerifyOptions extends KeyOptions, MessageOptions {
  readonly at?: string
  readonly maxAge: string
  readonly futureSkew: string
  readonly require?: readonly string[]
  readonly tag?: string
  readonly base: boolean
  readonly json?: boolean
}

/** Goes through the steps of a verifier, and prints how far the request came. */
export const verifyRequest: RunCommand<VerifyOptions> = async ({ arguments: [path = '-'], options, world }) => {
  if (path === '-' && options.key === '-') throw usageFailure('message and key cannot both be standard input')
  const given = await readRequest(path, options, world)
  const key = await readVerifyingKey(options, world)
  const settings = {
    maxAgeSeconds: wholeSeconds('--max-age', options.maxAge),
    futureSkewSeconds: wholeSeconds('--future-skew', options.futureSkew),
    ...(options.require === undefined ? {} : { requiredComponents: options.require }),
    ...(options.tag === undefined ? {} : { tag: options.tag }),
  }
  const message = messageOf(given)
  const now = message === undefined ? world.clock() : receivedAt(options.at, message, world.clock)
  const report = await verify(given, key, { ...settings, clock: () => now })
  printReport(
    { ...report, base: message && baseOf(message) },
    { json: options.json === true, base: options.base, world },
  )
  return report.refusal === undefined ? exitCodes.done : exitCodes.no
}

type Settings = Pick<
  VerifierOptions,
  'maxAgeSeconds' | 'futureSkewSeconds' | 'requiredComponents' | 'tag' | 'clock'
> & { readonly clock: () => number }

async function verify(
  { request, origin }: { readonly request: RawRequest; readonly origin: string },
  key: VerifyingKey,
  settings: Settings,
): Promise<Omit<VerificationReport, 'base'>> {
  const body = request.body.length === 0 ? null : request.body
  const received = {
    method: request.method,
    target: request.target,
    headers: framedHeaders(request),
    body,
    source: undefined,
  }
  const verifier = verifierOf({
    keys: [key],
    origin,
    replayStore: createMemoryReplayStore({ startsFresh: true }),
    ...settings,
  })
  try {
    const { keyId } = await verifier(received)
    return { keyId, refusal: undefined, diagnosis: undefined }
  } catch (error) {
    if (!isSignatureError(error)) throw error
    const { requiredComponents: _required, tag: _tag, ...shared } = settings
    const diagnosis = await createMessageDoctor({ keys: [key], origin, ...shared })(received)
    return { keyId: undefined, refusal: error, diagnosis: useful(diagnosis, error) }
  }
}

function verifierOf(options: VerifierOptions): ReturnType<typeof createMessageVerifier> {
  try {
    return createMessageVerifier(options)
  } catch (error) {
    throw failureOf('this cannot be checked', error)
  }
}

/** Without a signature there is nothing that the doctor could add. */
function useful(diagnosis: Diagnosis, refusal: SignatureError): Diagnosis | undefined {
  return refusal.code === 'missing_signature' || diagnosis.causes.length === 0 ? undefined : diagnosis
}

function messageOf({
  request,
  origin,
}: {
  readonly request: RawRequest
  readonly origin: string
}): RequestMessage | undefined {
  try {
    return targetMessage(request, origin)
  } catch {
    // The verifier says what is wrong with it.
    return undefined
  }
}

function baseOf(message: RequestMessage): string | undefined {
  try {
    const [signature] = parseSignatures(message)
    return signature && signatureBase(message, readSignatureInput(signature.innerList))
  } catch {
    return undefined
  }
}
