import type { ReplayClaim } from '../replay-store.ts'
import type { Room } from '../store-options.ts'

/** What names the keys of one partition. The braces keep them on one node of a Cluster. */
export function stateKey(keyPrefix: string, partition: number): string {
  return `{${keyPrefix}:${partition}}:state`
}

/**
 * The partition of a claim, by FNV-1a of its key. It must stay as it is: a key that moved to another partition would
 * be accepted there once more.
 */
export function partitionOf(key: string, partitions: number): number {
  if (partitions === 1) return 0
  let hash = 0x811c9dc5
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193)
  return (hash >>> 0) % partitions
}

/** What each partition has room for. */
export function roomOfPartition(room: Room, partitions: number): Room {
  return { total: Math.ceil(room.total / partitions), perPrincipal: Math.ceil(room.perPrincipal / partitions) }
}

/**
 * What the script reads of a claim: key, created, life, future skew, principal.
 *
 * @throws TypeError for a claim that is none: a mistake of the caller.
 */
export function claimLine(claim: ReplayClaim): string {
  const { key, principal, created, forgetAfter, now, futureSkewSeconds } = claim
  if (!/^[\w-]{22}$/.test(key)) throw new TypeError('the key of a claim has 22 characters of base64url')
  const life = forgetAfter - created
  if (!isTime(created) || !isTime(life) || !isTime(futureSkewSeconds) || !isTime(now)) {
    throw new TypeError('the times of a claim are whole numbers of seconds from 0 on')
  }
  return `${key} ${created} ${life} ${futureSkewSeconds} ${principal}`
}

function isTime(seconds: number): boolean {
  return Number.isSafeInteger(seconds) && seconds >= 0
}
