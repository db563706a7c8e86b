/**
 * The milliseconds since it was made. A clock that is set back adds nothing, so that nothing gets younger by it and no
 * pause longer.
 */
export function steadyClock(clock: () => number): () => number {
  let last = clock()
  let total = 0
  return () => {
    const now = clock()
    total += Math.max(0, now - last)
    last = now
    return total
  }
}
