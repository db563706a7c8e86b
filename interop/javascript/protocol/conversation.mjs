import { createInterface } from 'node:readline'

/**
 * Reads tests from standard input and writes what is answered to each (packages/vectors/README.md, "Runners").
 *
 * @param {Record<string, (test: any, keys: Record<string, any>) => Promise<object>>} answers by the type of the test
 */
export async function converse(answers) {
  /** @type {Record<string, any> | undefined} */
  let keys
  for await (const line of createInterface({ input: process.stdin })) {
    const test = JSON.parse(line)
    if (keys === undefined) keys = test.keys
    else console.log(JSON.stringify({ id: test.id, ...(await answers[test.type](test, keys)) }))
  }
}

/** The reason where a library refuses a signature without throwing. */
export const saysInvalid = 'it says that the signature is invalid'

/**
 * Asks the library. Only what it throws is a refusal: a mistake of the runner itself must crash.
 *
 * @param {() => unknown} ask gives false where the library refuses without throwing, or the fields of a signature
 * @returns {Promise<{ result: 'accept' | 'reject', reason?: string, fields?: unknown }>}
 */
export async function ask(call) {
  try {
    const given = await call()
    if (given === false) return { result: 'reject', reason: saysInvalid }
    return Array.isArray(given) ? { result: 'accept', fields: given } : { result: 'accept' }
  } catch (error) {
    return { result: 'reject', reason: error instanceof Error ? error.message : String(error) }
  }
}
