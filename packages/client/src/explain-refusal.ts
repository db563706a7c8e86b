import {
  compareLineHashes,
  type LineDifference,
  type LineHash,
  lineHashes,
  parseSignatures,
  readSignatureInput,
  requestMessageOf,
  signatureBase,
} from '@countersign/core'
import { readDetails } from './recovery/problem-details.ts'

/** In which lines a server saw something else than was signed. */
export interface ExplainedRefusal {
  /** Empty when both sides have the same base: then it is the key or the body. */
  readonly differences: readonly LineDifference[]
  /** A sentence for each, to be read. It holds no value. */
  readonly text: string
}

/** Bytes: a server accepts 8 KiB of signature fields, and tells as much of each line at most. */
const maxExplanationBytes = 65_536

const sentences: Readonly<Record<LineDifference['difference'], string>> = {
  'other value': 'the server saw another value than was signed',
  'only signed': 'it was signed, and the server does not look for it',
  'only received': 'the server looks for it, and it was not signed',
  'other place': 'it stands in another place of the list',
  withheld: 'the server does not tell: compare it by hand',
}

const noDifference = 'Both sides have the same signature base: look at the key, its algorithm, or the body.'

/**
 * Finds out why a server refused a request as `invalid`: which component it saw with another value. The server must
 * have been told to `explain` refusals, and the body of the response must not have been read.
 *
 *     const { request } = await signRequest(new Request(url, init), { key })
 *     const response = await fetch(request.clone())
 *     console.log((await explainRefusal(request, response))?.text)
 *
 * Nothing is sent: what the server tells is compared here.
 *
 * @param request the request as it was sent, with its signature.
 * @returns undefined when the server does not explain this response.
 */
export async function explainRefusal(request: Request, response: Response): Promise<ExplainedRefusal | undefined> {
  const details = await readDetails(response, maxExplanationBytes)
  const explanation = readExplanation((details as { explanation?: unknown } | undefined)?.explanation)
  if (explanation === undefined) return undefined
  const { salt, signatures } = explanation
  const message = requestMessageOf(request)
  const differences: LineDifference[] = []
  for (const { label, input } of parseSignatures(message)) {
    const received = signatures.find((signature) => signature.label === label)?.lines
    if (received === undefined) continue
    const signed = await lineHashes(signatureBase(message, readSignatureInput(input)), { salt })
    differences.push(...compareLineHashes(signed, received))
  }
  return Object.freeze({ differences, text: textOf(differences) })
}

/**
 * Makes a `fetch` that explains refusals as they come: the option `fetch` of `createSignedFetch` takes it.
 *
 *     createSignedFetch({ key, fetch: explainingFetch(({ text }) => console.warn(text)) })
 *
 * @param tell what it throws changes nothing.
 * @param options.fetch sends the request. @default the `fetch` of the platform
 */
export function explainingFetch(
  tell: (explained: ExplainedRefusal, request: Request) => void,
  options: { readonly fetch?: typeof fetch } = {},
): typeof fetch {
  const { fetch: send = defaultFetch } = options
  return async (input, init) => {
    const response = await send(input, init)
    if (response.status !== 401 || !(input instanceof Request)) return response
    try {
      const explained = await explainRefusal(input, response)
      if (explained !== undefined) tell(explained, input)
    } catch {
      // The response is what counts.
    }
    return response
  }
}

const defaultFetch: typeof fetch = (input, init) => globalThis.fetch(input, init)

function textOf(differences: readonly LineDifference[]): string {
  if (differences.length === 0) return noDifference
  const certain = differences.some(({ difference }) => difference !== 'withheld')
  const lines = differences.map(({ identifier, difference }) => `${identifier}: ${sentences[difference]}`)
  return (certain ? lines : [...lines, `Everything else is the same. ${noDifference}`]).join('\n')
}

/** How a server saw the signatures of a request, as it says in a refusal. */
export interface Explanation {
  /** Goes into each hash. */
  readonly salt: string
  readonly signatures: readonly { readonly label: unknown; readonly lines: readonly LineHash[] }[]
}

/**
 * Reads the member `explanation` of problem details. Nothing of it is believed before it has the right shape.
 *
 * @returns undefined when the server does not explain.
 */
export function readExplanation(value: unknown): Explanation | undefined {
  const { salt, signatures } = (value ?? {}) as { salt?: unknown; signatures?: unknown }
  if (typeof salt !== 'string' || salt.length < 16 || !Array.isArray(signatures)) return undefined
  const read = (signatures as { label?: unknown; lines?: unknown }[]).map((signature) => {
    const lines: unknown[] = Array.isArray(signature?.lines) ? signature.lines : []
    return { label: signature?.label, lines: lines.filter(isLineHash) }
  })
  return { salt, signatures: read }
}

function isLineHash(value: unknown): value is LineHash {
  const { identifier, hash } = (value ?? {}) as Partial<LineHash>
  // Printable, since it is shown.
  return typeof identifier === 'string' && /^[ -~]+$/.test(identifier) && (hash === null || typeof hash === 'string')
}
