import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/**
 * When a connection is cut: never; when the first bytes of an answer are there, which the asker then never sees; or
 * after it has seen some of them. Either way the other side has done what it was asked.
 */
export type Cut = 'never' | 'before the answer' | 'within the answer'

/** A proxy on loopback that cuts connections in the midst of an answer, and can be led elsewhere. */
export interface CuttingProxy {
  readonly port: number
  /** From now on, also on connections that are open. */
  readonly cut: (when: Cut) => void
  /** How many connections were cut. */
  readonly cuts: () => number
  /** Leads new connections to another port, and ends those that are open. */
  readonly leadTo: (port: number) => void
  readonly close: () => Promise<void>
}

/** So much of an answer is passed on before it is cut within. */
const someBytes = 3

/** Starts a proxy in front of a server on this machine. */
export async function startProxy(targetPort: number): Promise<CuttingProxy> {
  const sockets = new Set<Socket>()
  let target = targetPort
  let when: Cut = 'never'
  let cuts = 0
  const endAll = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  const server = createServer((near) => {
    const far = connect({ port: target, host: '127.0.0.1', noDelay: true })
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
    near.setNoDelay(true)
    near.on('data', (bytes) => void far.write(bytes))
    far.on('data', (bytes) => {
      if (when === 'never') return void near.write(bytes)
      cuts++
      if (when === 'before the answer') return void near.destroy()
      near.write(bytes.subarray(0, someBytes), () => near.destroy())
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    cut: (next) => {
      when = next
    },
    cuts: () => cuts,
    leadTo: (port) => {
      target = port
      endAll()
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        endAll()
      }),
  }
}
