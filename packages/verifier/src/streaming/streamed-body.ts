import { type Bytes, isSignatureError, SignatureError, verifyDigestStream } from '@countersign/core'
import { tooLarge } from '../request/body.ts'

/** What became of a body: verified to its end, not read to its end, or why it is not the one that was signed. */
export type BodyOutcome = 'verified' | 'unread' | SignatureError

/**
 * A body that is verified while it is read, once. Its last piece is held back until all of its digests have matched:
 * whoever reads a body to its end has read what was signed, and everybody else gets a `SignatureError`.
 *
 * What was read before the end is not verified yet. Keep it where it can be thrown away, and commit at the end.
 */
export interface StreamedBody extends AsyncIterable<Bytes> {
  /**
   * Fulfilled once the whole body was read and is what was signed. Rejected with a `SignatureError` when it is not, or
   * when nobody read it to its end. It waits for as long as somebody may still read.
   */
  readonly verified: Promise<void>
  /** The same body for what takes a stream of the platform. It counts as reading. */
  toStream(): ReadableStream<Uint8Array>
  /** Ends the reading wherever it is, and tells what became of the body. `protectStream` calls it after the handler. */
  finish(): BodyOutcome
}

/** What a streamed body is made of. */
export interface StreamParts {
  /** As it comes off the wire. */
  readonly source: AsyncIterable<Uint8Array>
  /** The value of the covered Content-Digest. */
  readonly contentDigest: string
  readonly limitBytes: number
  /** Told of why the body is not what was signed. What it returns is what the reader is told. */
  readonly onFailure: (error: SignatureError) => Promise<SignatureError>
}

/** A body that can still be read. */
export function streamedBody(parts: StreamParts): StreamedBody {
  const outcome = openOutcome(parts.onFailure)
  const reading = verifiedPieces(parts, outcome)
  let isTaken = false
  const take = (): AsyncGenerator<Bytes, void, undefined> => {
    if (isTaken) throw new TypeError('a streamed body can be read once')
    isTaken = true
    return reading
  }
  return Object.freeze({
    verified: outcome.verified,
    [Symbol.asyncIterator]: take,
    toStream: () => streamOf(take()),
    finish() {
      const state = outcome.state()
      if (state === 'unread') {
        void outcome.fail(new SignatureError('body_unreadable', 'nobody read it to its end'))
        // Not waited for: a source that is silent would hold everything back.
        void reading.return().catch(() => {})
      }
      return state
    },
  })
}

/** The body of a request without one: there is nothing left to verify. */
export function emptyBody(): StreamedBody {
  const none = async function* (): AsyncGenerator<Bytes> {}
  return Object.freeze({
    verified: Promise.resolve(),
    [Symbol.asyncIterator]: none,
    toStream: () => streamOf(none()),
    finish: () => 'verified' as const,
  })
}

async function* verifiedPieces(parts: StreamParts, outcome: Outcome): AsyncGenerator<Bytes, void, undefined> {
  let hasEnded = false
  const source = boundedChunks(parts.source, parts.limitBytes, () => {
    hasEnded = true
  })
  try {
    for await (const piece of verifyDigestStream(parts.contentDigest, source)) {
      outcome.requireOpen()
      // The piece that was held back: all digests have matched.
      if (hasEnded) outcome.succeed()
      yield piece
    }
    outcome.requireOpen()
    outcome.succeed()
  } catch (error) {
    throw await outcome.fail(error)
  } finally {
    // Whoever stops reading amid the body comes here. Before any of the ways above this changes nothing.
    void outcome.fail(new SignatureError('body_unreadable', 'nobody read it to its end'))
  }
}

async function* boundedChunks(
  source: AsyncIterable<Uint8Array>,
  limitBytes: number,
  onEnd: () => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  let length = 0
  for await (const chunk of source) {
    length += chunk.length
    if (length > limitBytes) throw tooLarge(limitBytes)
    yield chunk
  }
  onEnd()
}

/** How a body turns out. It is decided once. */
interface Outcome {
  readonly verified: Promise<void>
  state(): BodyOutcome
  succeed(): void
  /** Returns what the reader is told: the first failure counts. */
  fail(error: unknown): Promise<unknown>
  /** @throws SignatureError when the reading was ended. */
  requireOpen(): void
}

function openOutcome(onFailure: StreamParts['onFailure']): Outcome {
  let state: BodyOutcome = 'unread'
  let told: Promise<SignatureError> | undefined
  let resolve = (): void => {}
  let reject = (_error: SignatureError): void => {}
  const verified = new Promise<void>((onVerified, onRefused) => {
    resolve = onVerified
    reject = onRefused
  })
  // Not everybody listens.
  verified.catch(() => {})
  const fail = async (failure: SignatureError): Promise<SignatureError> => {
    state = failure
    const refusal = await onFailure(failure)
    state = refusal
    reject(refusal)
    return refusal
  }
  return {
    verified,
    state: () => state,
    succeed() {
      if (state === 'unread') state = 'verified'
      resolve()
    },
    async fail(error) {
      if (state === 'verified') return error
      told ??= fail(isSignatureError(error) ? error : new SignatureError('body_unreadable', '', { cause: error }))
      return told
    },
    requireOpen() {
      if (isSignatureError(state)) throw state
    },
  }
}

function streamOf(pieces: AsyncGenerator<Bytes, void, undefined>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await pieces.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      async cancel() {
        await pieces.return()
      },
    },
    // Nothing is read before somebody asks.
    { highWaterMark: 0 },
  )
}
