/** What the stores ask of the numbers in their options. @throws TypeError that names the option. */
export function requireWholeNumber(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least)
    throw new TypeError(`${name} must be a whole number from ${least} on`)
}

/** How many live nonces a store has room for. */
export interface Room {
  readonly total: number
  readonly perPrincipal: number
}

/** The options of a store that bound it. */
export interface RoomOptions {
  /** Live nonces of all principals together. A full store refuses; it never evicts. @default 1000000 */
  readonly maxEntries?: number
  /** Live nonces of one principal, so that a flood by one leaves the others served. @default a tenth of maxEntries */
  readonly maxEntriesPerPrincipal?: number
}

/** Completes the options that bound a store. @throws TypeError when one is no whole number above 0. */
export function roomOf({ maxEntries = 1_000_000, maxEntriesPerPrincipal }: RoomOptions): Room {
  requireWholeNumber('maxEntries', maxEntries, 1)
  const perPrincipal = maxEntriesPerPrincipal ?? Math.ceil(maxEntries / 10)
  requireWholeNumber('maxEntriesPerPrincipal', perPrincipal, 1)
  return { total: maxEntries, perPrincipal }
}

/**
 * The Unix time of a clock that an option gives.
 *
 * @throws TypeError for anything that is no time: a store that took it would believe that nothing came before it.
 */
export function unixSecondsOf(clock: () => number): number {
  const seconds = Math.floor(clock() / 1000)
  requireWholeNumber('clock(), in seconds,', seconds, 0)
  return seconds
}
