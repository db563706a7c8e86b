import ts from 'typescript'
import { memberAccess } from './parse.mjs'

/** The names of the global object itself. */
const globalObjects = new Set(['globalThis', 'global', 'self', 'window'])

/**
 * The global that an expression reads: `process`, `globalThis.process` and `globalThis['process']` all give `process`.
 * Types, property names and names that the file declares itself are no globals.
 *
 * @param {ts.Node} node
 * @returns {string | undefined}
 */
export function globalName(node) {
  if (ts.isIdentifier(node)) return isValue(node) && !isDeclared(node) ? node.text : undefined
  const member = memberAccess(node)
  if (!member || !ts.isIdentifier(member.object) || !globalObjects.has(member.object.text)) return undefined
  return isDeclared(member.object) ? undefined : member.name
}

/**
 * Whether an identifier stands for a value, and is neither the name of a property nor part of a type.
 *
 * @param {ts.Identifier} node
 * @returns {boolean}
 */
function isValue(node) {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node && !isInType(node)
  if (ts.isBindingElement(parent) && parent.propertyName === node) return false
  if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent) || ts.isMetaProperty(parent)) return false
  const named = /** @type {{ name?: ts.Node }} */ (/** @type {unknown} */ (parent)).name === node
  if (named && (ts.isPropertyAssignment(parent) || ts.isClassElement(parent) || ts.isTypeElement(parent))) return false
  return !isInType(node)
}

/**
 * @param {ts.Node} node
 * @returns {boolean}
 */
function isInType(node) {
  for (let at = node; !ts.isSourceFile(at); at = at.parent) {
    if (ts.isInterfaceDeclaration(at) || ts.isTypeAliasDeclaration(at)) return true
    if (!ts.isTypeNode(at)) continue
    // `class A extends Base`: the grammar calls it a type, and it is a value.
    const heritage = ts.isExpressionWithTypeArguments(at) && ts.isHeritageClause(at.parent) ? at.parent : undefined
    if (heritage?.token !== ts.SyntaxKind.ExtendsKeyword || !ts.isClassLike(heritage.parent)) return true
  }
  return false
}

/**
 * @param {ts.Identifier} identifier
 * @returns {boolean} whether the file itself declares what the identifier names
 */
function isDeclared(identifier) {
  for (let scope = identifier.parent; scope; scope = scope.parent) {
    if (declaredNames(scope).includes(identifier.text)) return true
  }
  return false
}

/**
 * @param {ts.Node} scope
 * @returns {string[]} the names that a scope declares; ambient ones (`declare const`) still mean the global
 */
function declaredNames(scope) {
  if (ts.isFunctionLike(scope)) {
    const own = ts.isFunctionExpression(scope) && scope.name ? [scope.name.text] : []
    return [...own, ...scope.parameters.flatMap((parameter) => boundNames(parameter.name))]
  }
  if (ts.isForStatement(scope) || ts.isForOfStatement(scope) || ts.isForInStatement(scope)) {
    const { initializer } = scope
    return initializer && ts.isVariableDeclarationList(initializer) ? listedNames(initializer) : []
  }
  if (ts.isCatchClause(scope)) return scope.variableDeclaration ? boundNames(scope.variableDeclaration.name) : []
  if (ts.isBlock(scope) || ts.isSourceFile(scope) || ts.isModuleBlock(scope) || ts.isCaseOrDefaultClause(scope)) {
    return [...scope.statements].flatMap(statedNames)
  }
  return []
}

/**
 * @param {ts.Statement} statement
 * @returns {string[]}
 */
function statedNames(statement) {
  const { modifiers } = /** @type {{ modifiers?: ts.NodeArray<ts.ModifierLike> }} */ (statement)
  if (modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.DeclareKeyword)) return []
  if (ts.isVariableStatement(statement)) return listedNames(statement.declarationList)
  if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) {
    return statement.name ? [statement.name.text] : []
  }
  const clause = ts.isImportDeclaration(statement) ? statement.importClause : undefined
  if (!clause) return []
  const bindings = clause.namedBindings
  const named = bindings && ts.isNamedImports(bindings) ? bindings.elements : bindings ? [bindings] : []
  return [...(clause.name ? [clause.name] : []), ...named.map((binding) => binding.name)].map((name) => name.text)
}

/**
 * @param {ts.VariableDeclarationList} list
 * @returns {string[]}
 */
function listedNames(list) {
  return list.declarations.flatMap((declaration) => boundNames(declaration.name))
}

/**
 * @param {ts.BindingName} name
 * @returns {string[]}
 */
function boundNames(name) {
  if (ts.isIdentifier(name)) return [name.text]
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? boundNames(element.name) : []))
}

/**
 * Whether an expression is a default value: `= value` of a parameter or an option, `?? value`,
 * or a declaration whose name says so (`const defaultFetch = value`).
 *
 * @param {ts.Node} node
 * @returns {boolean}
 */
export function isDefaultValue(node) {
  const { parent } = node
  if (ts.isParameter(parent) || ts.isBindingElement(parent)) return parent.initializer === node
  if (ts.isVariableDeclaration(parent)) return parent.initializer === node && isDefaultName(parent.name)
  if (ts.isFunctionDeclaration(node)) return isDefaultName(node.name)
  if (ts.isParenthesizedExpression(parent) || ts.isAsExpression(parent) || ts.isSatisfiesExpression(parent)) {
    return isDefaultValue(parent)
  }
  return ts.isBinaryExpression(parent) && parent.right === node && isDefaulting(parent.operatorToken.kind)
}

/**
 * @param {ts.Node | undefined} name
 * @returns {boolean}
 */
function isDefaultName(name) {
  return name !== undefined && ts.isIdentifier(name) && /^default[A-Z]/.test(name.text)
}

/**
 * @param {ts.SyntaxKind} operator
 * @returns {boolean}
 */
function isDefaulting(operator) {
  return operator === ts.SyntaxKind.QuestionQuestionToken || operator === ts.SyntaxKind.QuestionQuestionEqualsToken
}
