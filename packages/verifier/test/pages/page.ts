import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { expect, onTestFinished } from 'vitest'

const root = fileURLToPath(new URL('../../../..', import.meta.url))

/** A page of the documentation. */
export interface Page {
  readonly text: string
  /** The names of its programs. */
  readonly programs: readonly string[]
  /** The block that contains a text. */
  block(text: string): string
}

/** Reads a page of the documentation. */
export function readPage(name: string): Page {
  const text = readFileSync(join(root, 'docs', name), 'utf8')
  const blocks = [...text.matchAll(/^```\w*\n(.*?)^```$/gms)].map(([, code = '']) => code)
  return {
    text,
    programs: blocks.flatMap((code) => /^\/\/ (\S+\.mjs)\n/.exec(code)?.[1] ?? []),
    block: (part) => blocks.find((code) => code.includes(part)) ?? expect.unreachable(`no block with ${part}`),
  }
}

/** Runs a program of a page, with the packages from their sources. */
export async function run(code: string): Promise<Record<string, (...args: never[]) => unknown>> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-page-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const outfile = join(folder, 'bundle.mjs')
  await build({
    stdin: { contents: code, resolveDir: root },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: ['@countersign/source'],
    nodePaths: [join(root, 'node_modules')],
    logLevel: 'error',
  })
  writeFileSync(join(folder, 'package.json'), '{}')
  return import(pathToFileURL(outfile).href)
}
