import { isIP } from 'node:net'
import { failure, usageFailure } from '../failure.ts'
import type { Route } from './raw-socket.ts'

/** Looks a name up: all its IP addresses. */
export type Lookup = (hostname: string) => Promise<readonly string[]>

/** Whether an address is of this machine: 127.0.0.0/8, ::1, and the former written as IPv6. */
export function isLoopback(address: string): boolean {
  const plain = address.toLowerCase().replace(/^::ffff:/, '')
  return isIP(plain) === 4 ? plain.startsWith('127.') : plain === '::1'
}

/** A host that may be asked, and where it is. */
export interface GuardedHost {
  readonly routes: readonly Route[]
  readonly loopback: boolean
}

/**
 * Finds out where a URL leads, and refuses every place that nobody allowed. The name is looked up once and here alone:
 * whatever it says later, connections go to these addresses.
 *
 * @param allowed the names of other machines that may be asked.
 * @throws CommandFailure for a host that is not this machine, and was not allowed.
 */
export async function guardHost(url: URL, allowed: readonly string[], lookup: Lookup): Promise<GuardedHost> {
  const secure = url.protocol === 'https:'
  if (!secure && url.protocol !== 'http:') throw usageFailure(`${url.protocol} is neither http: nor https:`)
  if (url.username !== '' || url.password !== '') throw usageFailure('a URL with a password in it is not taken')
  const hostname = url.hostname.replace(/^\[|\]$/g, '')
  const addresses = isIP(hostname) === 0 ? await lookUp(hostname, lookup) : [hostname]
  const loopback = addresses.every(isLoopback)
  if (!loopback && !allowed.includes(hostname)) throw usageFailure(refusal(hostname, addresses))
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port)
  return { routes: addresses.map((address) => ({ secure, hostname, address, port })), loopback }
}

async function lookUp(hostname: string, lookup: Lookup): Promise<readonly string[]> {
  let addresses: readonly string[]
  try {
    addresses = await lookup(hostname)
  } catch (error) {
    throw failure(`the name ${hostname} could not be looked up`, error)
  }
  if (addresses.length === 0) throw failure(`the name ${hostname} has no address`)
  return addresses
}

function refusal(hostname: string, addresses: readonly string[]): string {
  const where = isIP(hostname) === 0 ? ` (${addresses.slice(0, 4).join(', ')})` : ''
  return `${hostname}${where} is not this machine. Probe what you may probe: --allow-host ${hostname} says that you may`
}
