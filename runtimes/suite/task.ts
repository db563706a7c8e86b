import type { AlgorithmName, NamedJwk } from '@countersign/core'
import type { VectorFile, VectorKeys } from '../../packages/vectors/test/runner/vector.ts'
import { createRecorder, type TestResult } from './recorder.ts'
import { type Sample, signSamples, type Verdict, verifySamples } from './samples.ts'
import { fetchTests } from './tests/calls.ts'
import { keyTests } from './tests/keys.ts'
import { type Facts, measureFacts, platformTests } from './tests/platform.ts'
import { vectorTests } from './tests/vectors.ts'
import { verifierTests } from './tests/verifier.ts'

/** A key of all runtimes, made by none of them. Every member is JSON. */
export interface TaskKey {
  readonly algorithm: AlgorithmName
  readonly keyId: string
  /** The private key, or the secret of HMAC. */
  readonly privateJwk: NamedJwk
  readonly publicJwk?: NamedJwk
  readonly privatePem?: string
  readonly publicPem?: string
  /** RFC 7638, of another implementation. */
  readonly thumbprint?: string
  /** A text, and its signature in base64 by another implementation. */
  readonly refereeBase: string
  readonly signature: string
}

/** What a runtime is expected to have. */
export interface Capabilities {
  readonly subtle: boolean
  readonly random: boolean
  readonly curves: boolean
  readonly rsa: boolean
  readonly fetch: boolean
  readonly secrets: boolean
}

/** The shared test vectors. */
export interface Vectors {
  readonly keys: VectorKeys
  readonly files: readonly VectorFile[]
}

/** Runs the suite of behaviour. */
export interface SuiteTask {
  readonly kind: 'suite'
  /** Of the loopback server, as this runtime calls it. */
  readonly origin: string
  /** The name by which the server counts. */
  readonly run: string
  readonly keys: readonly TaskKey[]
  readonly vectors: Vectors
  readonly capabilities: Capabilities
}

/** Signs a message with each algorithm. */
export interface SignTask {
  readonly kind: 'sign'
  readonly keys: readonly TaskKey[]
  readonly algorithms: readonly AlgorithmName[]
  /** Unix seconds. */
  readonly now: number
  readonly nonce: string
}

/** Verifies what others have signed. */
export interface VerifyTask {
  readonly kind: 'verify'
  readonly keys: readonly TaskKey[]
  readonly samples: readonly Sample[]
  /** Unix seconds. */
  readonly now: number
}

/** What a runtime can be asked for. */
export type Task = SuiteTask | SignTask | VerifyTask

/** What the suite found. */
export interface SuiteResult {
  readonly tests: readonly TestResult[]
  readonly facts: Facts
}

/** Does what a task asks for. All that goes in and comes out is JSON. */
export async function runTask(
  task: Task,
): Promise<SuiteResult | { readonly samples: readonly Sample[] } | { readonly verdicts: readonly Verdict[] }> {
  switch (task.kind) {
    case 'suite':
      return runSuite(task)
    case 'sign':
      return { samples: await signSamples(task) }
    case 'verify':
      return { verdicts: await verifySamples(task) }
  }
}

async function runSuite(task: SuiteTask): Promise<SuiteResult> {
  const recorder = createRecorder()
  const facts = await measureFacts()
  await platformTests(recorder, task, facts)
  await vectorTests(recorder, task)
  await keyTests(recorder, task)
  await verifierTests(recorder, task)
  await fetchTests(recorder, task)
  return { tests: recorder.results(), facts }
}
