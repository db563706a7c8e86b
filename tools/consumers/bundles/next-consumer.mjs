import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundledPaths, importDeclarations } from '../../packages/size-limits.mjs'
import { runCommand } from '../commands.mjs'
import { writeInto } from '../project.mjs'
import { bundleFiles, gzippedBytes } from './bundle-consumers.mjs'
import { contentProblems, sizeProblems } from './bundle-problems.mjs'
import { emptyEntry } from './entries.mjs'

/** @typedef {import('../project.mjs').Project} Project */
/** @typedef {import('../all-consumers.mjs').Outcome} Outcome */

/** What Next puts into every page: itself, and React. Its stand-ins for Node's other modules are in `compiled`, too. */
const framework = [
  ...['@swc/helpers', 'next/src', 'next/dist/build', 'next/dist/client', 'next/dist/lib', 'next/dist/shared'],
  ...['path-to-regexp', 'process', 'react', 'react-dom', 'react-server-dom-turbopack', 'scheduler'].map(
    (name) => `next/dist/compiled/${name}`,
  ),
]

const shown = JSON.stringify({ first: 'transfer 1: 10', second: 'replayed' })

/**
 * Builds an application whose page signs and whose route handler verifies, runs it, and measures what each path of the
 * table adds to a page.
 *
 * @param {Project} project
 * @returns {Promise<Outcome>}
 */
export async function checkNext(project) {
  await build(project, 'bank')
  const problems = contentProblems(chunksOf(project, 'bank'), framework)
  const outcome = (await runCommand(process.execPath, ['serve.mjs'], { cwd: project.folder })).trim()
  const facts = outcome === shown ? ['a signed call once, then replayed'] : []
  if (outcome !== shown) problems.push(`the page shows ${outcome}`)
  const sizes = []
  for (const path of bundledPaths) {
    sizes.push(await measure(project, path))
    problems.push(...contentProblems(chunksOf(project, path.entry), framework))
  }
  problems.push(...sizes.flatMap(sizeProblems))
  return { facts, problems, lacks: [], sizes }
}

/**
 * An application of its own for each path: Turbopack keeps what any page of an application uses.
 *
 * @param {Project} project
 * @param {import('../../packages/size-limits.mjs').BundledPath} path
 * @returns {Promise<import('./bundle-problems.mjs').Measured>}
 */
async function measure(project, path) {
  const { name, entry, limit, imports } = path
  const names = Object.values(imports).flat().join(', ')
  writePage(project, `${entry}/app/${emptyEntry}`, ['', ''])
  writePage(project, `${entry}/app/${entry}`, [importDeclarations(path), `globalThis.countersign = { ${names} }`])
  writeInto(project, `${entry}/app/layout.jsx`, readFileSync(join(project.folder, 'bank/app/layout.jsx'), 'utf8'))
  await build(project, entry)
  const bytes = (page) => gzippedBytes(scriptsOf(project, entry, page))
  return { name, whole: bytes(entry), empty: bytes(emptyEntry), limit }
}

/**
 * @param {Project} project
 * @param {string} folder
 * @param {readonly [string, string]} text the imports, and what runs in the browser
 */
function writePage(project, folder, [imports, body]) {
  mkdirSync(join(project.folder, folder), { recursive: true })
  const text = `'use client'
${imports}import { useEffect } from 'react'

export default function Page() {
  useEffect(() => {
    ${body}
  }, [])
  return null
}
`
  writeInto(project, `${folder}/page.jsx`, text)
}

/**
 * @param {Project} project
 * @param {string} application the name of its folder
 */
async function build(project, application) {
  const settings = { productionBrowserSourceMaps: true, turbopack: { root: project.folder } }
  writeInto(project, `${application}/next.config.mjs`, `export default ${JSON.stringify(settings)}\n`)
  const next = join('node_modules', 'next', 'dist', 'bin', 'next')
  await runCommand(process.execPath, [next, 'build', application], { cwd: project.folder })
}

/**
 * @param {Project} project
 * @param {string} application
 * @returns {import('./bundle-problems.mjs').BundleFile[]} its scripts, but for those of browsers without modules
 */
function chunksOf({ folder }, application) {
  return bundleFiles(join(folder, application, '.next', 'static', 'chunks')).filter(({ text }) => !isPolyfill(text))
}

/** What Next gives to browsers that know no modules. It is made beforehand, and has no source map. */
function isPolyfill(text) {
  return text.includes('core-js')
}

/**
 * @param {Project} project
 * @param {string} application
 * @param {string} page
 * @returns {import('./bundle-problems.mjs').BundleFile[]} the scripts that the page names
 */
function scriptsOf(project, application, page) {
  const html = readFileSync(join(project.folder, application, '.next', 'server', 'app', `${page}.html`), 'utf8')
  const named = new Set([...html.matchAll(/<script\b[^>]*src="[^"]*\/chunks\/([^"?]+)/g)].map(([, name]) => name))
  return chunksOf(project, application).filter(({ name }) => named.has(name))
}
