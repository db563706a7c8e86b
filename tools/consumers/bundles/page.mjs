import { readFileSync } from 'node:fs'
import { basename, join, posix } from 'node:path'
import vm from 'node:vm'

/** What a page finds around it. `process`, `Buffer`, `require` and `global` are not of the web. */
const webGlobals = [
  ...['AbortController', 'AbortSignal', 'Blob', 'DOMException', 'Event', 'EventTarget', 'File', 'FormData', 'Headers'],
  ...['ReadableStream', 'Request', 'Response', 'TextDecoder', 'TextEncoder', 'TransformStream', 'URL'],
  ...['URLSearchParams', 'WritableStream', 'atob', 'btoa', 'clearTimeout', 'console', 'crypto', 'performance'],
  ...['queueMicrotask', 'setTimeout', 'structuredClone'],
  // What the functions above return must be what the page calls by these names.
  ...['ArrayBuffer', 'Error', 'TypeError', 'Uint8Array'],
]

/**
 * A page: a context of its own with the globals of the web, in which a bundle runs.
 *
 * @typedef {object} Page
 * @property {readonly string[]} eager the files that were loaded at once
 * @property {(script: string, globals: Readonly<Record<string, unknown>>) => Promise<unknown>} run a script of the page
 */

/**
 * Opens a page that loads a bundle.
 *
 * @param {string} folder of the bundle
 * @param {{ start: string, kind: 'module' | 'script' }} entry the file that the page names
 * @returns {Promise<Page>}
 */
export async function openPage(folder, { start, kind }) {
  const context = vm.createContext(Object.fromEntries(webGlobals.map((name) => [name, globalThis[name]])))
  const loadScript = (name) => vm.runInContext(readFileSync(join(folder, name), 'utf8'), context, { filename: name })
  Object.assign(context, { window: context, self: context, ...surfaceOf(start, loadScript) })
  const eager = kind === 'module' ? await loadModule(folder, start, context) : [start]
  if (kind === 'script') loadScript(start)
  return {
    eager,
    run: (script, globals) => vm.runInContext(script, Object.assign(context, globals)),
  }
}

/**
 * As much of a document as bundlers use to load more of a bundle.
 *
 * @param {string} start
 * @param {(name: string) => void} loadScript
 * @returns {object}
 */
function surfaceOf(start, loadScript) {
  const base = 'https://page.example/'
  const append = (element) => {
    if (element.src === undefined) return
    loadScript(basename(new URL(element.src, base).pathname))
    element.onload({ type: 'load' })
  }
  const createElement = () => ({ relList: { supports: () => true }, setAttribute() {}, addEventListener() {} })
  const currentScript = { tagName: 'SCRIPT', src: `${base}${start}` }
  return {
    location: new URL(base),
    navigator: { userAgent: 'Mozilla/5.0' },
    document: {
      currentScript,
      createElement,
      head: { appendChild: append },
      querySelector: () => null,
      getElementsByTagName: () => [],
    },
  }
}

/**
 * Loads a module with all that it imports.
 *
 * @param {string} folder
 * @param {string} start
 * @param {vm.Context} context
 * @returns {Promise<readonly string[]>} the files that were loaded at once
 */
async function loadModule(folder, start, context) {
  /** @type {Map<string, vm.SourceTextModule>} */
  const modules = new Map()
  const moduleOf = (name) => {
    const known = modules.get(name)
    if (known) return known
    const made = new vm.SourceTextModule(readFileSync(join(folder, name), 'utf8'), {
      context,
      identifier: name,
      importModuleDynamically: (specifier) => evaluate(posix.join(posix.dirname(name), specifier)),
      initializeImportMeta: (meta) => {
        meta.url = `https://page.example/${name}`
      },
    })
    modules.set(name, made)
    return made
  }
  const evaluate = async (name) => {
    const module = moduleOf(name)
    if (module.status === 'unlinked') {
      await module.link((specifier, { identifier }) => moduleOf(posix.join(posix.dirname(identifier), specifier)))
    }
    await module.evaluate()
    return module
  }
  await evaluate(start)
  return [...modules.keys()]
}
