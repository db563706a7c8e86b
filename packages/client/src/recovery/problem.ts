/** Why a Countersign server refused a request, as far as it tells a client. docs/refusals.md says what to do. */
export type ProblemKind =
  | 'missing'
  | 'malformed'
  | 'insufficient'
  | 'stale'
  | 'invalid'
  | 'replayed'
  | 'too-large'
  | 'unavailable'
  // A newer server may know more kinds than this client.
  | (string & {})

/** What a Countersign server says of a refusal (RFC 9457). */
export interface Problem {
  /** For programs. */
  readonly kind: ProblemKind
  /** A sentence for people. */
  readonly title: string
  /** The HTTP status. */
  readonly status: number
  /** The clock of the server in Unix seconds, where the time was the problem. */
  readonly serverTime?: number
}
