import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'

/** Waits on this machine for somebody to call. */
export interface CallListener {
  readonly url: string
  calls(): number
  close(): void
}

/** Opens a port on 127.0.0.1 that nobody has a reason to call, but for a server that fetches what it should not. */
export async function listenForCalls(): Promise<CallListener> {
  let calls = 0
  const server = createServer((socket) => {
    calls += 1
    socket.on('error', () => {})
    socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  server.unref()
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/key.jwk`, calls: () => calls, close: () => void server.close() }
}
