import { randomBytes } from 'node:crypto'

/** What engines without a browser or server around them have. @type {import('./runtime.mjs').Capabilities} */
export const engineAlone = { subtle: false, random: true, curves: true, rsa: false, fetch: false, secrets: true }

/** Random bytes that one task may use up. */
const poolLength = 4096

/**
 * What a program brings where an engine lacks it, as react-native-get-random-values and a polyfill of TextEncoder do.
 * `@noble/curves` needs the second; the packages themselves do not. The random bytes are a pool from this process, of
 * which none is used twice.
 */
export function polyfills() {
  return `
globalThis.crypto = (function () {
  var pool = ${JSON.stringify([...randomBytes(poolLength)])}
  return {
    getRandomValues: function (array) {
      if (array.length > pool.length) throw new Error('the pool of random bytes is used up')
      array.set(pool.splice(0, array.length))
      return array
    },
  }
})();
if (typeof TextEncoder === 'undefined') {
  globalThis.TextEncoder = function TextEncoder() {}
  TextEncoder.prototype.encode = function (text) {
    var binary = unescape(encodeURIComponent(text.replace(/[\\ud800-\\udfff]/gu, '\\ufffd')))
    return Uint8Array.from(binary, function (character) { return character.charCodeAt(0) })
  }
}
`
}

/**
 * A program that runs a task and prints its result, for engines that know `print` and nothing else.
 *
 * @param {string} bundle
 * @param {object} task
 */
export function printingProgram(bundle, task) {
  return `${bundle}
countersignSuite.runTask(JSON.parse(${JSON.stringify(JSON.stringify(task))})).then(
  function (result) { print(JSON.stringify({ result: result })) },
  function (error) { print(JSON.stringify({ error: String(error) + ' ' + error.stack })) },
);
`
}
