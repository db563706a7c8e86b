import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from './commands.mjs'
import { writeInto } from './project.mjs'
import { importables } from './tarballs.mjs'

/** @typedef {import('./project.mjs').Project} Project */
/** @typedef {import('./all-consumers.mjs').Outcome} Outcome */

/** Aliases in the template: what most use, what comes next, and the first that knows `Uint8Array<ArrayBuffer>`. */
const compilers = ['typescript', 'typescript-newest', 'typescript-oldest']

/** Where types of browsers are needed, and where those of Node. */
const needs = {
  browser: /^@countersign\/client\/keys$/,
  node: /^@countersign\/verifier\/(?:node|express|fastify|koa|doctor)$/,
}

/**
 * What a project has types for: both, browsers alone, or Node alone.
 *
 * @typedef {object} TypeSettings
 * @property {string} config the middle of the name of a tsconfig
 * @property {boolean} [cjs] whether a CJS file is compiled too
 * @property {keyof typeof needs} [without]
 */

/**
 * Compiles a program that uses the packages well and badly, and one that imports everything, with each compiler.
 *
 * @param {Project} project
 * @param {TypeSettings} settings
 * @returns {Promise<Outcome>}
 */
export async function checkTypes(project, { config, cjs = false, without }) {
  const { folder, packages } = project
  const left = importables(packages).code.filter((specifier) => !(without && needs[without].test(specifier)))
  const everything = left.map((specifier, index) => `export * as module${index} from '${specifier}'\n`).join('')
  writeInto(project, 'everything.ts', everything)
  if (cjs) {
    writeInto(project, 'everything-in-cjs.cts', everything)
    copyFileSync(join(folder, 'use.ts'), join(folder, 'use-in-cjs.cts'))
  }
  const facts = []
  const problems = []
  for (const compiler of compilers) {
    const tsc = join(folder, 'node_modules', compiler, 'bin', 'tsc')
    const version = (await runCommand(process.execPath, [tsc, '--version'], { cwd: folder }))
      .replace('Version', '')
      .trim()
    try {
      await runCommand(process.execPath, [tsc, '--project', `tsconfig.${config}.json`, '--pretty', 'false'], {
        cwd: folder,
      })
      facts.push(version)
    } catch (error) {
      problems.push(`TypeScript ${version} ${/** @type {Error} */ (error).message}`)
    }
  }
  return { facts: [`TypeScript ${facts.join(', ')}: ${left.length} imports`], problems, lacks: [] }
}
