import { createMemoryReplayStore, type ReplayStore } from '@countersign/verifier'

/** Where the verifiers of one sequence remember what they accepted. */
export interface SequenceStores {
  /**
   * Opens the store of the next verifier process.
   *
   * @param clock milliseconds since the Unix epoch.
   * @param start of what the store begins: `fresh` says that nothing was accepted before, `kept` that it finds what an
   * earlier process left, `lost` that it does not.
   */
  open(clock: () => number, start: 'fresh' | 'kept' | 'lost'): ReplayStore
}

/** Stores in memory. One that is kept stands for a durable one: the process ends, and it stays. */
export function memoryStores(): SequenceStores {
  let store: ReplayStore | undefined
  return {
    open: (clock, start) => {
      if (start !== 'kept' || store === undefined) {
        store = createMemoryReplayStore({ clock, startsFresh: start === 'fresh', onFloorRaised: () => {} })
      }
      return store
    },
  }
}
