import { type Origin, parseOrigin, SignatureError } from '@countersign/core'
import type { ReceivedHead } from './received-request.ts'

/**
 * What clients call this server: `https://bank.example`. With several, the Host field chooses among them.
 * A function decides by the request of the framework, for instance by a header that a trusted proxy always sets.
 */
export type OriginOption<Source = unknown> = string | readonly string[] | ((request: Source) => string)

/** Finds out by which of its names a server was called. */
export type OriginResolver<Source> = (request: ReceivedHead<Source>) => Origin

/**
 * Makes one function of the option.
 *
 * @throws TypeError for anything that is no origin.
 */
export function originResolver<Source>(option: OriginOption<Source>): OriginResolver<Source> {
  if (typeof option === 'function') return (request) => requireOrigin(option(request.source))
  const names: readonly string[] = typeof option === 'string' ? [option] : option
  if (!Array.isArray(names) || names.length === 0) {
    throw new TypeError(
      "createVerifier needs { origin }: what clients call this server, such as 'https://bank.example'",
    )
  }
  const origins = names.map(requireOrigin)
  const [only] = origins
  if (origins.length === 1 && only !== undefined) return () => only
  return (request) => chooseByHost(origins, request)
}

function requireOrigin(name: unknown): Origin {
  try {
    return parseOrigin(String(name))
  } catch (cause) {
    throw new TypeError(`origin must look like 'https://bank.example', without a path: ${String(name)}`, { cause })
  }
}

/** Host is only compared with the list. It cannot name a server that the list does not have. */
function chooseByHost(origins: readonly Origin[], request: ReceivedHead): Origin {
  for (const [name, host] of request.headers) {
    if (name.toLowerCase() !== 'host') continue
    const found = origins.find((origin) => authorityOf(origin.scheme, host) === origin.authority)
    if (found !== undefined) return found
  }
  throw new SignatureError('malformed_message', 'the Host field names no origin of this server')
}

/** The authority that a Host field stands for, or undefined when it stands for none. */
function authorityOf(scheme: string, host: string): string | undefined {
  try {
    return parseOrigin(`${scheme}://${host}`).authority
  } catch {
    return undefined
  }
}
