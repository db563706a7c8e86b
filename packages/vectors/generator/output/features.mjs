import { keyDefinitions } from '../keys/definitions.mjs'

/** What an implementation may lack, as `requires` of a test names it. README.md has the same list. */
export const features = [
  ...new Set(keyDefinitions.map(({ algorithm }) => `alg:${algorithm}`)),
  'comp:sf',
  'comp:key',
  'comp:bs',
  'comp:tr',
  'comp:req',
  'comp:query-param',
  'digest:create',
  'digest:choose',
  'field-types',
  'response',
  'trailers',
  'raw-target',
  'raw-fields',
  'multi-signature',
  'unknown-parameters',
  'weak-keys',
  'lenient-base64',
  'joined-strings',
  'rfc9651-types',
  'durable-store',
  'memory-store',
]

const algorithmOf = new Map(keyDefinitions.map(({ name, algorithm }) => [name, algorithm]))

/**
 * The features that a test needs by its looks, beside those that it names itself.
 *
 * @param {Record<string, any>} test
 * @returns {string[]} in the order of the list
 */
export function requiredFeatures(test) {
  const needed = new Set(test.requires)
  for (const name of [test.key, ...(test.keys ?? [])]) {
    if (name === undefined) continue
    if (!algorithmOf.has(name)) throw new Error(`${test.id}: there is no key "${name}"`)
    needed.add(`alg:${algorithmOf.get(name)}`)
    if (name.startsWith('weak-')) needed.add('weak-keys')
  }
  for (const feature of ofMessage(test.message)) needed.add(feature)
  for (const feature of ofComponents(test.components)) needed.add(feature)
  if (['create', 'choose'].includes(test.digest?.operation)) needed.add(`digest:${test.digest.operation}`)
  for (const feature of needed) {
    if (!features.includes(feature)) throw new Error(`${test.id}: output/features.mjs has no feature "${feature}"`)
  }
  return features.filter((feature) => needed.has(feature))
}

function ofMessage({ request, response } = {}) {
  return [
    response && 'response',
    (request?.trailers ?? response?.trailers) && 'trailers',
    request?.requestTarget && 'raw-target',
  ].filter(Boolean)
}

/** By the parameters that fields can have; what is unfit for its component is a fact that anybody can refuse. */
function ofComponents(components = []) {
  return components.flatMap(({ name, parameters = [] }) => {
    const own = parameters.map(([parameter]) => `comp:${parameter}`).filter((feature) => features.includes(feature))
    return name === '@query-param' ? [...own, 'comp:query-param'] : own
  })
}
