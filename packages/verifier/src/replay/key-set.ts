/** The 128 bits of the key of a claim, as four words. */
interface KeyWords {
  readonly w0: number
  readonly w1: number
  readonly w2: number
  readonly w3: number
}

/** A key, and where it goes in each set of one secret. */
export interface HashedKey extends KeyWords {
  readonly hash: number
}

/** Four random words, which decide where keys go: nobody can choose nonces that meet in one place. */
export type KeySetSecret = readonly number[]

/** Keys that are remembered together, and forgotten together: 20 to 40 bytes each, outside of the heap of objects. */
export interface KeySet {
  readonly secret: KeySetSecret
  /** Segments by the first `depth` bits of a hash. One of lesser depth stands at several places. */
  segments: readonly Segment[]
  depth: number
  size: number
}

/** A hash table of a fixed size. A full one becomes two, so that no claim ever waits for a large table to grow. */
interface Segment {
  /** How many leading bits the hashes of its keys have in common. */
  readonly depth: number
  /** Four words of each key, in the order of arrival. */
  readonly words: Int32Array
  /** The number of a key in that order, from 1 on, at the place of its hash or the next that is free; 0 is free. */
  readonly places: Uint16Array
  count: number
}

/** Keys of one segment. There are twice as many places, so that few have to be looked at. */
const segmentKeys = 1024
const segmentPlaces = 2 * segmentKeys

/** A billion keys differ in 20 bits of their hashes. */
const maxDepth = 24

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const sextets = /* @__PURE__ */ sextetTable()

function sextetTable(): Int8Array {
  const table = new Int8Array(128).fill(-1)
  for (let index = 0; index < 64; index++) table[alphabet.charCodeAt(index)] = index
  return table
}

/** Reads the 22 characters of a key. @throws TypeError for anything else: a mistake of the caller. */
export function readKey(key: string, secret: KeySetSecret): HashedKey {
  const [w0, w1, w2, w3] = [thirtyBits(key, 0), thirtyBits(key, 5), thirtyBits(key, 10), thirtyBits(key, 15)]
  // The last eight of 128 bits: two for each word.
  const rest = (sextetAt(key, 20) << 2) | (sextetAt(key, 21) >> 4)
  if (key.length !== 22 || (w0 | w1 | w2 | w3 | rest) < 0) {
    throw new TypeError('the key of a claim has 22 characters of base64url')
  }
  const words: KeyWords = {
    w0: w0 | (rest << 30),
    w1: w1 | ((rest >> 2) << 30),
    w2: w2 | ((rest >> 4) << 30),
    w3: w3 | ((rest >> 6) << 30),
  }
  return hashed(words, secret)
}

/** Five characters, or a negative number where one is outside of the alphabet. */
function thirtyBits(key: string, start: number): number {
  let bits = 0
  for (let index = start; index < start + 5; index++) bits = (bits << 6) | sextetAt(key, index)
  return bits
}

function sextetAt(key: string, index: number): number {
  const code = key.charCodeAt(index)
  return code < 128 ? (sextets[code] as number) : -1
}

/** An empty set. @param secret four random words. */
export function createKeySet(secret: KeySetSecret): KeySet {
  return { secret, segments: [emptySegment(0)], depth: 0, size: 0 }
}

function emptySegment(depth: number): Segment {
  return { depth, words: new Int32Array(4 * segmentKeys), places: new Uint16Array(segmentPlaces), count: 0 }
}

/** Whether a key is in a set. */
export function hasKey(set: KeySet, key: HashedKey): boolean {
  const segment = segmentOf(set, key.hash)
  return segment.places[placeOf(segment, key)] !== 0
}

/** Adds a key that is not in the set yet. */
export function addKey(set: KeySet, key: HashedKey): void {
  while (segmentOf(set, key.hash).count === segmentKeys) split(set, key.hash)
  put(segmentOf(set, key.hash), key)
  set.size++
}

/** Each word is mixed in with a word of the secret, so that nobody knows which keys meet. */
function hashed({ w0, w1, w2, w3 }: KeyWords, [s0 = 0, s1 = 0, s2 = 0, s3 = 0]: KeySetSecret): HashedKey {
  const hash = mixed(mixed(mixed(mixed(w0 ^ s0) ^ w1 ^ s1) ^ w2 ^ s2) ^ w3 ^ s3)
  return { w0, w1, w2, w3, hash }
}

/** The last step of MurmurHash3, after which each bit depends on all. */
function mixed(word: number): number {
  const first = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  const second = Math.imul(first ^ (first >>> 13), 0xc2b2ae35)
  return second ^ (second >>> 16)
}

function segmentOf({ segments, depth }: KeySet, hash: number): Segment {
  return segments[prefixOf(hash, depth)] as Segment
}

/** The first bits of a hash. JavaScript shifts by 32 as by 0. */
function prefixOf(hash: number, depth: number): number {
  return depth === 0 ? 0 : hash >>> (32 - depth)
}

/** Where a key is, or else the free place where it would be: half of the places are free. */
function placeOf({ words, places }: Segment, { w0, w1, w2, w3, hash }: HashedKey): number {
  for (let place = hash & (segmentPlaces - 1); ; place = (place + 1) & (segmentPlaces - 1)) {
    const number = places[place] as number
    if (number === 0) return place
    const at = 4 * (number - 1)
    if (words[at] === w0 && words[at + 1] === w1 && words[at + 2] === w2 && words[at + 3] === w3) return place
  }
}

function put(segment: Segment, key: HashedKey): void {
  const { words, places, count } = segment
  const at = 4 * count
  words[at] = key.w0
  words[at + 1] = key.w1
  words[at + 2] = key.w2
  words[at + 3] = key.w3
  places[placeOf(segment, key)] = count + 1
  segment.count = count + 1
}

/** Makes two segments of a full one, by the next bit of their hashes. */
function split(set: KeySet, fullHash: number): void {
  const full = segmentOf(set, fullHash)
  if (full.depth === maxDepth) throw new Error('the keys of claims are not random')
  if (full.depth === set.depth) {
    set.segments = set.segments.flatMap((segment) => [segment, segment])
    set.depth++
  }
  const halves = [emptySegment(full.depth + 1), emptySegment(full.depth + 1)] as const
  for (let number = 0; number < full.count; number++) {
    const [w0 = 0, w1 = 0, w2 = 0, w3 = 0] = full.words.subarray(4 * number, 4 * number + 4)
    const key = hashed({ w0, w1, w2, w3 }, set.secret)
    put(halves[nextBit(key.hash, full.depth)], key)
  }
  set.segments = set.segments.map((segment, prefix) =>
    segment === full ? halves[nextBit(prefix << (32 - set.depth), full.depth)] : segment,
  )
}

/** The bit of a hash after so many. */
function nextBit(hash: number, depth: number): 0 | 1 {
  return ((hash >>> (31 - depth)) & 1) as 0 | 1
}
