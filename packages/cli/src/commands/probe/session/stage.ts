import type { RawRequest } from '../../../messages/raw-message.ts'
import { withoutProofs } from '../signing/proof-edits.ts'
import type { FreshOptions, Shape, Signer } from '../signing/signer.ts'
import type { ProbeTarget } from '../target/target.ts'
import { type Answer, isAlike, isBusy, isSuccess, retryAfter } from './answer.ts'
import type { Sendable, TransmitOptions, Transport } from './transport.ts'
import type { MeasuredWindow } from './window.ts'

/**
 * What a step must come to. `control`: a fresh request, without which a case says nothing. `once`: of all such steps of a
 * case, one at most is let in. `alike`: the same, and as what was signed. `unaffected`: let in like any other, or refused,
 * but never taken for something else. `any`: it only prepares.
 */
export type Expectation = 'refused' | 'accepted' | 'control' | 'once' | 'alike' | 'unaffected' | 'any'

/** One thing that was sent, or copies of it, and what came back. */
export interface Step {
  readonly what: string
  readonly expect: Expectation
  /** Steps with `once` and `alike` are counted by group. */
  readonly group: string
  readonly answers: readonly Answer[]
  /** What the same was answered without anything that proves who asks: whoever is answered alike was let in by nobody. */
  readonly bare?: Answer
}

/** What a case did, before anybody judges it. */
export interface Recording {
  readonly steps: readonly Step[]
  /** What a case found out by other means than an answer. */
  readonly notes: readonly string[]
  /** Why the case turned out not to be for this target. */
  readonly skipped: string | undefined
  /** The last request that was let in, and the answer. */
  readonly letIn: LetIn | undefined
  /** A request came past the check of its signature, and then nowhere. */
  readonly routed: boolean
}

/** A request that was let in. */
export interface LetIn {
  readonly request: RawRequest
  readonly answer: Answer
}

/** What a case acts on. All that it sends is recorded. */
export interface Stage {
  readonly target: ProbeTarget
  /** Of the signatures, as measured; undefined where it could not be. */
  readonly window: MeasuredWindow | undefined
  /** @throws Error without a key: a case that asks for it says so in its needs. */
  readonly signer: Signer
  /** A request that the server has not accepted yet: newly signed, or the captured one. */
  fresh(options?: FreshOptions): Promise<RawRequest>
  /** A request whose signature is put together by hand. */
  forge(shape: Shape, request?: RawRequest): Promise<RawRequest>
  /**
   * A request that the server has just accepted: newly signed and sent, or the captured one.
   *
   * @throws {@link noControl} when it was refused: the case cannot go on.
   */
  accepted(): Promise<RawRequest>
  /** Sends, and says what must come of it. */
  attempt(what: string, expect: Expectation, step: Sending): Promise<Answer>
  /** The same of many at once. */
  attemptCopies(what: string, request: RawRequest, how: CopyRoute): Promise<readonly Answer[]>
  readonly issuedNonce: NextNonce
  note(finding: string): void
  /** The same of an altered request that came past the check of its signature, and then nowhere. */
  noteRouted(finding: string): void
  skip(why: string): void
  pause(milliseconds: number): Promise<void>
}

/** How copies are sent: each on a connection of its own, or behind one another. */
export type CopyRoute = 'sockets' | 'one connection'

/** What is sent, and how. */
export interface Sending extends TransmitOptions {
  readonly send: Sendable
  /** Which message it is a copy of, for `once` and `alike`. @default the one of the case */
  readonly group?: string
}

/**
 * A nonce that the server has just issued; undefined where it issues none.
 *
 * @param keyId whom it is for. By default whoever signs.
 */
export type NextNonce = (keyId?: string) => Promise<string | undefined>

/** What a stage is made of. */
export interface StageParts {
  readonly target: ProbeTarget
  readonly transport: Transport
  readonly window: MeasuredWindow | undefined
  readonly nextNonce: NextNonce
  /** Whether an answer says that a request was let in, as far as that is known by then. */
  readonly isLetIn: (answer: Answer) => boolean
}

/** Thrown where a fresh request was refused amid a case. */
export const noControl: unique symbol = Symbol('no control')

/** A busy server is asked once more within this time, in milliseconds. */
const patience = 2000

/** What a case has done so far. */
interface Progress {
  readonly steps: Step[]
  readonly notes: string[]
  skipped: string | undefined
  letIn: LetIn | undefined
  routed: boolean
}

/** Makes the stage of one case, and the recording that grows with it. */
export function createStage(parts: StageParts): { readonly stage: Stage; readonly recording: () => Recording } {
  const { target, transport, window } = parts
  const progress: Progress = { steps: [], notes: [], skipped: undefined, letIn: undefined, routed: false }
  const fresh: Stage['fresh'] = (options = {}) => freshRequest(parts, options)
  const attempt: Stage['attempt'] = (what, expect, sending) => attemptOn(parts, progress, { what, expect, sending })
  const stage: Stage = {
    target,
    window,
    get signer() {
      return requireSigner(target)
    },
    fresh,
    forge: (shape, request = target.request) => forge(parts, shape, request),
    async accepted() {
      const send = await fresh()
      if (target.signer === undefined) return send
      if (!parts.isLetIn(await attempt('a freshly signed request', 'control', { send }))) throw noControl
      return send
    },
    attempt,
    attemptCopies: (what, request, how) => attemptCopies(parts, progress, { what, request, how }),
    issuedNonce: parts.nextNonce,
    note: (finding) => void progress.notes.push(finding),
    noteRouted: (finding) => {
      progress.notes.push(finding)
      progress.routed = true
    },
    skip: (why) => {
      progress.skipped = why
    },
    pause: (milliseconds) => transport.pause(milliseconds),
  }
  return { stage, recording: () => ({ ...progress, steps: [...progress.steps], notes: [...progress.notes] }) }
}

async function freshRequest({ target, nextNonce }: StageParts, options: FreshOptions): Promise<RawRequest> {
  if (target.signer === undefined) return target.request
  const nonce = options.nonce ?? (await nextNonce())
  return target.signer.fresh(target.request, { ...options, ...(nonce === undefined ? {} : { nonce }) })
}

async function attemptOn(
  { target, transport, isLetIn }: StageParts,
  progress: Progress,
  step: { readonly what: string; readonly expect: Expectation; readonly sending: Sending },
): Promise<Answer> {
  const { send, group = '', ...options } = step.sending
  const answer = await patiently(transport, () => transport.send(send, options))
  const isElsewhere = 'kind' in send && (send.target !== target.request.target || send.method !== target.request.method)
  // What stands elsewhere may be open to all.
  const open =
    isElsewhere && isSuccess(answer) ? await transport.send(withoutProofs(send, target.facts.homeMade)) : undefined
  progress.steps.push({
    ...{ what: step.what, expect: step.expect, group, answers: [answer] },
    ...(open === undefined ? {} : { bare: open }),
  })
  const byNobody = open !== undefined && isAlike(open, answer)
  if ('kind' in send && isLetIn(answer) && !byNobody) progress.letIn = { request: send, answer }
  return answer
}

async function attemptCopies(
  { target, transport, isLetIn }: StageParts,
  progress: Progress,
  step: { readonly what: string; readonly request: RawRequest; readonly how: CopyRoute },
): Promise<readonly Answer[]> {
  const send = step.how === 'sockets' ? transport.sendCopies : transport.sendPipelined
  const answers = await send(step.request, target.copies)
  const expect = target.facts.keyed ? 'once' : 'refused'
  progress.steps.push({ what: `${step.what} (${target.copies} copies)`, expect, group: '', answers })
  const answer = answers.find(isLetIn)
  if (answer !== undefined) progress.letIn = { request: step.request, answer }
  return answers
}

function requireSigner({ signer }: ProbeTarget): Signer {
  if (signer === undefined) throw new TypeError('this case needs a key')
  return signer
}

/** The nonce of a forged request is one that the server would take, unless the shape says otherwise. */
async function forge(parts: StageParts, shape: Shape, request: RawRequest): Promise<RawRequest> {
  const nonce = await parts.nextNonce()
  const { parameters = (usual) => usual } = shape
  return requireSigner(parts.target).forge(request, {
    ...shape,
    parameters: (usual) => parameters(nonce === undefined ? usual : { ...usual, nonce: `"${nonce}"` }),
  })
}

async function patiently(transport: Transport, send: () => Promise<Answer>): Promise<Answer> {
  const answer = await send()
  const wait = retryAfter(answer)
  if (!isBusy(answer) || wait === undefined || wait > patience) return answer
  await transport.pause(wait)
  return send()
}

/** How often the effect may have run in a case, by what was let in rightly. */
export function allowedRuns(steps: readonly Step[], isLetIn: (answer: Answer) => boolean): number {
  const isBounded = ({ expect }: Step): boolean => expect === 'once' || expect === 'alike'
  const once = new Set(steps.filter(isBounded).map(({ group }) => group)).size
  // What is open to all does what it does: whether it may be is the matter of other cases.
  const open = steps.filter(({ bare }) => bare !== undefined && isLetIn(bare)).length
  return steps.reduce((runs, { expect, answers }) => {
    if (['accepted', 'control', 'unaffected'].includes(expect)) return runs + answers.filter(isLetIn).length
    return expect === 'any' ? runs + answers.length : runs
  }, once + open)
}
