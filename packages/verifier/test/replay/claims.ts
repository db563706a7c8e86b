import type { ReplayClaim } from '@countersign/verifier'

/** The clock of the tests, in Unix seconds. */
export const start = 1_700_000_000

/** The same in milliseconds, for the options of a store. */
export const clock = (): number => start * 1000

/** The hook of a store that starts without a history on purpose. */
export const untold = { onFloorRaised: (): void => {} } as const

/** A claim at the start, as a verifier with the default policy makes it. */
export function claimOf(parts: Partial<ReplayClaim> = {}): ReplayClaim {
  const created = parts.created ?? start
  return {
    key: keyOf(0),
    principal: 'alice',
    created,
    forgetAfter: created + 60,
    now: start,
    futureSkewSeconds: 10,
    ...parts,
  }
}

/** A key as a verifier makes them: 22 characters of base64url. */
export function keyOf(number: number): string {
  return `${String(number).padStart(21, '0')}A`
}
