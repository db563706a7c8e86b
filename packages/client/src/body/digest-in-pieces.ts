import type { Digester } from '@countersign/core'
import type { BodyOptions, Content, HashProgress } from './hop.ts'

/** What {@link digestInPieces} is told. */
export interface PieceOptions {
  readonly onHashProgress: BodyOptions['onHashProgress']
  readonly signal: AbortSignal
  /** Bytes that are in memory at once. */
  readonly pieceBytes: number
}

/**
 * Makes the Content-Digest of a large body. It is loaded where there is one.
 *
 * @throws the reason of the signal, between two pieces.
 */
export async function digestInPieces(content: Content, digester: Digester, options: PieceOptions): Promise<string> {
  const { pieceBytes, signal, onHashProgress } = options
  const totalBytes = content instanceof Uint8Array ? content.length : content.size
  for (let start = 0; start < totalBytes; start += pieceBytes) {
    const end = Math.min(start + pieceBytes, totalBytes)
    const piece = await pieceOf(content, start, end)
    signal?.throwIfAborted()
    digester.update(piece)
    tell(onHashProgress, { hashedBytes: end, totalBytes })
  }
  return digester.digest()
}

async function pieceOf(content: Content, start: number, end: number): Promise<Uint8Array> {
  if (!(content instanceof Uint8Array)) return new Uint8Array(await content.slice(start, end).arrayBuffer())
  // Lets a page draw the progress, and a click abort.
  await new Promise((resolve) => setTimeout(resolve))
  return content.subarray(start, end)
}

/** A hook that fails must not change what is sent. */
function tell(hook: BodyOptions['onHashProgress'], progress: HashProgress): void {
  try {
    hook?.(progress)
  } catch {
    // The request goes on.
  }
}
