import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { requestBytes } from '../../attacks/raw-request.ts'
import { signedRequest } from '../../attacks/signed-request.ts'
import type { RunningEngine } from '../engines/engine.ts'
import { type Programs, type RunningVerifier, startVerifier } from '../verifier/start-verifier.ts'
import { type Door, doors, type VerifierTask } from '../verifier/task.ts'
import { sendAll } from './send.ts'

/** The status of each request, at each door. 0 where no answer came. */
export type Statuses = Readonly<Record<Door, readonly number[]>>

/** What may differ from the usual task. */
export type TaskChanges = Partial<Omit<VerifierTask, 'tallies'>>

/** One fault at one engine: a verifier, messages that an attacker captured, and what became of them. */
export interface Scene {
  readonly programs: Programs
  readonly engine: RunningEngine
  readonly task: () => VerifierTask
  readonly verifier: () => RunningVerifier
  /** The clock of the verifier, in Unix seconds. */
  readonly now: () => number
  /** Signs new messages and keeps them, without sending any. Their age is spread over the window. */
  readonly sign: (count: number, age?: number) => readonly Uint8Array[]
  /** Signs new messages, and sends each to both doors. */
  readonly capture: (count: number, age?: number) => Promise<Statuses>
  /** Sends everything that was signed, or some of it, to both doors once more. */
  readonly replay: (requests?: readonly Uint8Array[]) => Promise<Statuses>
  readonly send: (requests: readonly Uint8Array[]) => Promise<Statuses>
  /** Moves the clock of the verifier, and by itself no other. */
  readonly stepClock: (seconds: number) => Promise<void>
  /** Moves the clock of the engine, and no other. */
  readonly stepEngineClock: (seconds: number) => Promise<void>
  /** Lets time pass for the verifier and its engine.  */
  readonly travel: (seconds: number) => Promise<void>
  /** Kills the verifier and starts it again, no longer as the first of its kind. */
  readonly restart: (changes?: TaskChanges) => Promise<void>
  /** Starts more processes of the same kind, which end with the scene. */
  readonly startOthers: (count: number) => Promise<readonly RunningVerifier[]>
  /** How many messages ran more than once. */
  readonly acceptedTwice: () => Readonly<Record<Door, number>>
  /** How often the handler ran. */
  readonly runs: () => Readonly<Record<Door, number>>
  /** Takes note of messages that were sent again without `replay`. */
  readonly countReplays: (count: number) => void
  /** How many times a message was sent again. */
  readonly replays: () => number
  readonly close: () => Promise<void>
}

/** The window of the verifiers, unless a scene says otherwise. */
const usual = {
  startsFresh: true,
  maxAgeSeconds: 60,
  futureSkewSeconds: 2,
  replayTimeoutMilliseconds: 2000,
  maxEntries: 100_000,
  offsetSeconds: 0,
}

/** Seconds from the edges of the window within which nothing is signed: the clock ticks while a test runs. */
const margin = 8

/** Opens a scene. */
export async function openScene(programs: Programs, engine: RunningEngine, changes: TaskChanges = {}): Promise<Scene> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-scene-'))
  const tallies = { ours: join(folder, 'ours.txt'), wrong: join(folder, 'wrong.txt') }
  let task: VerifierTask = { ...usual, engine: engine.address, tallies, ...changes }
  let verifier = await startVerifier(programs, task)
  const captured: Uint8Array[] = []
  const others: RunningVerifier[] = []
  let replays = 0
  let engineOffset = 0
  const now = (): number => Math.floor(Date.now() / 1000) + task.offsetSeconds

  const sign = (count: number, age?: number): readonly Uint8Array[] => {
    const span = task.maxAgeSeconds - margin
    const requests = Array.from({ length: count }, (_value, index) =>
      requestBytes(
        signedRequest(now(), messageShape(captured.length + index, age ?? Math.floor((index * span) / count))),
      ),
    )
    captured.push(...requests)
    return requests
  }
  const send = async (requests: readonly Uint8Array[]): Promise<Statuses> => {
    const [ours, wrong] = await Promise.all(doors.map((door) => sendAll(verifier.ports[door], requests)))
    return { ours: ours ?? [], wrong: wrong ?? [] }
  }
  const stepClock = async (seconds: number): Promise<void> => {
    task = { ...task, offsetSeconds: task.offsetSeconds + seconds }
    await verifier.setClock(task.offsetSeconds)
  }
  const stepEngineClock = async (seconds: number): Promise<void> => {
    engineOffset += seconds
    await engine.setClock?.(engineOffset)
  }
  return {
    ...{ programs, engine, now, sign, send, stepClock, stepEngineClock },
    task: () => task,
    verifier: () => verifier,
    capture: (count, age) => send(sign(count, age)),
    replay: async (requests = captured) => {
      replays += requests.length
      return send([...requests])
    },
    travel: async (seconds) => {
      await stepClock(seconds)
      await stepEngineClock(seconds)
    },
    restart: async (next = {}) => {
      await verifier.kill()
      task = { ...task, startsFresh: false, ...next }
      verifier = await startVerifier(programs, task)
    },
    startOthers: async (count) => {
      others.push(...(await Promise.all(Array.from({ length: count }, () => startVerifier(programs, task)))))
      return others
    },
    acceptedTwice: () => ({ ours: repeated(tallies.ours), wrong: repeated(tallies.wrong) }),
    runs: () => ({ ours: linesOf(tallies.ours).length, wrong: linesOf(tallies.wrong).length }),
    countReplays: (count) => {
      replays += count
    },
    replays: () => replays,
    close: async () => {
      await Promise.all([verifier, ...others].map((running) => running.kill()))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The target is what the tally names a message by. */
function messageShape(number: number, age: number): { method: string; target: string; age: number } {
  return { method: 'GET', target: `/run?message=${number}`, age }
}

function linesOf(tally: string): readonly string[] {
  return existsSync(tally) ? readFileSync(tally, 'utf8').split('\n').filter(Boolean) : []
}

/** How many lines are in a tally more than once. */
function repeated(tally: string): number {
  const seen = new Set<string>()
  const twice = new Set<string>()
  for (const line of linesOf(tally)) {
    if (seen.has(line)) twice.add(line)
    seen.add(line)
  }
  return twice.size
}
