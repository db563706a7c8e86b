import type { ProbeCase } from '../cases/case.ts'
import { withoutFields } from '../signing/edits.ts'
import { withoutProofs } from '../signing/proof-edits.ts'
import type { ProbeTarget } from '../target/target.ts'
import { type Answer, isSuccess } from './answer.ts'
import {
  type Controls,
  controlAfterCase,
  firstControl,
  freshRequest,
  keepControl,
  learnRefusal,
  nextNonce,
  read,
  sendControl,
} from './controls.ts'
import { type Counting, runsDuring } from './counter.ts'
import { scanEnd } from './pace.ts'
import type { Played, SessionParts, SessionRecord } from './session.ts'
import { createStage, type LetIn, noControl, type Recording } from './stage.ts'
import { type MeasuredWindow, measureWindow } from './window.ts'

/** So many controls in a row may fail before the scan ends: a dead server teaches nothing. */
const maxFailedControls = 3

/** What a scan has learnt so far. */
interface Scan extends Controls, Counting {
  readonly played: Played[]
  countPerControl: number | undefined
  window: MeasuredWindow | undefined
  /** What was let in of the altered copies, and of which case. */
  readonly letIn: (LetIn & { readonly id: string })[]
  /** An altered copy came past the check of its signature: whoever remembers requests may take the captured one for spent. */
  maybeSpent: boolean
  /** The case whose altered copy was the first of them, and was replayed. */
  replayedAtOnce: string | undefined
  spentBy: string | undefined
}

/** Plays the cases. It ends early, and tells what it has, when its time is up, the server is gone, or at Ctrl-C. */
export async function runSession(parts: SessionParts): Promise<SessionRecord> {
  const scan: Scan = {
    ...parts,
    played: [],
    control: undefined,
    letInControls: [],
    refusal: undefined,
    countPerControl: undefined,
    lagMilliseconds: 0,
    window: undefined,
    serverNonces: false,
    failedControls: 0,
    letIn: [],
    maybeSpent: false,
    replayedAtOnce: undefined,
    spentBy: undefined,
  }
  try {
    await (parts.target.facts.keyed ? scanWithKey(scan) : scanCaptured(scan))
  } catch (error) {
    if (error !== scanEnd && !parts.signal.aborted) throw error
  }
  return recordOf(scan)
}

function recordOf(scan: Scan): SessionRecord {
  const { played, control, refusal, letInControls, countPerControl, window, serverNonces, spentBy, pace } = scan
  const lost = !isLetIn(scan, control) || scan.failedControls >= maxFailedControls
  const yardstick = { controls: letInControls, refusal }
  return {
    played,
    reference: { control, yardstick, countPerControl, counted: scan.readCount !== undefined },
    window,
    serverNonces,
    spentBy,
    replayedAtOnce: scan.replayedAtOnce,
    ended: pace.ended ?? (lost ? 'no control' : undefined),
    interrupted: scan.signal.aborted,
    requests: pace.taken,
  }
}

function isLetIn(scan: Scan, answer: Answer | undefined): boolean {
  return answer !== undefined && read(scan, answer) === 'let in'
}

/** Every case stands between two fresh requests that are let in. */
async function scanWithKey(scan: Scan): Promise<void> {
  const { target, cases, transport } = scan
  await runsDuring(
    scan,
    async () => {
      scan.control = await firstControl(scan)
    },
    1,
  )
  if (scan.control === undefined || !isSuccess(scan.control)) return
  // The first one has shown how late an effect is counted.
  scan.countPerControl = await runsDuring(scan, async () => void (await sendControl(scan)), 1)
  await learnRefusal(scan, withoutFields(await freshRequest(scan), 'Signature', 'Signature-Input'))
  const { signer } = target
  if (cases.some(usesWindow) && signer !== undefined) {
    scan.window = await measureWindow({
      now: signer.now,
      fresh: (options) => freshRequest(scan, options),
      accepts: async (request) => isLetIn(scan, await transport.send(request)),
    })
  }
  for (const [index, probeCase] of cases.entries()) {
    await playCase(scan, probeCase, { index })
    if (scan.failedControls >= maxFailedControls) return
  }
}

/** Cases that go by the measured window. */
function usesWindow({ id }: ProbeCase): boolean {
  return ['time-window', 'deadline-edges', 'future-created-replayed', 'dribbled-past-deadline'].includes(id)
}

/**
 * There is one request, and it is let in once. So its altered copies come first: a server that refuses them, and then
 * lets the request itself in, refused them for what was altered.
 */
async function scanCaptured(scan: Scan): Promise<void> {
  const { request, facts } = scan.target
  if (facts.credential || facts.signed !== 'none') await learnRefusal(scan, withoutProofs(request, facts.homeMade))
  await playPhase(scan, 'altered')
  await playPhase(scan, 'altered mildly')
  scan.countPerControl = await runsDuring(
    scan,
    async () => {
      scan.control = await scan.transport.send(request)
      keepControl(scan, scan.control)
    },
    1,
  )
  const accepted = isLetIn(scan, scan.control) ? scan : controlInItsPlace(scan)
  if (accepted !== undefined) await playPhase(accepted, 'replayed')
}

/** An altered copy that was let in and has spent the request is as good a control: it can be replayed. */
function controlInItsPlace(scan: Scan): Scan | undefined {
  const last = scan.letIn.at(-1)
  if (last === undefined) return undefined
  scan.control = last.answer
  keepControl(scan, last.answer)
  scan.spentBy = last.id
  // It was counted when it was let in, which no case expected: what comes now is not compared with the count of a control.
  scan.countPerControl = scan.countPerControl === undefined ? undefined : 1
  return { ...scan, target: { ...scan.target, request: last.request } }
}

async function playPhase(scan: Scan, phase: NonNullable<ProbeCase['phase']>): Promise<void> {
  for (const [index, probeCase] of scan.cases.entries()) {
    if ((probeCase.phase ?? 'altered') !== phase || hasFound(scan, probeCase)) continue
    await playCase(scan, probeCase, { index })
    if (phase !== 'replayed' && scan.letIn.length > 0) await replayAtOnce(scan)
  }
}

/** Cases that show whether a server has a memory at all. */
const replays: readonly string[] = ['replay', 'replay-concurrent']

/**
 * The first altered copy that is let in is replayed at once: by the time that others were let in, too, each of several
 * workers may have a memory of its own of them.
 */
async function replayAtOnce(scan: Scan): Promise<void> {
  const [first] = scan.letIn
  if (scan.replayedAtOnce !== undefined || first === undefined || scan.target.facts.signed === 'none') return
  scan.replayedAtOnce = first.id
  const target = { ...scan.target, request: first.request }
  for (const [index, probeCase] of scan.cases.entries()) {
    if (replays.includes(probeCase.id)) await playCase(scan, probeCase, { index, target })
  }
}

/** Such a case is played again with the control, unless it has found something. */
function hasFound({ played }: Scan, { id }: ProbeCase): boolean {
  return played.some(({ probeCase, recording }) => probeCase.id === id && recording.letIn !== undefined)
}

function keepPlayed({ played }: Scan, one: Played): void {
  const before = played.findIndex(({ probeCase }) => probeCase.id === one.probeCase.id)
  if (before === -1) played.push(one)
  else played[before] = one
}

interface Playing {
  readonly index: number
  /** @default that of the scan */
  readonly target?: ProbeTarget
}

async function playCase(scan: Scan, probeCase: ProbeCase, { index, target = scan.target }: Playing): Promise<void> {
  const { transport, window } = scan
  const why = probeCase.needs.map((need) => need(target)).find((reason) => reason !== undefined)
  if (why !== undefined) {
    keepPlayed(scan, { ...unplayed(probeCase), notApplicable: why })
    return
  }
  scan.onCase(probeCase, index)
  const { stage, recording } = createStage({
    target,
    transport,
    window,
    nextNonce: (keyId) => nextNonce(scan, keyId),
    isLetIn: (answer) => isLetIn(scan, answer),
  })
  let runs: number | undefined
  try {
    runs = await runsDuring(scan, () => probeCase.play(stage).catch(unlessNoControl))
  } catch (error) {
    keepPlayed(scan, { ...unplayed(probeCase), recording: recording(), cutShort: true })
    throw error
  }
  const controlAfter = target.facts.keyed ? await controlAfterCase(scan) : undefined
  const recorded = recording()
  const spentBefore = !target.facts.keyed && probeCase.phase !== 'replayed' && scan.maybeSpent
  if (probeCase.phase !== 'replayed') {
    if (recorded.letIn !== undefined) scan.letIn.push({ ...recorded.letIn, id: probeCase.id })
    if (recorded.letIn !== undefined || recorded.routed) scan.maybeSpent = true
  }
  keepPlayed(scan, { ...unplayed(probeCase), recording: recorded, runs, controlAfter, spentBefore })
}

/** What was sent by then tells what it tells. */
function unlessNoControl(error: unknown): void {
  if (error !== noControl) throw error
}

const nothing: Recording = { steps: [], notes: [], skipped: undefined, letIn: undefined, routed: false }

function unplayed(probeCase: ProbeCase): Played {
  return {
    probeCase,
    notApplicable: undefined,
    recording: nothing,
    runs: undefined,
    controlAfter: undefined,
    spentBefore: false,
    cutShort: false,
  }
}
