// Node makes some of them when they are first named.
const builtIns = { Object, Function, Array, Promise, Error, Uint8Array, Map, Set, String, Request, Response, Headers }

/**
 * What a module without side effects does not add to: globals and their members, listeners, and what is running.
 *
 * @returns {readonly string[]}
 */
exports.surroundings = () => {
  const members = Object.entries(builtIns).flatMap(([name, builtIn]) =>
    [...Reflect.ownKeys(builtIn), ...Reflect.ownKeys(builtIn.prototype)].map((key) => `${name}.${String(key)}`),
  )
  return [
    ...Reflect.ownKeys(globalThis).map((key) => `globalThis.${String(key)}`),
    ...members,
    ...process.eventNames().map((name) => `listener of ${String(name)}`),
    ...process.getActiveResourcesInfo().filter((name) => name === 'Timeout' || name === 'Immediate'),
  ]
}

/**
 * @param {readonly string[]} before
 * @returns {readonly string[]} what is there now, and was not
 */
exports.addedTo = (before) => exports.surroundings().filter((name) => !before.includes(name))
