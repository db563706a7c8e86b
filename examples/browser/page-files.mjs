import { readFile } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { sendJson } from './json-response.mjs'

const folder = fileURLToPath(new URL('page/', import.meta.url))

const mediaTypes = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.js': 'text/javascript; charset=utf-8',
}

/** A page that signs must run no script but its own: one that is injected could sign as well. */
const securityFields = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
}

/**
 * Bundles the page once.
 *
 * @returns {Promise<import('node:http').RequestListener>} serves its files, and nothing else
 */
export async function loadPage() {
  const files = new Map(await Promise.all([...(await bundledFiles()), ...(await staticFiles())]))
  return (request, response) => {
    const path = request.url === '/' ? '/index.html' : request.url
    const content = files.get(path)
    if (content === undefined || request.method !== 'GET') return sendJson(response, 404, { error: 'no such file' })
    response.writeHead(200, { 'content-type': mediaTypes[extname(path)], ...securityFields })
    response.end(content)
  }
}

/** Not minified: the developer tools show what runs. What the client loads only when needed stays in files of its own. */
async function bundledFiles() {
  const { outputFiles } = await build({
    entryPoints: [`${folder}main.ts`],
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    logLevel: 'error',
  })
  return outputFiles.map(({ path, contents }) => [`/${basename(path)}`, contents])
}

async function staticFiles() {
  const names = ['index.html', 'style.css', 'evidence.css', 'icon.svg']
  return Promise.all(names.map(async (name) => [`/${name}`, await readFile(`${folder}${name}`)]))
}
