import { type Explanation, readExplanation } from '@countersign/client/explain'
import { compareLineHashes, type LineHash, lineHashes } from '@countersign/core'
import { failure } from '../../failure.ts'
import { parseRawMessage } from '../../messages/raw-message.ts'
import type { Difference } from './difference.ts'

/** What a server told of the base that it saw, for one label. */
interface Explained {
  readonly salt: string
  readonly lines: readonly LineHash[]
}

/**
 * Reads the member `explanation` of a refusal: problem details, alone or as the body of a raw response.
 *
 * @throws CommandFailure when the server does not explain.
 */
export function explainedLines(bytes: Uint8Array, label: string): Explained {
  const text = Buffer.from(bytes).toString('utf8')
  const json = text.trimStart().startsWith('{') ? text : Buffer.from(parseRawMessage(bytes).body).toString('utf8')
  const { salt, signatures } = explanationOf(json)
  const found = signatures.find((signature) => signature.label === label)
  if (found === undefined) throw failure(`the server says nothing of the signature "${label}"`)
  return { salt, lines: found.lines }
}

/** Says in which lines the base of this side differs from what a server saw. Its values are not known. */
export async function compareWithHashes(base: string, { salt, lines }: Explained): Promise<readonly Difference[]> {
  const values = new Map(base.split('\n').map((line) => [line.slice(0, line.indexOf(': ')), line] as const))
  const differences = compareLineHashes(await lineHashes(base, { salt }), lines)
  return differences.map(({ identifier, difference }) => {
    const kind =
      ({ 'only signed': 'only here', 'only received': 'only there' } as const)[difference as 'only signed'] ??
      difference
    return { identifier, kind, here: values.get(identifier)?.slice(identifier.length + 2), there: undefined }
  })
}

function explanationOf(json: string): Explanation {
  try {
    const explanation = readExplanation((JSON.parse(json) as { explanation?: unknown }).explanation)
    if (explanation !== undefined) return explanation
  } catch {
    // Told below.
  }
  throw failure('the answer has no explanation: the server must be told to explain (docs/explain.md)')
}
