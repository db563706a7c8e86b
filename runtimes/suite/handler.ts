import { createMemoryReplayStore, createVerifier, protect } from '@countersign/verifier'
import { importKeys } from './algorithms.ts'
import type { TaskKey } from './task.ts'

/** A server of the Fetch API, for runtimes that serve: Deno, Bun, Workers. It counts how often its handler runs. */
export async function createHandler(
  keys: readonly TaskKey[],
  origin: string,
): Promise<(request: Request) => Promise<Response>> {
  const verify = createVerifier({
    keys: await importKeys(keys),
    replayStore: createMemoryReplayStore({ startsFresh: true }),
    origin,
  })
  let count = 0
  return protect(verify, async (request, { keyId }) => {
    count++
    return Response.json({ keyId, count, received: await request.json() })
  })
}
