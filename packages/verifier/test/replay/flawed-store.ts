import { SignatureError } from '@countersign/core'
import type { ClaimOutcome, ReplayClaim, ReplayStore } from '@countersign/verifier'
import type { MakeReplayStore } from '@countersign/verifier/replay-store-conformance'

/** One mistake each, as stores have been seen to make them. */
export type Flaw =
  | 'keeps for a while from first sight'
  | 'looks only where its created belongs'
  | 'waits between looking and writing'
  | 'evicts when it is full'
  | 'evicts and refuses when it is full'
  | 'forgets without raising the floor'
  | 'lets the floor follow the clock'
  | 'forgets by the window of the claim'
  | 'forgets a second too early'
  | 'loses its entries on a restart'
  | 'loses its floor on a restart'
  | 'starts as if fresh'
  | 'does not recheck the window'
  | 'remembers what it refused'
  | 'compares keys without their case'
  | 'has entries of its own at each instance'
  | 'never forgets'
  | 'answers with a boolean'
  | 'fails now and then'

/** What survives a restart. */
interface Disk {
  floor: number
  longestLife: number
  startedAt: number
  readonly groups: Map<number, Set<string>>
  readonly room: number
}

/** A store that keeps everything but one rule; without a flaw, it keeps them all. */
export function storeWith(flaw?: Flaw): MakeReplayStore {
  return ({ clock, startsFresh, maxEntries = Number.POSITIVE_INFINITY }) => {
    const isFresh = startsFresh || flaw === 'starts as if fresh'
    const disk: Disk = {
      floor: Number.NEGATIVE_INFINITY,
      longestLife: 0,
      startedAt: isFresh ? Number.NEGATIVE_INFINITY : Math.floor(clock() / 1000),
      groups: new Map(),
      room: maxEntries,
    }
    const instance = (of = disk): ReplayStore => ({ claim: (claim) => claimOn(of, claim, flaw) })
    return {
      store: instance(),
      reopen: () => {
        if (flaw === 'loses its entries on a restart') disk.groups.clear()
        if (flaw === 'loses its floor on a restart') disk.floor = Number.NEGATIVE_INFINITY
        return instance()
      },
      join: () => instance(flaw === 'has entries of its own at each instance' ? { ...disk, groups: new Map() } : disk),
    }
  }
}

async function claimOn(disk: Disk, claim: ReplayClaim, flaw: Flaw | undefined): Promise<ClaimOutcome> {
  const { created, now } = claim
  const key = flaw === 'compares keys without their case' ? claim.key.toLowerCase() : claim.key
  forget(disk, claim, flaw)
  const isOutside = now > claim.forgetAfter || created > now + claim.futureSkewSeconds
  if (isOutside && flaw === 'remembers what it refused') groupOf(disk, created).add(key)
  if (isOutside && flaw !== 'does not recheck the window') return 'stale'
  if (created <= disk.floor) return 'stale'
  const group = flaw === 'keeps for a while from first sight' ? now : created
  if (isKnown(disk, key, flaw === 'looks only where its created belongs' ? group : undefined)) {
    return (flaw === 'answers with a boolean' ? false : 'replayed') as ClaimOutcome
  }
  if (created <= disk.startedAt + claim.futureSkewSeconds) throw new SignatureError('replay_store_starting')
  if (flaw === 'waits between looking and writing') await Promise.resolve()
  if (flaw === 'fails now and then' && key.endsWith('9A')) throw new Error('the connection was reset')
  makeRoom(disk, flaw)
  groupOf(disk, group).add(key)
  return 'accepted'
}

function forget(disk: Disk, { created, forgetAfter, now }: ReplayClaim, flaw: Flaw | undefined): void {
  const life = forgetAfter - created
  disk.longestLife = flaw === 'forgets by the window of the claim' ? life : Math.max(disk.longestLife, life)
  if (flaw === 'never forgets') return
  const raises = flaw !== 'forgets without raising the floor' && flaw !== 'keeps for a while from first sight'
  if (flaw === 'lets the floor follow the clock') disk.floor = now - disk.longestLife - 1
  const early = flaw === 'forgets a second too early' ? 1 : 0
  for (const group of disk.groups.keys()) {
    if (group + disk.longestLife - early >= now) continue
    if (raises && early === 0 && flaw !== 'lets the floor follow the clock') disk.floor = Math.max(disk.floor, group)
    disk.groups.delete(group)
  }
}

function isKnown(disk: Disk, key: string, onlyGroup: number | undefined): boolean {
  if (onlyGroup !== undefined) return disk.groups.get(onlyGroup)?.has(key) ?? false
  return [...disk.groups.values()].some((group) => group.has(key))
}

function makeRoom(disk: Disk, flaw: Flaw | undefined): void {
  const entries = [...disk.groups.values()].reduce((sum, group) => sum + group.size, 0)
  if (entries < disk.room) return
  const evicts = flaw === 'evicts when it is full' || flaw === 'evicts and refuses when it is full'
  const oldest = [...disk.groups.values()].find((group) => group.size > 0)
  if (evicts) oldest?.delete([...oldest][0] ?? '')
  if (flaw !== 'evicts when it is full') throw new SignatureError('replay_store_full')
}

function groupOf(disk: Disk, index: number): Set<string> {
  const group = disk.groups.get(index) ?? new Set()
  disk.groups.set(index, group)
  return group
}
