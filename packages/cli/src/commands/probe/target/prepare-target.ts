import { failure, usageFailure } from '../../../failure.ts'
import { wholeSeconds } from '../../../messages/signing-options.ts'
import { guardHost, type Lookup } from '../../../sending/host-guard.ts'
import type { Route } from '../../../sending/raw-socket.ts'
import type { World } from '../../../world.ts'
import { confirmedHosts, type HostOptions } from '../confirm-host.ts'
import { type FieldNames, factsOf } from './facts.ts'
import { hasKey, readGivenRequest, readSigners, type SourceOptions } from './read-target.ts'
import { redactor, shownUrl } from './redaction.ts'
import type { Place, ProbeTarget } from './target.ts'

/** What a target is made of. */
export interface TargetOptions extends SourceOptions, FieldNames, HostOptions {
  readonly countUrl?: string
  readonly also?: readonly string[]
  readonly wait: string
}

/** A target that may be asked. */
export interface PreparedTarget {
  readonly target: ProbeTarget
  readonly countUrl: URL | undefined
  readonly countRoute: Route | undefined
}

/** Copies that are sent at once: fewer where they have a long way. */
const copies = { here: 50, elsewhere: 10 } as const

/**
 * Reads what is to be probed, and finds out whether it may be.
 *
 * @throws CommandFailure before anything was sent.
 */
export async function prepareTarget(
  args: readonly string[],
  options: TargetOptions,
  { lookup, world }: { readonly lookup: Lookup; readonly world: World },
): Promise<PreparedTarget> {
  const inputs = [options.curl, options.har, options.key, ...(options.data ?? [])].filter(
    (path) => path === '-' || path === '@-',
  )
  if (inputs.length > 1) throw usageFailure('only one thing can come from standard input')
  const waitSeconds = wholeSeconds('--wait', options.wait)
  const given = await readGivenRequest(args, options, world)
  const guard = async (url: URL): Promise<Awaited<ReturnType<typeof guardHost>>> =>
    guardHost(url, options.allowHost ?? [], lookup)
  const main = await guard(given.url)
  const countUrl = options.countUrl === undefined ? undefined : absolute('--count-url', options.countUrl)
  const count = countUrl === undefined ? undefined : await guard(countUrl)
  const others = await Promise.all(
    (options.also ?? []).map((text) => absolute('--also', text)).map(async (url) => ({ url, ...(await guard(url)) })),
  )
  await confirmedHosts(options, inputs.length > 0, world)
  const signers = await readSigners(options, given.url.origin, world)
  const keyed = hasKey(options, world)
  const loopback = [main, ...(count === undefined ? [] : [count]), ...others].every((host) => host.loopback)
  const place: Place = { origin: given.url.origin, routes: main.routes }
  const target: ProbeTarget = {
    place,
    request: given.request,
    facts: factsOf(given.request, keyed, options),
    ...signers,
    tag: options.tag,
    also: others.map(({ url, routes }) => ({ origin: url.origin, routes })),
    waitSeconds,
    copies: loopback ? copies.here : copies.elsewhere,
    loopback,
    redact: redactor(given.request),
    shownUrl: shownUrl(given.url.origin, given.request.target),
  }
  return { target, countUrl, countRoute: count?.routes[0] }
}

function absolute(option: string, text: string): URL {
  try {
    return new URL(text)
  } catch (error) {
    throw /^https?:/i.test(text)
      ? failure(`${option} is no URL`, error)
      : usageFailure(`${option} takes an absolute URL`)
  }
}
