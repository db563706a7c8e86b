import type { RawRequest } from '../../../messages/raw-message.ts'
import type { Route } from '../../../sending/raw-socket.ts'
import type { Signer } from '../signing/signer.ts'
import type { Facts } from './facts.ts'
import type { Redact } from './redaction.ts'

/** A place that is asked. */
export interface Place {
  /** Scheme and authority. */
  readonly origin: string
  /** One for each address of the name. */
  readonly routes: readonly Route[]
}

/** What is probed. */
export interface ProbeTarget {
  readonly place: Place
  /**
   * What is sent: with a key it is the request that each fresh one is signed from; without one it is sent as it is.
   */
  readonly request: RawRequest
  readonly facts: Facts
  /** Makes fresh requests. Without a key there are none. */
  readonly signer: Signer | undefined
  /** The same with another key that the server knows. */
  readonly secondSigner: Signer | undefined
  /** The tag that the server asks for. */
  readonly tag: string | undefined
  /** Other nodes and services, where nothing signed for this place may be let in twice. */
  readonly also: readonly Place[]
  /** How long to wait where something is tried later; 0 leaves it out. */
  readonly waitSeconds: number
  /** How many copies are sent at once. */
  readonly copies: number
  /** All places are this machine. */
  readonly loopback: boolean
  readonly redact: Redact
  /** URL of the target, for reports. */
  readonly shownUrl: string
}
