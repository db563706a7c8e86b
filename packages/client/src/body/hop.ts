import type { Bytes, HashName } from '@countersign/core'

/** How far the hashing of a large body has come. */
export interface HashProgress {
  /** Bytes. */
  readonly hashedBytes: number
  /** Bytes. */
  readonly totalBytes: number
}

/** How bodies are read and hashed. */
export interface BodyOptions {
  /** Of Content-Digest, in this order. @default ['sha-256'] */
  readonly digestAlgorithms?: readonly HashName[]
  /**
   * The longest stream, in bytes. Content-Digest goes before the body, so a stream is read to its end before anything
   * is sent. It holds for the body of a Request too, which does not tell what it was made of. A Blob has no limit.
   *
   * @default 16777216, 16 MiB
   */
  readonly maxStreamBytes?: number
  /** Told of each mebibyte of a body of more than one, and of its end. What it throws changes nothing. @default none */
  readonly onHashProgress?: (progress: HashProgress) => void
}

/** What is hashed and sent. A Blob can lie on a disk: a large one is never in memory as a whole. */
export type Content = Bytes | Blob

/** One request to one URL, with its body as it was read once: what is hashed is what is sent, however often. */
export interface Hop {
  /** Everything but the body. */
  readonly request: Request
  /** Undefined when the request has no body. */
  readonly content: Content | undefined
  /** The Content-Digest of a body of at least one byte. */
  readonly contentDigest: string | undefined
}
