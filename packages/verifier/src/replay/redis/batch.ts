/** Runs soon: after what the event loop has at hand, so that requests that came together are sent together. */
const soon: (step: () => void) => unknown = (step) =>
  (globalThis as { setImmediate?: (step: () => void) => unknown }).setImmediate?.(step) ?? setTimeout(step, 0)

/** One that waits for its answer. */
interface Waiting<Item, Answer> {
  readonly item: Item
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

/**
 * Gathers what is asked within one turn of the event loop, and asks it together.
 *
 * @param askAll answers a list in its order. What it throws is thrown to each that asked.
 * @param limit the longest list.
 */
export function gather<Item, Answer>(
  askAll: (items: readonly Item[]) => Promise<readonly Answer[]>,
  limit: number,
): (item: Item) => Promise<Answer> {
  let waiting: Waiting<Item, Answer>[] = []
  const flush = (): void => {
    const all = waiting
    waiting = []
    for (let first = 0; first < all.length; first += limit) void settle(askAll, all.slice(first, first + limit))
  }
  return (item) =>
    new Promise((resolve, reject) => {
      if (waiting.push({ item, resolve, reject }) === 1) soon(flush)
    })
}

async function settle<Item, Answer>(
  askAll: (items: readonly Item[]) => Promise<readonly Answer[]>,
  list: readonly Waiting<Item, Answer>[],
): Promise<void> {
  try {
    const answers = await askAll(list.map(({ item }) => item))
    if (answers.length !== list.length) throw new Error('there are not as many answers as questions')
    for (let index = 0; index < list.length; index++) list[index]?.resolve(answers[index] as Answer)
  } catch (error) {
    for (const { reject } of list) reject(error)
  }
}
