import { parseOrigin, type RequestMessage } from '@countersign/core'
import { type Covers, encodings, linesOf, others, type Reading, type ReadingContext } from './reading.ts'

/** How the request may have been called: what proxies do to host, scheme, path and method. */
export function targetReadings(context: ReadingContext, covers: Covers): readonly Reading[] {
  return [
    ...(covers('@authority', '@target-uri') ? authorityReadings(context.message) : []),
    ...(covers('@scheme', '@target-uri') ? schemeReadings(context.message) : []),
    ...(covers('@path', '@target-uri', '@request-target') ? pathReadings(context) : []),
    ...(covers('@method') ? methodReadings(context.message) : []),
  ]
}

/** Where proxies and clients say which host was asked for. */
const hostFields = ['host', 'x-forwarded-host', 'x-original-host'] as const

/** The authority, under either scheme, since a default port is not part of it. */
export function authorityReadings(message: RequestMessage): readonly Reading[] {
  const named = hostFields.flatMap((field) => {
    return linesOf(message, field).flatMap((line) => line.split(',').map((host) => ({ field, host: host.trim() })))
  })
  const forwarded = linesOf(message, 'forwarded').flatMap((line) => {
    return Array.from(line.matchAll(/\bhost="?([^";,\s]+)/gi), ([, host = '']) => ({ field: 'forwarded', host }))
  })
  const all = [...named, ...forwarded].flatMap(({ field, host }) => {
    return [host, host.replace(/:\d+$/, '')].flatMap((name) => {
      return ['https', 'http'].map((scheme) => ({ field, authority: authorityOf(scheme, name) }))
    })
  })
  const authorities = others(
    message.authority,
    all.map(({ authority }) => authority),
  )
  return authorities.slice(0, 8).map((authority) => {
    const field = all.find((entry) => entry.authority === authority)?.field ?? 'host'
    return {
      cause: 'authority',
      finding: `The signer called this server ${authority}, as the field ${field} says. This server calls itself ${message.authority}.`,
      cure: `Set the option origin to '${message.scheme}://${authority}', or, with several names, to a list of them. The proxy may keep its own Host.`,
      message: { ...message, authority },
    }
  })
}

function authorityOf(scheme: string, host: string): string | undefined {
  try {
    return parseOrigin(`${scheme}://${host}`).authority
  } catch {
    return undefined
  }
}

function schemeReadings(message: RequestMessage): readonly Reading[] {
  const scheme = message.scheme === 'https' ? 'http' : 'https'
  return [
    {
      cause: 'scheme',
      finding: `The signer called this server over ${scheme}. The option origin says ${message.scheme}.`,
      cure: `Set the option origin to '${scheme}://${message.authority}': where TLS ends at a proxy, it is what the client calls.`,
      message: { ...message, scheme },
    },
  ]
}

/** Where proxies keep the target that they were asked for. */
const originalTargetFields = [
  'x-original-uri',
  'x-original-url',
  'x-rewrite-url',
  'x-forwarded-uri',
  'x-envoy-original-path',
  'x-replaced-path',
] as const

function pathReadings({ message, prefixes }: ReadingContext): readonly Reading[] {
  const { path } = message
  const announced = linesOf(message, 'x-forwarded-prefix').flatMap((line) => line.split(','))
  const cutOff = [...announced, ...prefixes].map((prefix) => withPath(message, joined(prefix.trim(), path)))
  const kept = originalTargetFields.flatMap((field) => linesOf(message, field).map((line) => withTarget(message, line)))
  const added = [1, 2, 3].map((count) => withPath(message, withoutSegments(path, count)))
  const slash = withPath(message, path.endsWith('/') ? path.slice(0, -1) : `${path}/`)
  const encoded = others(path, encodings(path)).map((other) => withPath(message, other))
  const cut = 'Let the proxy pass the path on as it is'
  return distinct(message, [
    ...cutOff.map((changed) => pathReading(message, changed, `${cut}, or verify before it is cut off.`)),
    ...kept.map((changed) => pathReading(message, changed, `${cut}, instead of rewriting it.`)),
    pathReading(message, slash, `${cut}, or let the client ask for the path that is served.`),
    ...encoded.map((changed) => pathReading(message, changed, `${cut}, without encoding it anew.`)),
    ...added.map((changed) => pathReading(message, changed, `${cut}, without a prefix of its own.`)),
  ]).slice(0, 12)
}

function pathReading(received: RequestMessage, message: RequestMessage, cure: string): Reading {
  const signed = message.path + message.query
  const finding = `The signer asked for ${signed}. What arrived is ${received.path + received.query}.`
  return { cause: 'path', finding, cure, message }
}

function withPath(message: RequestMessage, path: string): RequestMessage {
  return { ...message, path: path === '' ? '/' : path, requestTarget: path + message.query }
}

function withTarget(message: RequestMessage, target: string): RequestMessage {
  const [, path = '', query = ''] = /^(?:https?:\/\/[^/?#]*)?([^?#]*)(\?[^#]*)?/i.exec(target) ?? []
  return { ...message, path: path === '' ? '/' : path, query, requestTarget: path + query }
}

function joined(prefix: string, path: string): string {
  const start = prefix.startsWith('/') ? prefix : `/${prefix}`
  const whole = start.replace(/\/$/, '') + path
  return path === '/' ? whole.slice(0, -1) : whole
}

function withoutSegments(path: string, count: number): string {
  return `/${path
    .split('/')
    .slice(1 + count)
    .join('/')}`
}

function distinct(message: RequestMessage, readings: readonly Reading[]): readonly Reading[] {
  const seen = new Set([message.path + message.query])
  return readings.filter((reading) => {
    const target = reading.message.path + reading.message.query
    if (seen.has(target)) return false
    seen.add(target)
    return true
  })
}

function methodReadings(message: RequestMessage): readonly Reading[] {
  const named = ['x-http-method-override', 'x-http-method', 'x-method-override'].flatMap((name) =>
    linesOf(message, name),
  )
  const common = ['POST', 'GET', 'HEAD', 'PUT', 'PATCH', 'DELETE']
  const { method } = message
  return others(method, [...named, method.toLowerCase(), method.toUpperCase(), ...common]).map((other) => ({
    cause: 'method',
    finding: `The signer sent ${other}. What arrived is ${method}.`,
    cure: 'Let nothing rewrite the method before verification. Methods are case-sensitive: fetch sends patch as it is written.',
    message: { ...message, method: other },
  }))
}
