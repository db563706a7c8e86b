import ts from 'typescript'
import { parse } from './source/parse.mjs'
import { isSource } from './source/places.mjs'

/** The one class of the repository. */
const errorClass = { path: 'packages/core/src/errors.ts', name: 'SignatureError' }

/** @typedef {import('./all-rules.mjs').Violation} Violation */
/** @typedef {import('./source/read-tree.mjs').TreeFile} TreeFile */

/** @type {readonly { rule: string, advice: string, breaks: (node: ts.Node, path: string) => boolean }[]} */
const bans = [
  { rule: 'default-export', advice: 'export it by its name', breaks: isDefaultExport },
  { rule: 'enum', advice: 'use a union of literals, or an object `as const`', breaks: ts.isEnumDeclaration },
  {
    rule: 'any-type',
    advice: 'use unknown and narrow it, or name the type',
    breaks: (node) => node.kind === ts.SyntaxKind.AnyKeyword,
  },
  {
    rule: 'class',
    advice: `use functions and frozen objects: the one class is ${errorClass.name} in ${errorClass.path}`,
    breaks: (node, path) => ts.isClassLike(node) && !isErrorClass(node, path),
  },
]

/**
 * Refuses what the style leaves out of the language.
 *
 * @param {readonly TreeFile[]} files
 * @returns {Violation[]}
 */
export function syntaxViolations(files) {
  return files
    .filter((file) => isSource(file.path))
    .flatMap((file) => {
      const { path } = file
      const { nodes, lineOf } = parse(file)
      return nodes.flatMap((node) =>
        bans
          .filter((ban) => ban.breaks(node, path))
          .map(({ rule, advice }) => ({ path, line: lineOf(node), rule, advice })),
      )
    })
}

/**
 * @param {ts.Node} node
 * @returns {boolean}
 */
function isDefaultExport(node) {
  if (ts.isExportAssignment(node) || node.kind === ts.SyntaxKind.DefaultKeyword) return true
  return (ts.isExportSpecifier(node) || ts.isNamespaceExport(node)) && node.name.text === 'default'
}

/**
 * @param {ts.ClassLikeDeclaration} node
 * @param {string} path
 * @returns {boolean}
 */
function isErrorClass(node, path) {
  return path === errorClass.path && node.name?.text === errorClass.name && ts.isSourceFile(node.parent)
}
