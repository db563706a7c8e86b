import type { EngineName } from '../scenes/fault.ts'
import type { EngineAddress } from '../verifier/task.ts'
import type { CuttingProxy } from './cutting-proxy.ts'

/** What keeps the nonces of a test, and what may befall it. What it cannot suffer is left out. */
export interface RunningEngine {
  readonly address: EngineAddress
  /** Ends it as `kill -9` does. */
  readonly kill?: () => Promise<void>
  /** Starts it again on what it kept. */
  readonly start?: () => Promise<void>
  /** Writes what it holds to the disk, to start on it later. */
  readonly saveSnapshot?: () => Promise<void>
  /** Somebody empties it. */
  readonly wipe?: () => Promise<void>
  /** It hangs. */
  readonly pause?: () => Promise<void> | void
  readonly resume?: () => Promise<void> | void
  /** Steps its clock. */
  readonly setClock?: (offsetSeconds: number) => Promise<void> | void
  /** Cuts its copy off, so that the copy misses what follows. */
  readonly cutReplication?: () => Promise<void>
  /** Kills the primary, promotes the copy, and leads the verifiers there. */
  readonly failOver?: () => Promise<void>
  /** Between the verifier and the engine, where it was asked for. */
  readonly proxy?: CuttingProxy
  readonly stop: () => Promise<void>
}

/** What a cell asks of an engine. */
export interface EngineSetting {
  readonly hasCopy?: boolean
  readonly isBehindProxy?: boolean
  /** More arguments of the server. */
  readonly arguments?: readonly string[]
}

/** A kind of engine: a column of the table. */
export interface Engine {
  readonly name: EngineName
  readonly open: (setting: EngineSetting) => Promise<RunningEngine>
}
