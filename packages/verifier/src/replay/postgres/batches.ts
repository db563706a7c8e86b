/** How items are sent together. */
export interface BatchOptions {
  /** Items of one batch. */
  readonly most: number
  /** Batches on their way at a time. */
  readonly inFlight: number
  /** Items that wait because all batches are on their way. More are refused: memory has a bound. */
  readonly waiting: number
}

interface Waiting<Item, Answer> {
  readonly item: Item
  readonly resolve: (answer: Answer) => void
  readonly reject: (cause: unknown) => void
}

/**
 * Sends what is asked at one time together, and what is asked while batches are on their way with the next one: the
 * more there is to do, the fewer round trips and transactions each takes.
 *
 * @param send gives the answers in the order of the items. What it throws is thrown at each of them.
 */
export function batching<Item, Answer>(
  send: (items: readonly Item[]) => Promise<readonly Answer[]>,
  { most, inFlight, waiting }: BatchOptions,
): (item: Item) => Promise<Answer> {
  let queue: Waiting<Item, Answer>[] = []
  let sent = 0
  let scheduled = false

  const flush = (): void => {
    scheduled = false
    while (queue.length > 0 && sent < inFlight) {
      const batch = queue.slice(0, most)
      queue = queue.slice(most)
      sent++
      void deliver(batch, send).then(() => {
        sent--
        flush()
      })
    }
  }

  return (item) =>
    new Promise((resolve, reject) => {
      if (queue.length >= waiting) throw new Error('too many claims wait for the database')
      queue.push({ item, resolve, reject })
      if (scheduled) return
      scheduled = true
      queueMicrotask(flush)
    })
}

/** Never rejects. */
async function deliver<Item, Answer>(
  batch: readonly Waiting<Item, Answer>[],
  send: (items: readonly Item[]) => Promise<readonly Answer[]>,
): Promise<void> {
  try {
    const answers = await send(batch.map(({ item }) => item))
    if (answers.length !== batch.length) throw new Error('the database did not answer each claim')
    for (const [index, answer] of answers.entries()) batch[index]?.resolve(answer)
  } catch (cause) {
    for (const { reject } of batch) reject(cause)
  }
}
