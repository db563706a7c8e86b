import { fieldValues, type RawRequest } from '../../../messages/raw-message.ts'
import type { ProbeCase } from '../cases/case.ts'
import { withoutFields } from '../signing/edits.ts'
import { isCredential } from '../target/facts.ts'
import { type Answer, bodyShape, isBusy, isSuccess, retryAfter } from './answer.ts'
import { scanEnd } from './pace.ts'
import type { Played, SessionParts, SessionRecord } from './session.ts'
import { createStage, type LetIn, type Recording } from './stage.ts'
import { type MeasuredWindow, measureWindow } from './window.ts'

/** A server that starts may ask to wait for so long, in milliseconds. */
const startPatience = 20_000

/** So many controls in a row may fail before the scan ends: a dead server teaches nothing. */
const maxFailedControls = 3

/** How long an effect may take to be counted, in milliseconds, and how often it is looked at. */
const counting = { pause: 50, looks: 6 } as const

/** What a scan has learnt so far. */
interface Scan extends SessionParts {
  readonly played: Played[]
  control: Answer | undefined
  refusalShape: string | undefined
  countPerControl: number | undefined
  window: MeasuredWindow | undefined
  serverNonces: boolean
  failedControls: number
  /** What was let in of the altered copies, and of which case. */
  readonly letIn: (LetIn & { readonly id: string })[]
  spentBy: string | undefined
}

/** Plays the cases. It ends early, and tells what it has, when its time is up, the server is gone, or at Ctrl-C. */
export async function runSession(parts: SessionParts): Promise<SessionRecord> {
  const scan: Scan = {
    ...parts,
    played: [],
    control: undefined,
    refusalShape: undefined,
    countPerControl: undefined,
    window: undefined,
    serverNonces: false,
    failedControls: 0,
    letIn: [],
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
  const { played, control, refusalShape, countPerControl, window, serverNonces, spentBy, pace, signal } = scan
  const lost = control === undefined || !isSuccess(control) || scan.failedControls >= maxFailedControls
  return {
    played,
    reference: { control, refusalShape, countPerControl, counted: scan.readCount !== undefined },
    window,
    serverNonces,
    spentBy,
    ended: pace.ended ?? (lost ? 'no control' : undefined),
    interrupted: signal.aborted,
    requests: pace.taken,
  }
}

/** Every case stands between two fresh requests that are let in. */
async function scanWithKey(scan: Scan): Promise<void> {
  const { target, cases, transport } = scan
  scan.control = await firstControl(scan)
  if (!isSuccess(scan.control)) return
  scan.countPerControl = await countOf(scan, async () => void (await sendControl(scan)), 1)
  await learnRefusal(scan, withoutFields(await freshRequest(scan), 'Signature', 'Signature-Input'))
  if (cases.some(usesWindow)) {
    const send = (request: RawRequest): Promise<Answer> => transport.send(request)
    const signer = target.signer
    if (signer !== undefined) {
      scan.window = await measureWindow({ now: signer.now, fresh: (options) => freshRequest(scan, options), send })
    }
  }
  for (const [index, probeCase] of cases.entries()) {
    await playCase(scan, probeCase, index)
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
  const { target, transport } = scan
  const { request } = target
  const bare = withoutFields(request, ...request.headers.map(([name]) => name).filter(isCredential))
  if (target.facts.credential || target.facts.signed !== 'none') await learnRefusal(scan, bare)
  await playPhase(scan, 'altered')
  await playPhase(scan, 'altered mildly')
  scan.countPerControl = await countOf(
    scan,
    async () => {
      scan.control = await transport.send(request)
    },
    1,
  )
  const accepted = scan.control !== undefined && isSuccess(scan.control) ? scan : controlInItsPlace(scan)
  if (accepted !== undefined) await playPhase(accepted, 'replayed')
}

/** An altered copy that was let in and has spent the request is as good a control: it can be replayed. */
function controlInItsPlace(scan: Scan): Scan | undefined {
  const last = scan.letIn.at(-1)
  if (last === undefined) return undefined
  scan.control = last.answer
  scan.spentBy = last.id
  // It was counted when it was let in, which no case expected: what comes now is not compared with the count of a control.
  scan.countPerControl = scan.countPerControl === undefined ? undefined : 1
  return { ...scan, target: { ...scan.target, request: last.request } }
}

async function playPhase(scan: Scan, phase: NonNullable<ProbeCase['phase']>): Promise<void> {
  for (const [index, probeCase] of scan.cases.entries()) {
    if ((probeCase.phase ?? 'altered') === phase) await playCase(scan, probeCase, index)
  }
}

async function playCase(scan: Scan, probeCase: ProbeCase, index: number): Promise<void> {
  const { target, transport, window } = scan
  const why = probeCase.needs.map((need) => need(target)).find((reason) => reason !== undefined)
  if (why !== undefined) {
    scan.played.push({ ...unplayed(probeCase), notApplicable: why })
    return
  }
  scan.onCase(probeCase, index)
  const { stage, recording } = createStage({ target, transport, window, nextNonce: (keyId) => nextNonce(scan, keyId) })
  let runs: number | undefined
  try {
    runs = await countOf(scan, () => probeCase.play(stage))
  } catch (error) {
    scan.played.push({ ...unplayed(probeCase), recording: recording(), cutShort: true })
    throw error
  }
  const controlAfter = target.facts.keyed ? await controlAfterCase(scan) : undefined
  const recorded = recording()
  const spentBefore = !target.facts.keyed && probeCase.phase !== 'replayed' && scan.letIn.length > 0
  if (recorded.letIn !== undefined) scan.letIn.push({ ...recorded.letIn, id: probeCase.id })
  scan.played.push({ ...unplayed(probeCase), recording: recorded, runs, controlAfter, spentBefore })
}

const nothing: Recording = { steps: [], notes: [], skipped: undefined, letIn: undefined }

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

async function controlAfterCase(scan: Scan): Promise<boolean> {
  // A server may need a moment after a case that was hard on it.
  for (const pause of [0, 300]) {
    await scan.transport.pause(pause)
    if (isSuccess(await sendControl(scan))) {
      scan.failedControls = 0
      return true
    }
  }
  scan.failedControls += 1
  return false
}

async function firstControl(scan: Scan): Promise<Answer> {
  for (let waited = 0; ; ) {
    const answer = await sendControl(scan)
    const wait = retryAfter(answer) ?? 1000
    if (isSuccess(answer)) return answer
    if (!scan.serverNonces && nonceOf(answer) !== undefined) {
      scan.serverNonces = true
    } else if (isBusy(answer) && waited + wait <= startPatience) {
      await scan.transport.pause(wait)
      waited += wait
    } else {
      return answer
    }
  }
}

async function sendControl(scan: Scan): Promise<Answer> {
  return scan.transport.send(await freshRequest(scan))
}

async function freshRequest(scan: Scan, options = {}): Promise<RawRequest> {
  const { signer, request } = scan.target
  if (signer === undefined) return request
  const nonce = await nextNonce(scan)
  return signer.fresh(request, { ...options, ...(nonce === undefined ? {} : { nonce }) })
}

/** A nonce of the server, where it wants its own: a request with another is answered with one (RFC 9421 5). */
async function nextNonce(
  { serverNonces, target, transport }: Scan,
  keyId = target.signer?.key.keyId,
): Promise<string | undefined> {
  if (!serverNonces || target.signer === undefined) return undefined
  const asking = await target.signer.forge(target.request, {
    parameters: (usual) => ({ ...usual, keyid: `"${keyId}"` }),
  })
  return nonceOf(await transport.send(asking))
}

function nonceOf(answer: Answer): string | undefined {
  if (answer.kind === 'silent') return undefined
  const field = fieldValues(answer.response.headers, 'accept-signature').join(', ')
  return /;nonce="([\x20-\x21\x23-\x5b\x5d-\x7e]{1,512})"/.exec(field)?.[1]
}

/** Some servers say no with a 200. What they say then is not taken for a yes later. */
async function learnRefusal(scan: Scan, bare: RawRequest): Promise<void> {
  const answer = await scan.transport.send(bare)
  if (answer.kind === 'response' && isSuccess(answer)) scan.refusalShape = bodyShape(answer.response)
}

/** How often the effect ran meanwhile. It waits for as many runs as are expected, for a while. */
async function countOf(scan: Scan, act: () => Promise<void>, expected = 0): Promise<number | undefined> {
  const before = await scan.readCount?.()
  await act()
  if (before === undefined) return undefined
  for (let look = 1; ; look += 1) {
    const after = await scan.readCount?.()
    if (after === undefined) return undefined
    if (after - before >= expected || look >= counting.looks) return after - before
    await scan.transport.pause(counting.pause)
  }
}
