/** A key, and where it goes in each set of one secret. */
export interface HashedKey {
  readonly w0: number
  readonly w1: number
  readonly w2: number
  /** Stands for the fourth word of the key: with the other three it says which that was. */
  readonly hash: number
}

/** Four random words, which decide where keys go: nobody can choose nonces that meet in one place. */
export type KeySetSecret = readonly number[]

/** Keys that are added one by one, and forgotten by the group: some 36 bytes each, outside of the heap of objects. */
export interface KeySet {
  /** Keys of this group are forgotten, and those of groups with lesser numbers. 0 at first. */
  forgotten: number
  /** A power of two of them. One that is of fewer parts stands at several places, side by side. */
  segments: Segment[]
  /** What was freed last is used again, so that the collector has nothing to do with it. */
  spare: Segment | undefined
}

/** A hash table, so small that a claim can wait until it is made anew: that takes a fifth of a millisecond. */
interface Segment {
  /** It has the keys of one of so many parts of all hashes: a power of two. */
  readonly parts: number
  /** How many keys could be in it: a power of two. */
  readonly places: number
  /** For each place the hash and the words of a key, and its group; a group of 0 says that the place is free. */
  readonly entries: Int32Array
  /** How many places are taken, by forgotten keys too. */
  taken: number
}

/** Powers of two. The larger segments are, the fewer there are to find: a processor can keep all of that in its cache. */
const fewestPlaces = 256
const mostPlaces = 16_384

/** So many segments have room for half a billion keys. Beyond, they become larger. */
const mostParts = 2 ** 16

/** So many of its places are taken in a full segment, and so many of these may be kept when it is made anew. */
const mostTaken = 13 / 16
const mostKept = 7 / 8

/** Words of an entry. */
const stride = 5

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const sextets = /* @__PURE__ */ sextetTable()

function sextetTable(): Int8Array {
  const table = new Int8Array(128).fill(-1)
  for (let index = 0; index < 64; index++) table[alphabet.charCodeAt(index)] = index
  return table
}

/** Reads the 22 characters of a key. @throws TypeError for anything else: a mistake of the caller. */
export function readKey(key: string, secret: KeySetSecret): HashedKey {
  const [b0, b1, b2, b3] = [thirtyBits(key, 0), thirtyBits(key, 5), thirtyBits(key, 10), thirtyBits(key, 15)]
  // The last eight of 128 bits: two for each word.
  const rest = (sextetAt(key, 20) << 2) | (sextetAt(key, 21) >> 4)
  if (key.length !== 22 || (b0 | b1 | b2 | b3 | rest) < 0) {
    throw new TypeError('the key of a claim has 22 characters of base64url')
  }
  const w0 = b0 | (rest << 30)
  const w1 = b1 | ((rest >> 2) << 30)
  const w2 = b2 | ((rest >> 4) << 30)
  const w3 = b3 | ((rest >> 6) << 30)
  const [s0 = 0, s1 = 0, s2 = 0, s3 = 0] = secret
  // Each step is a bijection of its word. So keys that have the first three in common have two hashes.
  const hash = mixed(mixed(mixed(mixed(w0 ^ s0) ^ w1 ^ s1) ^ w2 ^ s2) ^ w3 ^ s3)
  return { w0, w1, w2, hash }
}

/** Five characters, or a negative number where one is outside of the alphabet. */
function thirtyBits(key: string, start: number): number {
  let bits = 0
  for (let index = start; index < start + 5; index++) bits = (bits << 6) | sextetAt(key, index)
  return bits
}

/**
 * As long as no class extends String, V8 looks for this method but once. In a client of Redis one does, and then each
 * `key.charCodeAt()` takes eight times as long.
 */
const { charCodeAt } = String.prototype

function sextetAt(key: string, index: number): number {
  const code = charCodeAt.call(key, index)
  return code < 128 ? (sextets[code] as number) : -1
}

/** The last step of MurmurHash3, after which each bit depends on all. */
function mixed(word: number): number {
  const first = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  const second = Math.imul(first ^ (first >>> 13), 0xc2b2ae35)
  return second ^ (second >>> 16)
}

/** An empty set. */
export function createKeySet(): KeySet {
  return { forgotten: 0, segments: [emptySegment(1, fewestPlaces)], spare: undefined }
}

function emptySegment(parts: number, places: number): Segment {
  return { parts, places, entries: new Int32Array(stride * places), taken: 0 }
}

/** Whether a key is in a set, and not forgotten. */
export function hasKey(set: KeySet, key: HashedKey): boolean {
  const segment = segmentOf(set, key.hash)
  return (segment.entries[entryOf(segment, key) + 4] as number) > set.forgotten
}

/** Adds a key that {@link hasKey} does not find. @param group a whole number of 31 bits, greater than what is forgotten. */
export function addKey(set: KeySet, key: HashedKey, group: number): void {
  while (isFull(segmentOf(set, key.hash))) renew(set, key.hash)
  const segment = segmentOf(set, key.hash)
  const { entries } = segment
  const at = entryOf(segment, key)
  // Or it is the place where the key was before it was forgotten.
  if (entries[at + 4] === 0) segment.taken++
  entries[at] = key.hash
  entries[at + 1] = key.w0
  entries[at + 2] = key.w1
  entries[at + 3] = key.w2
  entries[at + 4] = group
}

function isFull({ places, taken }: Segment): boolean {
  return taken === places * mostTaken
}

function segmentOf({ segments }: KeySet, hash: number): Segment {
  return segments[partOf(hash, segments.length)] as Segment
}

/**
 * Into which part of all hashes one falls. The first part has twice as many as the last, so that segments become full
 * one after the other, and not all at the same time: "spiral storage" (Martin 1979), with a parabola for its curve.
 */
function partOf(hash: number, parts: number): number {
  const share = (hash >>> 0) / 2 ** 32
  return Math.floor(((share * (2 + share)) / 3) * parts)
}

/** The entry of a key, or else the free one where it would be: there always is one. */
function entryOf({ places, entries }: Segment, { w0, w1, w2, hash }: HashedKey): number {
  for (let at = homeOf(hash, places); ; at = nextOf(at, entries)) {
    if (entries[at + 4] === 0) return at
    if (entries[at] === hash && entries[at + 1] === w0 && entries[at + 2] === w1 && entries[at + 3] === w2) return at
  }
}

/** The entry where a search begins. */
function homeOf(hash: number, places: number): number {
  return stride * (hash & (places - 1))
}

function nextOf(at: number, entries: Int32Array): number {
  return at + stride === entries.length ? 0 : at + stride
}

/** Makes the full segment of a hash anew without the keys that are forgotten: larger or as two, if too many are left. */
function renew(set: KeySet, hash: number): void {
  const full = segmentOf(set, hash)
  const { parts } = full
  const grows = keptKeys(full, set.forgotten) > full.taken * mostKept
  const splits = grows && full.places >= mostPlaces && parts < mostParts
  const places = grows && !splits ? 2 * full.places : full.places
  if (splits && parts === set.segments.length) set.segments = set.segments.flatMap((segment) => [segment, segment])
  const left = unusedSegment(set, splits ? 2 * parts : parts, places)
  const right = splits ? unusedSegment(set, 2 * parts, places) : left
  moveKeys(full, set.forgotten, [left, right])
  const width = set.segments.length / parts
  const first = width * partOf(hash, parts)
  set.segments.fill(left, first, first + width)
  if (splits) set.segments.fill(right, first + width / 2, first + width)
  full.entries.fill(0)
  set.spare = full
}

/** Counts without a branch, which the processor would guess wrong half of the time. */
function keptKeys({ entries }: Segment, forgotten: number): number {
  let count = 0
  for (let at = 4; at < entries.length; at += stride) count += (forgotten - (entries[at] as number)) >>> 31
  return count
}

function unusedSegment(set: KeySet, parts: number, places: number): Segment {
  const { spare } = set
  if (spare?.places !== places) return emptySegment(parts, places)
  set.spare = undefined
  return { parts, places, entries: spare.entries, taken: 0 }
}

/** Puts what is kept of a full segment into one or the other half of its part. */
function moveKeys({ parts, entries }: Segment, forgotten: number, halves: readonly [Segment, Segment]): void {
  for (let from = 0; from < entries.length; from += stride) {
    if ((entries[from + 4] as number) <= forgotten) continue
    const hash = entries[from] as number
    const half = halves[(partOf(hash, 2 * parts) & 1) as 0 | 1]
    let at = homeOf(hash, half.places)
    while (half.entries[at + 4] !== 0) at = nextOf(at, half.entries)
    for (let word = 0; word < stride; word++) half.entries[at + word] = entries[from + word] as number
    half.taken++
  }
}
