import { isBuiltin } from 'node:module'
import { posix } from 'node:path'
import ts from 'typescript'
import { literalText, memberAccess, parse } from './parse.mjs'

/**
 * One place where a file names another module, for values or for types.
 *
 * @typedef {object} ModuleImport
 * @property {string | undefined} specifier undefined when it is computed at run time
 * @property {number} line counted from 1
 */

/** @typedef {import('./read-tree.mjs').TreeFile} TreeFile */

/**
 * Every import of a file: static, dynamic, type-only, `require`, `process.getBuiltinModule`, module augmentations
 * and `<reference types>`.
 *
 * @param {TreeFile} file
 * @returns {ModuleImport[]}
 */
export function moduleImports(file) {
  const { sourceFile, nodes, lineOf } = parse(file)
  const references = sourceFile.typeReferenceDirectives.map(({ fileName, pos }) => ({
    specifier: `@types/${fileName}`,
    line: sourceFile.getLineAndCharacterOfPosition(pos).line + 1,
  }))
  const imports = nodes.flatMap((node) => {
    const named = namedModule(node)
    return named ? [{ specifier: literalText(named), line: lineOf(node) }] : []
  })
  return [...references, ...imports]
}

/**
 * @param {ts.Node} node
 * @returns {ts.Node | undefined} the expression that names a module, undefined when the node names none
 */
function namedModule(node) {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier
  if (ts.isExternalModuleReference(node)) return node.expression
  if (ts.isImportTypeNode(node)) return ts.isLiteralTypeNode(node.argument) ? node.argument.literal : node.argument
  if (ts.isModuleDeclaration(node)) return ts.isStringLiteral(node.name) ? node.name : undefined
  return ts.isCallExpression(node) && loadsModule(node.expression) ? node.arguments[0] : undefined
}

/**
 * @param {ts.Expression} callee
 * @returns {boolean}
 */
function loadsModule(callee) {
  if (callee.kind === ts.SyntaxKind.ImportKeyword) return true
  if (ts.isIdentifier(callee)) return callee.text === 'require' || callee.text === 'getBuiltinModule'
  const member = memberAccess(callee)
  if (member?.name === 'resolve') return ts.isIdentifier(member.object) && member.object.text === 'require'
  return member?.name === 'getBuiltinModule'
}

/**
 * One spelling for each outside module: built-in modules with `node:`, types by the package that they describe.
 *
 * @param {string} specifier
 * @returns {string}
 */
export function moduleName(specifier) {
  if (specifier === '@types/node') return 'node:types'
  const described = specifier.startsWith('@types/') ? specifier.slice(7).replace(/^(.+?)__/, '@$1/') : specifier
  return isBuiltin(described) && !described.startsWith('node:') ? `node:${described}` : described
}

/**
 * The path that a relative specifier leads to.
 *
 * @param {string} importer a path relative to the root
 * @param {string} specifier
 * @param {ReadonlySet<string>} known the paths of the tree
 * @returns {string | undefined} undefined when the specifier is not relative
 */
export function resolveImport(importer, specifier, known) {
  if (!/^\.\.?(?:\/|$)/.test(specifier)) return undefined
  const path = posix.join(posix.dirname(importer), specifier)
  const typescript = path.replace(/\.([cm]?)js$/, '.$1ts')
  return [path, typescript, `${path}.ts`, `${path}/index.ts`].find((candidate) => known.has(candidate)) ?? path
}
