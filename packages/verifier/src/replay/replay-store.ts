/** One verified signature that asks to be let in. Times are Unix seconds. */
export interface ReplayClaim {
  /** Names (scope, principal, nonce): 22 characters of base64url, a hash that reveals none of them. */
  readonly key: string
  /** Who signed. Only for caps, so that a flood by one principal leaves the others served. */
  readonly principal: string
  /** The `created` parameter. */
  readonly created: number
  /** The last second in which the verifier would accept a message with this `created`. */
  readonly forgetAfter: number
  /** The clock of the verifier at this moment. */
  readonly now: number
  /** How far in the future of `now` the verifier accepts `created`. */
  readonly futureSkewSeconds: number
}

/** What a store answers. `stale`: the claim is outside its window, or at or below the floor. */
export type ClaimOutcome = 'accepted' | 'replayed' | 'stale'

/**
 * Remembers what was accepted. A store may forget an entry only after it has raised its floor to at
 * least that entry's `created`, and answers `stale` for anything at or below the floor. So no message is
 * accepted twice, whatever happens to clocks, windows or memory.
 *
 * `replayStoreConformance` of `@countersign/verifier/replay-store-conformance` checks a store of your own.
 */
export interface ReplayStore {
  /**
   * Atomically accepts a key at most once, and rechecks the window and the floor in the same step. A key is
   * known by whatever `created` it comes back with. What is accepted is remembered before that is answered.
   *
   * A store that cannot tell throws: `SignatureError` with `replay_store_starting` or `replay_store_full`
   * where it knows why, anything else where it does not. The request is then refused with a 503.
   */
  claim(claim: ReplayClaim): ClaimOutcome | Promise<ClaimOutcome>
}
