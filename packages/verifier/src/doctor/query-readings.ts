import { type Covers, encodings, others, type Reading, type ReadingContext } from './reading.ts'

/** Parameters of a query of which every order is tried: 6 at most. */
const maxPermuted = 3

/** What proxies and frameworks do to a query. */
export function queryReadings({ message }: ReadingContext, covers: Covers): readonly Reading[] {
  if (!covers('@query', '@target-uri', '@request-target')) return []
  const parameters = message.query === '' ? [] : message.query.slice(1).split('&')
  const changed = [...encoded(message.query), ...removed(parameters), ...reordered(parameters)]
  return others(message.query, changed).map((query) => ({
    cause: 'query',
    finding: `The signer sent the query ${query === '' ? '(none)' : query}. What arrived is ${message.query}.`,
    cure: 'Let the proxy pass the query on byte for byte: nothing added, sorted or encoded anew.',
    message: { ...message, query, requestTarget: message.path + query },
  }))
}

function encoded(query: string): readonly string[] {
  return [
    ...encodings(query),
    query.replaceAll('+', '%20'),
    query.replaceAll('%20', '+'),
    query.replace(/=(?=&|$)/g, ''),
    query.replace(/([?&][^=&]+)(?=&|$)/g, '$1='),
    query.replaceAll('[', '%5B').replaceAll(']', '%5D'),
    query.replace(/%5B/gi, '[').replace(/%5D/gi, ']'),
    query.replaceAll(',', '%2C'),
    query.replace(/%2C/gi, ','),
    query.replaceAll(':', '%3A'),
    query.replace(/%3A/gi, ':'),
  ]
}

/** A proxy may have added one, such as a trace identifier. */
function removed(parameters: readonly string[]): readonly string[] {
  if (parameters.length > 8) return []
  return parameters.map((_parameter, index) => queryOf(parameters.filter((_other, place) => place !== index)))
}

function reordered(parameters: readonly string[]): readonly string[] {
  if (parameters.length < 2) return []
  if (parameters.length <= maxPermuted) return permutations(parameters).map(queryOf)
  return [queryOf([...parameters].sort()), queryOf([...parameters].reverse())]
}

function permutations(items: readonly string[]): readonly (readonly string[])[] {
  if (items.length < 2) return [items]
  return items.flatMap((item, index) => {
    const rest = items.filter((_other, place) => place !== index)
    return permutations(rest).map((order) => [item, ...order])
  })
}

function queryOf(parameters: readonly string[]): string {
  return parameters.length === 0 ? '' : `?${parameters.join('&')}`
}
