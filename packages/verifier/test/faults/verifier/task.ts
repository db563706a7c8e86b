/** Where a verifier process finds its engine. Clients are loaded from where the test found them. */
export type EngineAddress =
  | { readonly kind: 'memory' }
  | {
      readonly kind: 'sqlite'
      readonly modulePath: string
      /** A folder. Each door has a file of its own in it. */
      readonly folder: string
      readonly busyTimeoutMilliseconds: number
    }
  | { readonly kind: 'redis'; readonly modulePath: string; readonly port: number }
  | { readonly kind: 'redis-cluster'; readonly modulePath: string; readonly ports: readonly number[] }
  | { readonly kind: 'postgres'; readonly modulePath: string; readonly connectionString: string }

/**
 * A verifier process has two doors, behind which the same requests meet the same faults: one with the store of this
 * package, one with a store as they are made at home, which keeps a nonce for a while from first sight.
 */
export const doors = ['ours', 'wrong'] as const

/** Which store is behind it. */
export type Door = (typeof doors)[number]

/** What a verifier process is told, as JSON. */
export interface VerifierTask {
  readonly engine: EngineAddress
  /** Each run of the handler appends a line to the tally of its door before it answers. */
  readonly tallies: Readonly<Record<Door, string>>
  readonly startsFresh: boolean
  readonly maxAgeSeconds: number
  readonly futureSkewSeconds: number
  readonly replayTimeoutMilliseconds: number
  readonly maxEntries: number
  /** How far its clock is ahead of that of the machine. */
  readonly offsetSeconds: number
}

/** What the test tells a running process. */
export interface ClockMessage {
  readonly offsetSeconds: number
}

/** What a process tells: where its doors are, or that its clock is set. */
export type ProcessMessage = { readonly ports: Readonly<Record<Door, number>> } | { readonly clockIsSet: true }
