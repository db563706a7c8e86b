import type { RequestMessage, SignatureInput } from '@countersign/core'
import { linesOf, others, type Reading } from './reading.ts'

/** Their values are not told, nor guessed. */
const credentials: ReadonlySet<string> = new Set(['authorization', 'proxy-authorization', 'cookie'])

/** What proxies and frameworks do to covered fields. */
export function fieldReadings(message: RequestMessage, input: SignatureInput): readonly Reading[] {
  const names = input.components.filter(({ name }) => !name.startsWith('@')).map(({ name }) => name)
  return [...new Set(names)].flatMap((name) => {
    if (!message.headers.has(name)) return absentReadings(message, name)
    if (credentials.has(name)) return []
    const received = linesOf(message, name).join(', ')
    return others(received, variantsOf(name, received)).map((value) => reading(message, name, { value, received }))
  })
}

/** The covered fields that are not there. */
export function missingFields(message: RequestMessage, input: SignatureInput): readonly string[] {
  const names = input.components.map(({ name }) => name)
  return [...new Set(names)].filter((name) => !name.startsWith('@') && !message.headers.has(name))
}

/** What decompresses a body takes its Content-Encoding away. */
function absentReadings(message: RequestMessage, name: string): readonly Reading[] {
  if (name !== 'content-encoding') return []
  return ['gzip', 'br', 'deflate', 'zstd'].map((value) => reading(message, name, { value, received: '(absent)' }))
}

function variantsOf(name: string, value: string): readonly string[] {
  const general = [
    value.replace(/,\s*/g, ', '),
    value.replace(/,\s*/g, ','),
    value.replace(/;\s*/g, ';'),
    value.replace(/;\s*/g, '; '),
    value.toLowerCase(),
    value.replace(/,[^,]*$/, ''),
    value.replace(/^[^,]*,\s*/, ''),
  ]
  if (name !== 'content-type') return general
  const [type = ''] = value.split(';')
  return [type, `${type}; charset=utf-8`, `${type};charset=utf-8`, `${type}; charset=UTF-8`, ...general]
}

function reading(
  message: RequestMessage,
  name: string,
  { value, received }: { readonly value: string; readonly received: string },
): Reading {
  return {
    cause: 'field',
    finding: `The signer sent ${name}: ${value}. What arrived is ${received}.`,
    cure: `Find what rewrites ${name} on the way, and let it pass the field on as it is.`,
    message: { ...message, headers: new Map([...message.headers, [name, [value]]]) },
  }
}
