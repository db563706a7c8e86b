import type { AlgorithmName, HashName, NamedJwk, SignatureErrorCode } from '@countersign/core'
import type { FieldType } from '@countersign/core/structured-fields'

/** What a vector is about, and so what is done with it. */
export type VectorType = 'base' | 'sign' | 'verify' | 'digest' | 'structured-field' | 'accept-signature' | 'sequence'

/** A key of `keys.json`. */
export interface VectorKey {
  readonly algorithm: AlgorithmName
  readonly keyid: string
  readonly principal?: string
  readonly secret?: string
  readonly privateJwk?: NamedJwk
  readonly publicJwk?: NamedJwk
  readonly privatePem?: string
  readonly publicPem?: string
}

/** All keys, by name. */
export type VectorKeys = Readonly<Record<string, VectorKey>>

/** A field line: name and value. */
export type VectorLine = readonly [name: string, value: string]

/** Name and value of a parameter. */
export type VectorParameter = readonly [name: string, value: string | number | boolean]

/** The message of a vector. With a response, that is the message. */
export interface VectorMessage {
  readonly request: {
    readonly method: string
    readonly url: string
    readonly requestTarget?: string
    readonly headers: readonly VectorLine[]
    readonly trailers?: readonly VectorLine[]
    readonly body?: string
  }
  readonly response?: {
    readonly status: number
    readonly headers: readonly VectorLine[]
    readonly trailers?: readonly VectorLine[]
    readonly body?: string
  }
}

/** A component identifier. */
export interface VectorComponent {
  readonly name: string
  readonly parameters?: readonly VectorParameter[]
}

/** What the verifier is told. */
export interface VectorPolicy {
  readonly profile: 'rfc' | 'countersign'
  readonly label?: string
  readonly origin?: string
  readonly tag?: string
  readonly requiredComponents?: readonly string[]
  readonly maxAgeSeconds?: number
  readonly futureSkewSeconds?: number
  readonly maxBodyBytes?: number
  readonly fieldTypes?: Readonly<Record<string, FieldType>>
}

/** What a right implementation says. */
export interface Expectation {
  readonly result: 'accept' | 'reject'
  readonly error?: SignatureErrorCode
  readonly alsoAllowed?: readonly SignatureErrorCode[]
  readonly label?: string
  readonly keyid?: string
}

/** One step of a sequence. */
export interface VectorStep {
  readonly at: number
  readonly use?: string
  readonly copies?: number
  readonly store?: 'up' | 'unavailable'
  readonly restart?: 'durable' | 'memory'
  readonly maxAgeSeconds?: number
  readonly expect: Expectation
}

/** A test of any type, with the type, policy and time of its group. */
export interface Vector {
  readonly id: string
  readonly type: VectorType
  readonly comment: string
  readonly flags: readonly string[]
  readonly requires?: readonly string[]
  readonly message?: VectorMessage
  readonly label?: string
  readonly key?: string
  readonly keys?: readonly string[]
  readonly components?: readonly VectorComponent[]
  readonly parameters?: readonly VectorParameter[]
  readonly signatureInput?: string
  readonly signatureBase?: string
  readonly signature?: string
  readonly deterministic?: boolean
  readonly policy?: VectorPolicy
  readonly now?: number
  readonly digest?: {
    readonly field: 'content-digest' | 'repr-digest' | 'want-content-digest' | 'want-repr-digest'
    readonly operation: 'create' | 'verify' | 'choose'
    readonly value?: string
    readonly algorithms?: readonly HashName[]
    readonly chosen?: HashName | null
    readonly body?: string
  }
  readonly structuredField?: {
    readonly type: FieldType
    readonly raw: readonly string[]
    readonly canonical?: string
    readonly member?: string
  }
  readonly acceptSignature?: string
  readonly messages?: Readonly<Record<string, VectorMessage>>
  readonly steps?: readonly VectorStep[]
  readonly expect?: Expectation
}

/** A file of vectors. */
export interface VectorFile {
  readonly suite: VectorType
  readonly numberOfTests: number
  readonly notes: Readonly<Record<string, { readonly class: string; readonly description: string }>>
  readonly groups: readonly VectorGroup[]
}

/** Vectors that share a type, and mostly a policy and a time. */
export interface VectorGroup {
  readonly id: string
  readonly type: VectorType
  readonly policy?: VectorPolicy
  readonly now?: number
  readonly tests: readonly Omit<Vector, 'type'>[]
}

/** The vectors of a file, each complete by itself. */
export function vectorsOf(file: VectorFile): readonly Vector[] {
  return file.groups.flatMap(({ type, policy, now, tests }) => {
    const inherited = { ...(policy !== undefined && { policy }), ...(now !== undefined && { now }) }
    return tests.map((test): Vector => ({ ...inherited, ...test, type }))
  })
}

/** @throws Error when a vector lacks what its type needs. */
export function requireMember<Name extends keyof Vector>(vector: Vector, name: Name): NonNullable<Vector[Name]> {
  const value = vector[name]
  if (value !== undefined && value !== null) return value
  throw new Error(`${vector.id}: a vector of type ${vector.type} has ${name}`)
}
