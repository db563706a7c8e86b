import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createRemoteJwks, type RemoteJwks, type RemoteJwksEvent, type RemoteJwksOptions } from '@countersign/verifier'
import { onTestFinished } from 'vitest'
import { generatePair, jwkOf } from '../attacks/key-pairs.ts'
import { ed25519Key, type RawKey } from '../attacks/raw-signer.ts'
import { createClock, type ManualClock } from '../attacks/target.ts'

/** A server on loopback that publishes a key set, or does something worse. */
export interface JwksServer {
  readonly url: string
  readonly host: string
  /** What was asked for: method, path and fields. */
  requests(): readonly IncomingMessage[]
  /** Publishes these keys from now on. */
  publish(keys: readonly unknown[], headers?: Readonly<Record<string, string>>): void
  /** Answers in another way from now on. */
  answer(listener: RequestListener): void
  /** How many answers came to their end. */
  finished(): number
}

/** Starts a server that is stopped with the test. */
export async function startJwksServer(keys: readonly unknown[] = []): Promise<JwksServer> {
  const requests: IncomingMessage[] = []
  let finished = 0
  let listener: RequestListener = jsonOf({ keys })
  const server = createServer((request, response) => {
    requests.push(request)
    response.on('finish', () => finished++)
    listener(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    return new Promise<void>((resolve) => void server.close(() => resolve()))
  })
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: `http://${host}/jwks.json`,
    host,
    requests: () => requests,
    publish: (published, headers) => {
      listener = jsonOf({ keys: published }, headers)
    },
    answer: (other) => {
      listener = other
    },
    finished: () => finished,
  }
}

/** Answers with a JSON text. */
export function jsonOf(value: unknown, headers: Readonly<Record<string, string>> = {}): RequestListener {
  return (_request: IncomingMessage, response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value))
  }
}

/** A remote key set, and what a test watches of it. */
export interface WatchedJwks {
  readonly keys: RemoteJwks
  readonly clock: ManualClock
  readonly events: readonly RemoteJwksEvent[]
}

/** Makes a remote key set that reads from a server, with a clock that stands still. */
export function watch(server: JwksServer, options: Partial<RemoteJwksOptions> = {}): WatchedJwks {
  const clock = createClock()
  const events: RemoteJwksEvent[] = []
  const keys = createRemoteJwks({
    url: server.url,
    allowedHosts: [server.host],
    dangerouslyAllowHttp: true,
    clock: clock.milliseconds,
    onEvent: (event) => events.push(event),
    ...options,
  })
  return { keys, clock, events }
}

/** A key pair as a signer holds it, and as its owner publishes it. */
export interface PublishedKey {
  readonly signer: RawKey
  readonly jwk: Readonly<Record<string, unknown>>
}

/** A new Ed25519 key. */
export function newKey(keyId: string, members: Readonly<Record<string, unknown>> = {}): PublishedKey {
  const { publicKey, privateKey } = generatePair.ed25519()
  return { signer: ed25519Key(keyId, privateKey), jwk: { ...jwkOf(publicKey), kid: keyId, ...members } }
}

/** What a resolver answers, as a code where it throws. */
export async function outcomeOf(keys: RemoteJwks, keyId: string): Promise<string> {
  try {
    return (await keys(keyId)) === undefined ? 'unknown' : 'known'
  } catch (error) {
    return (error as { code: string }).code
  }
}
