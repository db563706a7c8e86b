import { createSignedFetch, readProblem } from '@countersign/client'
import { missingFor, signingKeyOf } from '../algorithms.ts'
import { expectEqual, type Recorder } from '../recorder.ts'
import type { SuiteTask, TaskKey } from '../task.ts'

/** What the loopback server answers. */
interface Answer {
  readonly keyId?: string
  readonly count: number
  readonly received?: unknown
}

/** Calls of a real server, which counts how often its handler runs. */
export async function fetchTests(recorder: Recorder, task: SuiteTask): Promise<void> {
  for (const key of task.keys) {
    const missing = task.capabilities.fetch ? missingFor(key.algorithm, task.capabilities) : 'fetch'
    const call = `${key.algorithm}: a signedFetch call reaches the handler once`
    const replay = `${key.algorithm}: the same request again is refused as replayed, and the handler does not run`
    if (missing !== undefined) {
      recorder.skip(call, `no ${missing}`)
      recorder.skip(replay, `no ${missing}`)
      continue
    }
    const server = serverOf(task, key)
    const sent: Request[] = []
    await recorder.test(call, () => callsOnce(server, key, sent))
    await recorder.test(replay, () => refusesReplay(server, sent))
  }
}

/** The part of the server that counts for one key of one runtime. */
interface CountingServer {
  readonly url: string
  count(): Promise<number>
  /** Lets the server send the last request that it accepted again, byte for byte. */
  replay(): Promise<{ readonly status: number; readonly kind: string }>
}

function serverOf({ origin, run }: SuiteTask, { algorithm }: TaskKey): CountingServer {
  const base = `${origin}/${run}-${algorithm}`
  return {
    url: `${base}/transfers?from=alice%20a`,
    count: async () => ((await (await fetch(`${base}/count`)).json()) as Answer).count,
    replay: async () => (await fetch(`${base}/replay`, { method: 'POST' })).json(),
  }
}

async function callsOnce(server: CountingServer, key: TaskKey, sent: Request[]): Promise<void> {
  const signedFetch = createSignedFetch({
    key: await signingKeyOf(key),
    dangerouslyAllowBrowser: true,
    fetch: (input, init) => {
      sent.push((input as Request).clone())
      return fetch(input, init)
    },
  })
  const body = { to: 'b\u00f6b', amount: 10 }
  for (const count of [1, 2]) {
    const response = await signedFetch(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const answer = (await response.json()) as Answer
    expectEqual([response.status, answer], [200, { keyId: key.keyId, count, received: body }], 'the answer')
  }
}

async function refusesReplay(server: CountingServer, sent: readonly Request[]): Promise<void> {
  expectEqual(sent.length, 2, 'requests that were sent')
  expectEqual(await server.count(), 2, 'runs of the handler before')
  const response = await fetch(sent[1] as Request)
  expectEqual([response.status, (await readProblem(response))?.kind], [401, 'replayed'], 'the answer')
  expectEqual(await server.replay(), { status: 401, kind: 'replayed' }, 'the answer to the same bytes')
  expectEqual(await server.count(), 2, 'runs of the handler after')
}
