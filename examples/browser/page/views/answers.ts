import { readProblem } from '@countersign/client'
import { byId, element } from './elements.ts'

/** What became of a request. */
export interface Outcome {
  readonly title: string
  readonly verdict: 'executed' | 'refused'
  readonly status: number
  /** Of a refusal, for instance `replayed`. */
  readonly kind?: string
  readonly sentence: string
}

/** What is said of a request, whatever comes of it. */
export interface Words {
  readonly title: string
  /** What happened, if it was executed. */
  readonly success: string
  /** Why not, if it was refused. */
  readonly lesson: string
}

/** Reads what became of a request, and leaves the body to be read. */
export async function outcomeOf(response: Response, { title, success, lesson }: Words): Promise<Outcome> {
  const { status, ok } = response
  if (ok) return { title, verdict: 'executed', status, sentence: success }
  const problem = await readProblem(response)
  if (problem === undefined) return { title, verdict: 'refused', status, sentence: await errorOf(response) }
  return { title, verdict: 'refused', status, kind: problem.kind, sentence: lesson }
}

/** What the bank says of an order that was signed well and makes no sense. */
async function errorOf(response: Response): Promise<string> {
  const { error } = (await response.clone().json()) as { error: string }
  return `The bank says: ${error}.`
}

/** Puts an outcome on top of the list, and says it to everybody. */
export function showOutcome({ title, verdict, status, kind, sentence }: Outcome, balance: number): void {
  const list = byId('answers')
  list.prepend(
    element('li', { 'data-verdict': verdict }, [
      element('strong', { class: 'stamp' }, [`${status} ${kind ?? verdict}`]),
      element('p', { class: 'title' }, [title]),
      element('p', {}, [sentence]),
    ]),
  )
  list.hidden = false
  byId('no-answers').hidden = true
  if (verdict === 'executed') showStatus(`Executed. ${sentence} The balance is now ${balance}.`, verdict)
  else showStatus(`Refused${kind ? `: ${kind}` : ''}. ${sentence} The balance is still ${balance}.`, verdict)
}

/** Says something to everybody. */
export function showStatus(text: string, verdict: Outcome['verdict'] | 'none' = 'none'): void {
  const status = byId('status')
  status.textContent = text
  status.dataset['verdict'] = verdict
}
