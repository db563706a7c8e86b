import { pipeline } from '../../attacks/raw-http.ts'

/** So many requests go over one connection without waiting for answers, on so many connections at a time. */
const perConnection = 20
const connections = 6

/** Sends requests. @returns the status of each, or 0 where no whole answer came. */
export async function sendAll(port: number, requests: readonly Uint8Array[]): Promise<readonly number[]> {
  const batches: (readonly Uint8Array[])[] = []
  for (let from = 0; from < requests.length; from += perConnection)
    batches.push(requests.slice(from, from + perConnection))
  const statuses: (readonly number[])[] = []
  let next = 0
  const work = async (): Promise<void> => {
    while (next < batches.length) {
      const index = next++
      statuses[index] = await sendBatch(port, batches[index] as readonly Uint8Array[])
    }
  }
  await Promise.all(Array.from({ length: connections }, work))
  return statuses.flat()
}

async function sendBatch(port: number, batch: readonly Uint8Array[]): Promise<readonly number[]> {
  try {
    return (await pipeline(port, batch)).map((response) => response.status)
  } catch {
    return batch.map(() => 0)
  }
}

/** Sends each request on a connection of its own. */
export async function sendEach(port: number, requests: readonly Uint8Array[]): Promise<readonly number[]> {
  return (await Promise.all(requests.map((request) => sendBatch(port, [request])))).flat()
}
