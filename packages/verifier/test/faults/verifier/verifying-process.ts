/** A verifier as a process of its own, so that it can be killed: see start-verifier.ts. */
import { openSync, writeSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ReplayStore } from '@countersign/verifier'
import { createVerifier, protect } from '@countersign/verifier/node'
import { trustedKeys } from '../../attacks/keys.ts'
import { bankOrigin } from '../../attacks/signed-request.ts'
import { openStores } from './open-stores.ts'
import type { ClockMessage, ProcessMessage, VerifierTask } from './task.ts'

const task: VerifierTask = JSON.parse(process.argv[2] ?? '')
let { offsetSeconds } = task
const clock = (): number => Date.now() + offsetSeconds * 1000

function tell(message: ProcessMessage): void {
  process.send?.(message)
}

/** Listens, and counts in a file that outlives the process: the line is there before the answer is. */
async function openDoor(replayStore: ReplayStore, tally: string): Promise<number> {
  const { maxAgeSeconds, futureSkewSeconds, replayTimeoutMilliseconds } = task
  const keys = await trustedKeys()
  const window = { maxAgeSeconds, futureSkewSeconds, replayTimeoutMilliseconds, clock }
  const verify = createVerifier({ keys, replayStore, origin: bankOrigin, ...window })
  const file = openSync(tally, 'a')
  const server = createServer(
    protect(verify, ({ url }, response) => {
      writeSync(file, `${url}\n`)
      response.writeHead(200, { 'content-length': 0 }).end()
    }),
  )
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 }, resolve))
  return (server.address() as AddressInfo).port
}

async function run(): Promise<void> {
  const stores = await openStores(task.engine, { ...task, clock })
  const ours = await openDoor(stores.ours, task.tallies.ours)
  const wrong = await openDoor(stores.wrong, task.tallies.wrong)
  process.on('message', (message: ClockMessage) => {
    offsetSeconds = message.offsetSeconds
    tell({ clockIsSet: true })
  })
  process.on('disconnect', () => process.exit(0))
  tell({ ports: { ours, wrong } })
}

void run().catch((error: unknown) => {
  console.error(error)
  process.exit(1)
})
