import type { ReplayClaim } from '../replay-store.ts'
import type { Room } from '../store-options.ts'
import type { Ask } from './client.ts'
import type { PostgresNames } from './names.ts'

/** A claim as the database takes it. */
export interface PostgresEntry {
  /** 16 bytes, as 32 hexadecimal digits. */
  readonly key: string
  /** Of the name, so that each takes the same place, and any text can be one. */
  readonly principal: string
  readonly claim: ReplayClaim
}

/** What the database says to one claim. Times are Unix seconds. */
export interface PostgresVerdict {
  readonly outcome: 'accepted' | 'replayed' | 'stale' | 'starting' | 'full'
  /** The clock that the database went by. */
  readonly now: number
  readonly floor: number
  /** The bucket that is forgotten next. */
  readonly oldest: number | null
  /** The longest time from `created` to `forgetAfter` that was ever asked for. */
  readonly life: number
  readonly startedAt: number | null
  readonly because: 'no-history' | 'failover' | null
}

/** What the database did to forget. */
export interface PostgresForgetting {
  /** The new floor, where this call has raised it. */
  readonly raised: number | null
  /** Whether there may be more to delete. */
  readonly more: boolean
}

/** What one store asks of its database: each is one statement, on any connection. */
export interface PostgresRounds {
  /** Makes sure of the state, and asks nothing more. */
  readonly start: (startsFresh: boolean) => Promise<void>
  readonly claim: (entries: readonly PostgresEntry[]) => Promise<readonly PostgresVerdict[]>
  readonly forget: () => Promise<PostgresForgetting>
}

/** Entries that one call deletes at the most, so that none takes long. */
const mostForgotten = 10_000

/** The statements of a store. `ownClock` gives Unix seconds; without it the clock of the server counts. */
export function roundsOf(
  ask: Ask,
  names: PostgresNames,
  { room, ownClock }: { room: Room; ownClock: (() => number) | undefined },
): PostgresRounds {
  const call = async (procedure: string, asked: object, ...more: readonly object[]): Promise<unknown> => {
    const clock = ownClock && { clock: ownClock() }
    const values = [{ ...asked, ...clock }, ...more].map((value) => JSON.stringify(value))
    // As text, since clients differ in what they do to values of the type json.
    const placeholders = values.map((_value, index) => `$${index + 1}::text::json`)
    const answer = await ask(`CALL ${procedure}(${placeholders.join(', ')}, NULL)`, values)
    if (typeof answer !== 'string') throw new Error('the database gave an answer that is none')
    return JSON.parse(answer)
  }
  const caps = { maxEntries: room.total, maxEntriesPerPrincipal: room.perPrincipal }
  return {
    start: async (startsFresh) => void (await call(names.claim, { ...caps, startsFresh }, [])),
    claim: async (entries) =>
      verdictsOf(await call(names.claim, { ...caps, ...limitsOf(entries) }, entries.map(messageOf))),
    forget: async () => (await call(names.forget, { most: mostForgotten })) as PostgresForgetting,
  }
}

function limitsOf(entries: readonly PostgresEntry[]): object {
  return {
    now: Math.max(...entries.map(({ claim }) => claim.now)),
    life: Math.max(...entries.map(({ claim }) => claim.forgetAfter - claim.created)),
  }
}

function messageOf({ key, principal, claim }: PostgresEntry): object {
  return { key, principal, created: claim.created, until: claim.forgetAfter, skew: claim.futureSkewSeconds }
}

function verdictsOf(answer: unknown): readonly PostgresVerdict[] {
  const { outcomes, ...report } = answer as { outcomes: readonly PostgresVerdict['outcome'][] | null }
  return (outcomes ?? []).map((outcome) => ({ ...(report as Omit<PostgresVerdict, 'outcome'>), outcome }))
}
