const kibibyte = 1024

/**
 * What a user imports for one job. `target` is what we aim for, `limit` what must not be passed, in bytes of the
 * minified and gzipped bundle.
 *
 * @typedef {object} BundledPath
 * @property {string} name
 * @property {string} entry the name of its file
 * @property {number} target
 * @property {number} limit
 * @property {Readonly<Record<string, readonly string[]>>} imports the names, by module
 */

/**
 * THE TABLE of sizes: a change that adds weight shows here. docs/decisions/0008-sizes.md says what keeps the limits
 * from the targets.
 *
 * @type {readonly BundledPath[]}
 */
export const bundledPaths = [
  {
    name: 'sign, HMAC',
    entry: 'sign-hmac',
    target: 6.5 * kibibyte,
    limit: 9.4 * kibibyte,
    imports: {
      '@countersign/client': ['createSignedFetch'],
      '@countersign/core': ['hmacSha256', 'importSigningKey'],
    },
  },
  {
    name: 'sign, Ed25519',
    entry: 'sign-ed25519',
    target: 6.5 * kibibyte,
    limit: 9.8 * kibibyte,
    imports: {
      '@countersign/client': ['createSignedFetch'],
      '@countersign/core': ['ed25519', 'importSigningKey'],
    },
  },
  {
    name: 'verify, fetch adapter',
    entry: 'verify',
    target: 8 * kibibyte,
    limit: 21.1 * kibibyte,
    imports: { '@countersign/verifier': ['createMemoryReplayStore', 'createVerifier'] },
  },
]

/**
 * @param {BundledPath} path
 * @returns {string} a module that exports what the path imports
 */
export function exportingModule({ imports }) {
  return eachModule(imports, (module, names) => `export { ${names} } from '${module}'`)
}

/**
 * @param {BundledPath} path
 * @returns {string} import declarations of what the path imports
 */
export function importDeclarations({ imports }) {
  return eachModule(imports, (module, names) => `import { ${names} } from '${module}'`)
}

/**
 * @param {BundledPath['imports']} imports
 * @param {(module: string, names: string) => string} write
 * @returns {string} a line for each module
 */
function eachModule(imports, write) {
  return Object.entries(imports)
    .map(([module, names]) => `${write(module, names.join(', '))}\n`)
    .join('')
}

/**
 * @param {number} bytes
 * @returns {string}
 */
export function kibibytes(bytes) {
  return `${(bytes / kibibyte).toFixed(2)} KiB`
}
