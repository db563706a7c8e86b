/** Judges a store by nothing but what it accepted. */
export interface ReferenceModel {
  /** Takes note of an acceptance. @returns what is wrong with it, if anything is. */
  readonly accepted: (key: string, created: number) => string | undefined
}

/** Says how many floors the store has. */
export interface ReferenceModelOptions {
  /** Whether keys are divided into parts that forget for themselves: then no floor holds for all of them. @default false */
  readonly partitioned?: boolean
}

/**
 * What is true of every store that forgets behind a floor, whatever clocks and windows do: a key that is
 * accepted again was forgotten, hence the floor had passed its first `created`, and nothing that old is
 * accepted from then on. A message that is accepted twice is the special case of equal times.
 */
export function createReferenceModel({ partitioned = false }: ReferenceModelOptions = {}): ReferenceModel {
  const latest = new Map<string, number>()
  let floor = Number.NEGATIVE_INFINITY
  return {
    accepted: (key, created) => {
      const before = latest.get(key)
      if (before === created) return 'the same message was accepted twice'
      if (before !== undefined && created < before) {
        return `a key was accepted that was accepted with a created ${before - created} s later`
      }
      if (!partitioned && created <= floor) {
        return `a message was accepted although the store had forgotten one that is ${floor - created} s younger`
      }
      if (before !== undefined) floor = Math.max(floor, before)
      latest.set(key, created)
      return undefined
    },
  }
}
