import { moduleImports, moduleName, resolveImport } from './source/module-imports.mjs'
import { fits, isSource, placeOf } from './source/places.mjs'

/**
 * A group of files of one package. The first row whose patterns fit a file is the file's place.
 *
 * @typedef {object} Layer
 * @property {string} name
 * @property {readonly string[]} files patterns of paths within `src`
 * @property {true} [apart] the files of this row do not import one another
 * @property {readonly string[]} [outside] the only modules from outside the package that this row imports
 */

/**
 * THE TABLE. Imports go down a package's list, never up; files of one row may import one another unless it says
 * `apart`. Nothing imports an `index.ts` of its own package. Type-only imports count like all others.
 *
 * @type {Readonly<Record<string, { workspace: readonly string[], layers: readonly Layer[] }>>}
 */
const packages = {
  core: {
    workspace: [],
    layers: [
      { name: 'entry points', files: ['**/index.ts'] },
      { name: 'sign and verify', files: ['sign.ts', 'verify-signature.ts'] },
      {
        name: 'fields and base',
        files: ['digest-fields/**', 'explain/**', 'covered-components/**', 'signature-fields/**', 'signature-base.ts'],
      },
      { name: 'message', files: ['message/**'] },
      { name: 'algorithms and keys', files: ['algorithms/**', 'keys/**'] },
      { name: 'crypto', files: ['crypto/**'] },
      { name: 'structured fields', files: ['structured-fields/**'] },
      { name: 'errors and bytes', files: ['errors.ts', 'bytes.ts', 'options.ts'] },
    ],
  },
  client: {
    workspace: ['@countersign/core'],
    layers: [
      { name: 'entry points', files: ['**/index.ts'] },
      { name: 'client', files: ['**'] },
    ],
  },
  verifier: {
    workspace: ['@countersign/core'],
    layers: [
      { name: 'entry points', files: ['**/index.ts'] },
      { name: 'adapters', files: ['adapters/*.ts'], apart: true },
      { name: 'streaming adapters', files: ['adapters/streaming/**'] },
      { name: 'transport', files: ['adapters/transport/**'] },
      { name: 'doctor and streaming', files: ['doctor/**', 'streaming/**'] },
      { name: 'verifier', files: ['verifier.ts'] },
      { name: 'responses', files: ['responses/**'] },
      { name: 'steps of the verifier', files: ['*.ts', 'explain/**', 'policy/**', 'nonces/**', 'request/**'] },
      { name: 'keys', files: ['keys/**'], outside: ['@countersign/core'] },
      { name: 'replay', files: ['replay/**'], outside: ['@countersign/core', 'node:'] },
    ],
  },
  cli: {
    workspace: ['@countersign/core', '@countersign/client', '@countersign/verifier'],
    layers: [
      { name: 'entry point', files: ['countersign.ts'] },
      { name: 'program', files: ['program.ts'] },
      { name: 'commands', files: ['commands/**'] },
      { name: 'what commands share', files: ['messages/**', 'sending/**', 'keys/**'] },
      { name: 'terminal', files: ['terminal/**'] },
      { name: 'world', files: ['*.ts'] },
    ],
  },
}

/** The only files that may import `node:` modules and read the globals of Node, as patterns. */
export const nodeFiles = [
  'packages/core/src/crypto/node.ts',
  'packages/verifier/src/adapters/node.ts',
  'packages/verifier/src/adapters/streaming/node-stream.ts',
  'packages/verifier/src/adapters/express.ts',
  'packages/verifier/src/adapters/fastify.ts',
  'packages/verifier/src/adapters/transport/node-body.ts',
  'packages/verifier/src/adapters/transport/node-refusal.ts',
  'packages/verifier/src/adapters/transport/node-upgrade.ts',
  'packages/verifier/src/adapters/transport/lambda-event.ts',
  'packages/verifier/src/replay/sqlite/store.ts',
  // A program for Node alone.
  'packages/cli/src/**',
]

/** Modules from outside the repository (a name, its subpaths and its `@types`), and the only files that import them. */
const outsideModules = [
  { rule: 'import-node', modules: ['node:'], only: nodeFiles },
  {
    rule: 'import-framework',
    modules: ['express', 'express-serve-static-core', 'fastify', '@fastify', 'koa', '@koa', 'hono', '@hono'],
    only: ['packages/verifier/src/adapters/**'],
  },
  {
    rule: 'import-noble',
    modules: ['@noble'],
    only: ['packages/core/src/crypto/**', 'packages/core/src/digest-fields/digester.ts'],
  },
  { rule: 'import-uuid', modules: ['uuid'], only: ['packages/client/src/**'] },
  { rule: 'import-commander', modules: ['commander'], only: ['packages/cli/src/**'] },
]

/** The scope of the packages of this repository. */
const scope = '@countersign/'

const table = 'the table in tools/structure/import-rules.mjs'

/** @typedef {import('./all-rules.mjs').Violation} Violation */
/** @typedef {import('./source/read-tree.mjs').TreeFile} TreeFile */
/** @typedef {{ rule: string, advice: string }} Refusal */

/**
 * Checks every import of the sources against the table.
 *
 * @param {readonly TreeFile[]} files
 * @returns {Violation[]}
 */
export function importViolations(files) {
  const known = new Set(files.map((file) => file.path))
  return files.filter((file) => isSource(file.path)).flatMap((file) => fileViolations(file, known))
}

/**
 * @param {TreeFile} file
 * @param {ReadonlySet<string>} known
 * @returns {Violation[]}
 */
function fileViolations(file, known) {
  const { path } = file
  /** @type {Violation[]} */
  const violations = []
  if (!layerOf(path)) violations.push({ path, line: 1, rule: 'unplaced-file', advice: `give it a place in ${table}` })
  for (const { specifier, line } of moduleImports(file)) {
    const refusals = specifier === undefined ? [computed] : importRefusals(path, specifier, known)
    violations.push(...refusals.map((refusal) => ({ path, line, ...refusal })))
  }
  return violations
}

/** @type {Refusal} */
const computed = {
  rule: 'import-computed',
  advice: 'write the name of the module as a literal, so that it can be checked',
}

/**
 * @param {string} importer
 * @param {string} specifier
 * @param {ReadonlySet<string>} known
 * @returns {Refusal[]}
 */
function importRefusals(importer, specifier, known) {
  const target = resolveImport(importer, specifier, known)
  const refusal = target === undefined ? refuseModule(importer, moduleName(specifier)) : refuseFile(importer, target)
  return refusal ? [refusal] : []
}

/**
 * @param {string} importer
 * @param {string} target
 * @returns {Refusal | undefined}
 */
function refuseFile(importer, target) {
  const [from, to] = [placeOf(importer), placeOf(target)]
  if (!to || from?.package !== to.package) {
    return { rule: 'import-deep', advice: `${target} is outside this package's src: import the package by its name` }
  }
  if (target === importer) return undefined
  if (fits(to.inside, '**/index.ts')) {
    return { rule: 'import-index', advice: `import the file that declares the name, not ${to.inside}` }
  }
  const [upper, lower] = [layerOf(importer), layerOf(target)]
  if (!upper || !lower) return undefined
  if (upper.rank > lower.rank) {
    return { rule: 'import-layer', advice: `"${upper.name}" is below "${lower.name}": imports only go down ${table}` }
  }
  return upper.rank === lower.rank && upper.apart
    ? { rule: 'import-sideways', advice: `move what both need below "${upper.name}", see ${table}` }
    : undefined
}

/**
 * @param {string} path
 * @returns {(Layer & { rank: number }) | undefined} the row of a file; the top row has rank 0
 */
function layerOf(path) {
  const place = placeOf(path)
  const layers = (place && packages[place.package]?.layers) ?? []
  const rank = layers.findIndex((layer) => layer.files.some((pattern) => fits(place?.inside ?? '', pattern)))
  const layer = layers[rank]
  return layer && { ...layer, rank }
}

/**
 * @param {string} importer
 * @param {string} name
 * @returns {Refusal | undefined}
 */
function refuseModule(importer, name) {
  if (name.startsWith(scope)) return refuseWorkspace(importer, name)
  for (const { rule, modules, only } of outsideModules) {
    if (!modules.some((module) => belongsTo(name, module))) continue
    if (only.some((pattern) => fits(importer, pattern))) break
    return { rule, advice: `${name} may only be imported in ${only.join(', ')}` }
  }
  const layer = layerOf(importer)
  if (!layer?.outside || layer.outside.some((module) => belongsTo(name, module))) return undefined
  return { rule: 'import-outside', advice: `"${layer.name}" takes ${name} as a parameter, and does not import it` }
}

/**
 * @param {string} importer
 * @param {string} name
 * @returns {Refusal | undefined}
 */
function refuseWorkspace(importer, name) {
  const allowed = packages[placeOf(importer)?.package ?? '']?.workspace ?? []
  if (!allowed.some((module) => belongsTo(name, module))) {
    const advice = `${allowed.length === 0 ? 'no package' : `only ${allowed.join(', ')}`} of the workspace may be imported here`
    return { rule: 'import-package', advice }
  }
  const subpath = name.split('/').slice(2)
  return ['src', 'dist'].includes(subpath[0] ?? '') || /\.[a-z]+$/.test(name)
    ? { rule: 'import-deep', advice: `import what the package exports, not its file ${subpath.join('/')}` }
    : undefined
}

/**
 * @param {string} name
 * @param {string} module a name, a scope, or `node:` for every built-in module
 * @returns {boolean}
 */
function belongsTo(name, module) {
  return name === module || name.startsWith(module.endsWith(':') ? module : `${module}/`)
}
