import {
  type Bytes,
  isSignatureError,
  parseSignatures,
  type RequestMessage,
  refuseUnknownOptions,
  type SignatureInput,
  type UnverifiedSignature,
  type VerifyingKey,
} from '@countersign/core'
import { type KeyResolver, type Keys, keyResolver, resolveKey } from '../keys/key-resolver.ts'
import { readBody } from '../request/body.ts'
import { type OriginOption, originResolver } from '../request/origin.ts'
import { type ReceivedRequest, snapshotOf } from '../request/received-request.ts'
import { bodyCause } from './body-cause.ts'
import { type Cause, type Diagnosis, diagnosisOf } from './diagnosis.ts'
import { baseOf, inputOf, signatureCauses, type Trials, trialsOf } from './signature-causes.ts'
import { signatureFieldCause } from './signature-field-causes.ts'

/** What the doctor is told: the same as the verifier, as far as it goes. */
export interface DoctorOptions<Source = unknown> {
  /** Those of the verifier. */
  readonly keys: Keys
  /** That of the verifier. */
  readonly origin: OriginOption<Source>
  /** Paths that a proxy may cut off: `['/api']`. @default [] */
  readonly prefixes?: readonly string[]
  /** The longest body in bytes. @default 1048576, a mebibyte */
  readonly maxBodyBytes?: number
  /** @default 60 */
  readonly maxAgeSeconds?: number
  /** @default 10 */
  readonly futureSkewSeconds?: number
  /** The time in milliseconds since the Unix epoch. @default Date.now */
  readonly clock?: () => number
}

/** Every option, so that the compiler notices a new one. */
const knownOptions: Readonly<Record<keyof DoctorOptions, true>> = {
  keys: true,
  origin: true,
  prefixes: true,
  maxBodyBytes: true,
  maxAgeSeconds: true,
  futureSkewSeconds: true,
  clock: true,
}

/** Finds out what came between a signer and this server. */
export type Doctor<Source = unknown> = (request: ReceivedRequest<Source>) => Promise<Diagnosis>

/**
 * Makes a doctor, for the time of setting up. It knows no framework.
 *
 * For each thing that proxies and frameworks do, it rebuilds the signature base as it would have been without it, and
 * checks the signature: the one that verifies is no guess. It tells whoever asks what this server sees and expects,
 * and checks a signature up to 64 times: keep it away from the public. What it returns is text, and lets nothing in.
 *
 * @throws TypeError when an option is missing, misspelt or of a wrong type.
 */
export function createMessageDoctor<Source>(options: DoctorOptions<Source>): Doctor<Source> {
  refuseUnknownOptions('the doctor', options, Object.keys(knownOptions))
  const resolve = keyResolver(options.keys)
  const originOf = originResolver(options.origin)
  const { prefixes = [], maxBodyBytes = 1_048_576, clock = Date.now } = options
  return async (request) => {
    let message: RequestMessage
    let body: Bytes
    try {
      message = snapshotOf(request, originOf(request))
      body = await readBody(request.body, undefined, maxBodyBytes)
    } catch (error) {
      if (!isSignatureError(error)) throw error
      return diagnosisOf([unreadable(error.message)], 0)
    }
    const fields = signatureFieldCause(message)
    if (fields !== undefined) return diagnosisOf([fields], 0)
    const now = Math.floor(clock() / 1000)
    const patient = { message, body, prefixes, now, options }
    let best: Diagnosis | undefined
    for (const signature of parseSignatures(message)) {
      const found = await examine(signature, patient, resolve)
      if (best === undefined || found.causes.length < best.causes.length) best = found
    }
    return best ?? diagnosisOf([], 0)
  }
}

/** A request that somebody wonders about. */
interface Patient {
  readonly message: RequestMessage
  readonly body: Bytes
  readonly prefixes: readonly string[]
  /** Unix seconds. */
  readonly now: number
  readonly options: Pick<DoctorOptions<never>, 'keys' | 'maxAgeSeconds' | 'futureSkewSeconds'>
}

async function examine(unverified: UnverifiedSignature, patient: Patient, resolve: KeyResolver): Promise<Diagnosis> {
  const input = inputOf(unverified)
  if (typeof input === 'string') return diagnosisOf([unreadable(input)], 0)
  const { keyid: keyId = '' } = input.parameters
  const found = await keyOf(resolve, keyId, patient.now)
  const key = 'key' in found ? found.key : undefined
  const trials = trialsOf(unverified, key)
  const causes: Cause[] = 'key' in found ? [] : [found]
  const algorithm = algorithmCause(input, key)
  if (algorithm !== undefined) causes.push(algorithm)
  const changes = key === undefined ? undefined : await signatureCauses(patient, input, trials)
  if (changes !== undefined) causes.push(...changes)
  // Neither as it is nor with any change.
  if (key === undefined || (changes !== undefined && changes.length === 0 && algorithm === undefined)) {
    const other = await otherKeyCause(input, patient, trials)
    if (other !== undefined) causes.push(other)
    else if (key !== undefined) causes.push(unknownCause)
  }
  for (const cause of [await bodyCause(patient.message, patient.body), clockCause(input, patient)]) {
    if (cause !== undefined) causes.push(cause)
  }
  return diagnosisOf(causes, trials.count())
}

async function keyOf(resolve: KeyResolver, keyId: string, now: number): Promise<{ key: VerifyingKey } | Cause> {
  const cure = 'Compare the keyid of the client with the names of the keys of this server.'
  if (keyId === '') return { cause: 'key', finding: 'The signature names no keyid.', cure, proven: true }
  try {
    return { key: (await resolveKey(resolve, keyId, () => now)).key }
  } catch (error) {
    if (!isSignatureError(error)) throw error
    const finding = `The keyid is "${keyId}": ${error.message}.`
    return { cause: 'key', finding, cure: error.code === 'inactive_key' ? inactiveCure : cure, proven: true }
  }
}

const inactiveCure =
  'Sign with a key that is trusted now, or mend notBefore, notAfter and revoked of this one on this server.'

function algorithmCause({ parameters: { alg } }: SignatureInput, key: VerifyingKey | undefined): Cause | undefined {
  if (alg === undefined || key === undefined || alg === key.algorithm) return undefined
  const finding = `The signature says alg="${alg}". The key was imported for ${key.algorithm}.`
  return {
    cause: 'algorithm',
    finding,
    cure: 'Sign with the algorithm of the key, or import the right key.',
    proven: true,
  }
}

/** Keys of a list under which a signature is tried that its own key does not verify. */
const maxOtherKeys = 8

async function otherKeyCause(input: SignatureInput, patient: Patient, trials: Trials): Promise<Cause | undefined> {
  const { keys } = patient.options
  const base = baseOf(patient.message, input)
  if (typeof keys === 'function' || base === undefined) return undefined
  for (const entry of keys.slice(0, maxOtherKeys)) {
    const key = 'key' in entry ? entry.key : entry
    // One that is known by this keyid, and not trusted now, is no other key.
    if (key.keyId === input.parameters.keyid) continue
    if (!(await trials.verifies(base, key))) continue
    const finding = `The signature was made with the key "${key.keyId}", and says keyid="${input.parameters.keyid ?? ''}".`
    return { cause: 'key', finding, cure: 'Give the key the same keyid on both sides.', proven: true }
  }
  return undefined
}

function clockCause(
  { parameters: { created, expires } }: SignatureInput,
  { now, options }: Patient,
): Cause | undefined {
  const { maxAgeSeconds = 60, futureSkewSeconds = 10 } = options
  if (created === undefined) return undefined
  const isExpired = expires !== undefined && expires < now
  if (created >= now - maxAgeSeconds && created <= now + futureSkewSeconds && !isExpired) return undefined
  const seconds = Math.abs(now - created)
  const direction = created > now ? 'in the future' : 'ago'
  return {
    cause: 'clock',
    finding: `The request says that it was signed ${seconds} s ${direction}, by the clock of this server.`,
    cure:
      created > now
        ? `One of the two clocks is wrong by about ${seconds} s: synchronize both (NTP).`
        : 'Either it waited for so long before it was sent, or a clock is wrong: synchronize both (NTP).',
    proven: true,
  }
}

function unreadable(finding: string): Cause {
  const cure = 'Look at what a proxy makes of the request line and of single fields.'
  return { cause: 'signature-fields', finding, cure, proven: true }
}

const unknownCause: Cause = {
  cause: 'unknown',
  finding: 'The signature verifies with none of the changes that are tried here.',
  cure: 'Most likely the key is another one: compare its secret or public key on both sides, a secret also for whether it is decoded from Base64. Else print the signature base on both sides: the first line that differs is the answer.',
  proven: false,
}
