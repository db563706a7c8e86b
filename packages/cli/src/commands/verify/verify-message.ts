import { isSignatureError } from '@countersign/core'
import type { RunCommand } from '../../command.ts'
import { exitCodes } from '../../exit-codes.ts'
import { usageFailure } from '../../failure.ts'
import type { KeyOptions } from '../../keys/given-key.ts'
import { readTrustedKeys } from '../../keys/trusted-keys.ts'
import { componentsNamed } from '../../messages/component-identifier.ts'
import { type GivenMessage, type MessageOptions, readMessage } from '../../messages/given-message.ts'
import { checkSignatureNames, wholeSeconds } from '../../messages/signing-options.ts'
import { firstSignature, signedMessage } from '../../messages/target-message.ts'
import { receivedAt } from '../received-at.ts'
import { printReport } from './printed-report.ts'
import type { VerificationPolicy } from './report.ts'
import { validityOf } from './validity.ts'
import { verifyRequest } from './verify-request.ts'
import { verifyResponse } from './verify-response.ts'

/** What `verify` can be told. */
export interface VerifyOptions extends KeyOptions, MessageOptions {
  readonly at?: string
  readonly maxAge?: string
  readonly futureSkew?: string
  readonly require?: readonly string[]
  readonly tag?: string
  readonly allowSharedKey?: boolean
  readonly base: boolean
  readonly json?: boolean
}

/** Seconds: what a verifier of requests and a client take where nothing else is said. */
const usualTimes = { request: { maxAge: '60', futureSkew: '10' }, response: { maxAge: '300', futureSkew: '300' } }

/** Goes through the steps of a verifier, and prints how far the message came. */
export const verifyMessage: RunCommand<VerifyOptions> = async ({ arguments: [path = '-'], options, world }) => {
  checkSignatureNames(options)
  const required = componentsNamed('--require', options.require)
  const given = await readMessage(path, options, world)
  const times = timesOf(given, options)
  const keys = await readTrustedKeys(options, world)
  const message = readable(() => signedMessage(given))
  const now = message === undefined ? world.clock() : receivedAt(options.at, message, world.clock)
  const { tag, allowSharedKey = false } = options
  const policy: VerificationPolicy = { keys, ...times, required, tag, allowSharedKey, clock: () => now }
  const outcome = await (given.kind === 'request' ? verifyRequest(given, policy) : verifyResponse(given, policy))
  const rebuilt = message && readable(() => firstSignature(message))
  printReport(
    { ...outcome, base: rebuilt?.base, validity: validityOf(keys, rebuilt) },
    { json: options.json === true, base: options.base, world },
  )
  return outcome.refusal === undefined ? exitCodes.done : exitCodes.no
}

function timesOf(
  { kind }: GivenMessage,
  { maxAge, futureSkew, allowSharedKey }: VerifyOptions,
): Pick<VerificationPolicy, 'maxAgeSeconds' | 'futureSkewSeconds'> {
  if (kind === 'request' && allowSharedKey) throw usageFailure('--allow-shared-key is for responses: this is a request')
  const usual = usualTimes[kind]
  return {
    maxAgeSeconds: wholeSeconds('--max-age', maxAge ?? usual.maxAge),
    futureSkewSeconds: wholeSeconds('--future-skew', futureSkew ?? usual.futureSkew),
  }
}

/** What can be made of a message, or undefined: the verification says what is wrong with it. */
function readable<Made>(make: () => Made): Made | undefined {
  try {
    return make()
  } catch (error) {
    if (isSignatureError(error)) return undefined
    throw error
  }
}
