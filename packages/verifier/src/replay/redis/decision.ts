import { SignatureError } from '@countersign/core'
import type { Announce, FloorRaised } from '../floor-raised.ts'
import type { ClaimOutcome, ReplayClaim } from '../replay-store.ts'
import { startingRefusal } from '../starting.ts'

/** What became of one claim. A refusal is thrown to the one that asked. */
export type Decision = ClaimOutcome | SignatureError

/** What the script answers, see claim-script.ts. */
interface Answer {
  /** The clock that decided, in Unix seconds. */
  readonly now: number
  /** The floor, where it was raised. */
  readonly raised: number | undefined
  /** When the history began, unless nothing can be missing from it. */
  readonly startedAt: number | undefined
  readonly reason: FloorRaised['reason']
  /** When the oldest entries are forgotten. */
  readonly roomAt: number
  /** One for each claim. */
  readonly letters: string
}

const form =
  /^(?<now>\d+) (?<raised>-|\d+) (?<startedAt>-|\d+) (?<reason>-|[a-z-]+) (?<roomAt>-|\d+) (?<letters>[arsnf]*) \.$/

/** @throws Error for anything else than what the script answers: nobody is let in on a guess. */
function parseAnswer(text: string): Answer {
  const parts = form.exec(text)?.groups
  if (parts === undefined) throw new Error('Redis gave an answer that is none of the script')
  const seconds = (value: string | undefined): number | undefined => (value === '-' ? undefined : Number(value))
  const now = Number(parts['now'])
  return {
    now,
    raised: seconds(parts['raised']),
    startedAt: seconds(parts['startedAt']),
    reason: parts['reason'] === 'failover' ? 'failover' : 'no-history',
    roomAt: seconds(parts['roomAt']) ?? now,
    letters: parts['letters'] ?? '',
  }
}

/** Reads what was decided on a list of claims, and tells of a floor that was raised. */
export function readDecisions(text: string, claims: readonly ReplayClaim[], announce: Announce): readonly Decision[] {
  const answer = parseAnswer(text)
  if (answer.raised !== undefined) announce('forgotten', answer.raised)
  return claims.map((claim, index) => decisionOf(answer, answer.letters[index], { claim, announce }))
}

function decisionOf(
  { now, startedAt, reason, roomAt }: Answer,
  letter: string | undefined,
  { claim, announce }: { readonly claim: ReplayClaim; readonly announce: Announce },
): Decision {
  switch (letter) {
    case 'a':
      return 'accepted'
    case 'r':
      return 'replayed'
    case 's':
      return 'stale'
    case 'f':
      return new SignatureError('replay_store_full', '', { retryAfterSeconds: Math.max(1, roomAt - now) })
    default: {
      const starting = letter === 'n' ? startingRefusal(startedAt, claim, now) : undefined
      if (starting === undefined) throw new Error('Redis gave an answer that does not fit the claim')
      announce(reason, starting.floor)
      return starting.refusal
    }
  }
}
