import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('.', import.meta.url))

/** Where Node, Deno and Bun find the suite: the packages are left to them, to be imported from node_modules. */
export const suiteFiles = { esm: `${root}dist/suite.mjs`, cjs: `${root}dist/suite.cjs` }

let building

/** Writes the suite for runtimes that resolve packages by themselves, once in a process. */
export function buildSuite() {
  building ??= Promise.all(
    Object.entries(suiteFiles).map(([format, outfile]) =>
      build({
        entryPoints: [`${root}suite/index.ts`],
        bundle: true,
        format: /** @type {'esm' | 'cjs'} */ (format),
        platform: 'neutral',
        target: 'es2022',
        external: ['@countersign/*'],
        outfile,
        logLevel: 'warning',
      }),
    ),
  )
  return building
}

/**
 * Bundles the suite with the packages, as the users of a runtime do.
 *
 * @param {object} options
 * @param {string} [options.entry] relative to this folder; 'suite/index.ts' where it is absent
 * @param {readonly string[]} [options.conditions] of `exports`, beside `import` and those of the platform
 * @param {'browser' | 'neutral'} [options.platform]
 * @param {'iife' | 'esm'} [options.format] `iife` sets `globalThis.countersignSuite`
 * @param {boolean} [options.curves] false leaves `@noble/curves` out, as for those who have not installed it
 * @returns {Promise<string>}
 */
export async function bundleSuite(options = {}) {
  const { entry = 'suite/index.ts', conditions = [], platform = 'neutral', format = 'iife', curves = true } = options
  const { outputFiles } = await build({
    entryPoints: [root + entry],
    bundle: true,
    format,
    globalName: 'countersignSuite',
    platform,
    conditions: [...conditions],
    mainFields: ['module', 'main'],
    target: 'es2022',
    // A dynamic import of what is not there fails when it runs, as it does for those users.
    external: curves ? [] : ['@noble/curves/*'],
    write: false,
    logLevel: 'warning',
    // Of packages in node_modules it says nothing: here they are linked to their folders.
    logOverride: { 'ignored-bare-import': 'silent' },
  })
  // `var` at the top of a module or function would be no global.
  return `${outputFiles[0].text}${format === 'iife' ? 'globalThis.countersignSuite = countersignSuite;\n' : ''}`
}
