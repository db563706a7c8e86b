import { isSignatureError, type RequestMessage, type SignatureError } from '@countersign/core'
import {
  createMemoryReplayStore,
  createMessageVerifier,
  type TrustedKey,
  type VerifierOptions,
} from '@countersign/verifier'
import { createMessageDoctor, type Diagnosis } from '@countersign/verifier/doctor'
import type { RunCommand } from '../../command.ts'
import { exitCodes } from '../../exit-codes.ts'
import { failureOf } from '../../failure.ts'
import type { KeyOptions } from '../../keys/given-key.ts'
import { readTrustedKeys } from '../../keys/trusted-keys.ts'
import { type GivenRequest, type MessageOptions, readRequest } from '../../messages/given-message.ts'
import { maxMessageBytes } from '../../messages/message-input.ts'
import { wholeSeconds } from '../../messages/signing-options.ts'
import { firstSignature, type RebuiltSignature, receivedRequest, targetMessage } from '../../messages/target-message.ts'
import { receivedAt } from '../received-at.ts'
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
  const times = {
    maxAgeSeconds: wholeSeconds('--max-age', options.maxAge),
    futureSkewSeconds: wholeSeconds('--future-skew', options.futureSkew),
  }
  const given = await readRequest(path, options, world)
  const keys = await readTrustedKeys(options, world)
  const message = messageOf(given)
  const now = message === undefined ? world.clock() : receivedAt(options.at, message, world.clock)
  const report = await verify(given, { keys, ...times, clock: () => now }, policyOf(options))
  const rebuilt = message && rebuiltSignature(message)
  printReport(
    { ...report, base: rebuilt?.base, validity: validityOf(keys, rebuilt) },
    { json: options.json === true, base: options.base, world },
  )
  return report.refusal === undefined ? exitCodes.done : exitCodes.no
}

/** What the doctor is told as well. */
interface SharedSettings {
  readonly keys: readonly TrustedKey[]
  readonly maxAgeSeconds: number
  readonly futureSkewSeconds: number
  readonly clock: () => number
}

type Policy = Pick<VerifierOptions, 'requiredComponents' | 'tag'>

function policyOf({ require, tag }: VerifyOptions): Policy {
  return {
    ...(require === undefined ? {} : { requiredComponents: require }),
    ...(tag === undefined ? {} : { tag }),
  }
}

async function verify(
  { request, origin }: GivenRequest,
  settings: SharedSettings,
  policy: Policy,
): Promise<Pick<VerificationReport, 'keyId' | 'refusal' | 'diagnosis'>> {
  const shared = { ...settings, origin, maxBodyBytes: maxMessageBytes }
  const received = receivedRequest(request)
  const verifier = verifierOf({ ...shared, ...policy, replayStore: createMemoryReplayStore({ startsFresh: true }) })
  try {
    const { keyId } = await verifier(received)
    return { keyId, refusal: undefined, diagnosis: undefined }
  } catch (error) {
    if (!isSignatureError(error)) throw error
    return { keyId: undefined, refusal: error, diagnosis: useful(await createMessageDoctor(shared)(received), error) }
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

/** When the key of a signature is trusted, where that has an end or a beginning. */
function validityOf(keys: readonly TrustedKey[], rebuilt: RebuiltSignature | undefined): string | undefined {
  const { keyid } = rebuilt?.input.parameters ?? {}
  const { notBefore, notAfter } = keys.find(({ key }) => key.keyId === keyid) ?? {}
  const times = [
    ...(notBefore === undefined ? [] : [`from ${dateOf(notBefore)}`]),
    ...(notAfter === undefined ? [] : [`until ${dateOf(notAfter)}`]),
  ]
  return times.length === 0 ? undefined : `the key "${keyid}" is trusted ${times.join(' ')}`
}

function dateOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000', '')
}

function messageOf({ request, origin }: GivenRequest): RequestMessage | undefined {
  try {
    return targetMessage(request, origin)
  } catch {
    // The verifier says what is wrong with it.
    return undefined
  }
}

function rebuiltSignature(message: RequestMessage): RebuiltSignature | undefined {
  try {
    return firstSignature(message)
  } catch {
    // The verifier says what is wrong with it.
    return undefined
  }
}
