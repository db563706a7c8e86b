import { type ComponentIdentifier, plainComponent } from '../message/component.ts'
import { type CoveredComponents, coveredComponents } from './covered-components.ts'

/** How many lists are kept. A program signs with few, and with each of them again and again. */
const capacity = 16

/** What was asked for, and what was made of it. */
interface SignedList {
  readonly entries: readonly (string | ComponentIdentifier)[]
  readonly covered: CoveredComponents
}

const signedLists: SignedList[] = []
let oldest = 0

/**
 * The components that a signer lists, by name or as identifiers.
 *
 * @throws SignatureError `invalid_component` or `duplicate_component`
 */
export function componentsToSign(listed: Iterable<string | ComponentIdentifier>): CoveredComponents {
  // Compared entry by entry, since the caller may change its array.
  const entries = Array.isArray(listed) ? (listed as SignedList['entries']) : [...listed]
  return signedLists.find((known) => isSame(known.entries, entries))?.covered ?? keep(entries)
}

function isSame(left: SignedList['entries'], right: SignedList['entries']): boolean {
  return left.length === right.length && left.every((entry, index) => entry === right[index])
}

function keep(entries: SignedList['entries']): CoveredComponents {
  const covered = coveredComponents(entries.map((entry) => (typeof entry === 'string' ? plainComponent(entry) : entry)))
  // Somebody's own identifier may change, and is read each time.
  if (!entries.every((entry) => typeof entry === 'string' || Object.isFrozen(entry))) return covered
  signedLists[oldest] = { entries: [...entries], covered }
  oldest = (oldest + 1) % capacity
  return covered
}
