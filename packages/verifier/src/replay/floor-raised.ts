/** Tells that a store refuses from now on whatever is not newer than its floor. */
export interface FloorRaised {
  /** Which store. */
  readonly store: 'memory' | 'sqlite' | 'redis' | 'postgres'
  /**
   * - `forgotten`: it dropped what is too old to be accepted anyway; it happens all the time.
   * - `no-history`: it is new and was not told that it starts fresh, or somebody has emptied it.
   * - `failover`: the engine was restarted, restored or promoted, and may have lost the last of what it accepted.
   */
  readonly reason: 'forgotten' | 'no-history' | 'failover'
  /** Unix seconds: what was created then or before is refused. */
  readonly floor: number
}

/** An option of each store. */
export interface FloorRaisedOptions {
  /**
   * Told each time the floor is raised, for logs and metrics. What it throws is dropped.
   *
   * @default console.warn, unless what was dropped is too old anyway
   */
  readonly onFloorRaised?: (event: FloorRaised) => void
}

/** Tells the hook of one store, which must not change what becomes of a request. */
export type Announce = (reason: FloorRaised['reason'], floor: number) => void

/** Makes the function that tells. A start is told once, however many claims it refuses. */
export function announcer(store: FloorRaised['store'], { onFloorRaised = warn }: FloorRaisedOptions): Announce {
  let told = Number.NEGATIVE_INFINITY
  return (reason, floor) => {
    if (reason !== 'forgotten') {
      if (floor <= told) return
      told = floor
    }
    try {
      onFloorRaised({ store, reason, floor })
    } catch {
      // The floor is raised, whoever hears of it.
    }
  }
}

function warn({ store, reason, floor }: FloorRaised): void {
  if (reason === 'forgotten') return
  const what =
    reason === 'failover'
      ? 'was restarted or promoted, and may have lost the last of what it accepted'
      : 'has no history (where nothing was accepted before, say `startsFresh: true`)'
  const until = new Date(floor * 1000).toISOString()
  console.warn(`countersign: the ${store} replay store ${what}. It refuses what was created up to ${until}`)
}
