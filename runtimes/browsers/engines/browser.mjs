/**
 * A browser that can be started.
 *
 * @typedef {object} Browser
 * @property {string} name
 * @property {string} title
 * @property {string} command the program, which says whether it is installed
 * @property {(options: { profile: string }) => Promise<BrowserWindow>} launch `profile` is a folder of its own
 */

/**
 * A window of a browser that has been started.
 *
 * @typedef {object} BrowserWindow
 * @property {() => Promise<string>} version
 * @property {(url: string) => Promise<unknown>} open
 * @property {(expression: string) => Promise<any>} evaluate gives what the promise of an expression resolves with
 * @property {() => Promise<unknown>} close ends the browser
 */

/** A name of 127.0.0.1 that no browser takes for a secure context, as it does with that address itself. */
export const insecureHost = 'insecure.test'

/** How long a task may take in a browser, in milliseconds. On insecure origins JavaScript does all the cryptography. */
export const taskTimeout = 240_000
