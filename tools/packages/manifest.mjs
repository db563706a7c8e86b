/**
 * The parts of a package.json that users depend on.
 *
 * @typedef {object} Manifest
 * @property {string} name
 * @property {boolean} [private]
 * @property {string} [license]
 * @property {boolean | string[]} [sideEffects]
 * @property {Readonly<Record<string, unknown>>} [exports]
 * @property {Readonly<Record<string, string>>} [bin]
 * @property {Readonly<Record<string, string>>} [scripts]
 * @property {Readonly<Record<string, string>>} [dependencies]
 * @property {Readonly<Record<string, string>>} [devDependencies]
 * @property {Readonly<Record<string, string>>} [peerDependencies]
 * @property {Readonly<Record<string, string>>} [optionalDependencies]
 */

const dependencyFields = /** @type {const} */ ([
  'dependencies',
  'devDependencies',
  'peerDependencies',
  'optionalDependencies',
])

const testFile = /(?:^|\/)(?:tests?|__tests__)\/|\.(?:test|spec)\.[cm]?[jt]sx?$/

/**
 * Checks what was packed against what every package of this repository promises.
 *
 * @param {Manifest} manifest the packed package.json
 * @param {readonly string[]} files the packed paths, relative to the package
 * @returns {string[]} one sentence for each problem
 */
export function manifestProblems(manifest, files) {
  return [
    ...fieldProblems(manifest),
    ...exportProblems(manifest.exports ?? {}),
    ...missingTargets(manifest, files).map(
      (target) => `exports or bin name ${target}, which is not in the package: run pnpm -r build, or mend "files"`,
    ),
    ...fileProblems(files),
    ...dependencyProblems(manifest),
  ]
}

/**
 * Whether a package exports code, and not only documents.
 *
 * @param {Manifest} manifest
 * @returns {boolean}
 */
export function exportsCode(manifest) {
  return targetsOf(manifest.exports ?? {}).some((target) => !target.endsWith('.json'))
}

/** What npm runs at its users when it installs a package. */
const installScripts = ['preinstall', 'install', 'postinstall']

/**
 * @param {Manifest} manifest
 * @returns {string[]}
 */
function fieldProblems(manifest) {
  const { license, sideEffects, exports, scripts = {} } = manifest
  return [
    ...(license ? [] : ['package.json has no license']),
    // Bundlers ask for it where there is code to leave out.
    ...(sideEffects === false || !exportsCode(manifest) ? [] : ['package.json does not say "sideEffects": false']),
    ...(exports ? [] : ['package.json has no exports']),
    ...installScripts.filter((name) => scripts[name]).map((name) => `scripts.${name} would run at every user`),
  ]
}

/**
 * @param {Readonly<Record<string, unknown>>} exports
 * @returns {string[]}
 */
function exportProblems(exports) {
  return Object.entries(exports).flatMap(([subpath, entry]) => {
    if (targetsOf(entry).every((target) => target.endsWith('.json'))) return []
    return ['import', 'require'].flatMap((kind) => {
      const conditions = /** @type {Record<string, unknown> | undefined} */ (Object(entry)[kind])
      return ['types', 'default']
        .filter((condition) => typeof Object(conditions)[condition] !== 'string')
        .map((condition) => `exports["${subpath}"] has no ${kind}.${condition}`)
    })
  })
}

/**
 * What a package points to without having it.
 *
 * @param {Manifest} manifest
 * @param {readonly string[]} files the packed paths, relative to the package
 * @returns {string[]} targets of exports and of commands; a pattern must lead to one file at least
 */
export function missingTargets({ exports = {}, bin = {} }, files) {
  return [...new Set([...targetsOf(exports), ...targetsOf(bin)])].filter((target) => {
    const [start = '', ...rest] = target.replace(/^\.\//, '').split('*')
    return !files.some((file) =>
      rest.length === 0 ? file === start : file.startsWith(start) && file.endsWith(rest.join('*')),
    )
  })
}

/**
 * @param {unknown} entry a target, or an object of conditions or subpaths
 * @returns {string[]} every file that it can lead to
 */
function targetsOf(entry) {
  if (typeof entry === 'string') return [entry]
  return Object.values(Object(entry)).flatMap(targetsOf)
}

/**
 * @param {readonly string[]} files
 * @returns {string[]}
 */
function fileProblems(files) {
  const known = new Set(files)
  const unmapped = files.filter((file) => /^dist\/.*\.[cm]?js$/.test(file) && !known.has(`${file}.map`))
  return [
    ...(files.some((file) => /^LICENSE(?:\.\w+)?$/.test(file)) ? [] : ['there is no LICENSE in the package']),
    ...(known.has('README.md') ? [] : ['there is no README.md in the package']),
    ...unmapped.map((file) => `${file} has no ${file}.map beside it`),
    ...files.filter((file) => testFile.test(file)).map((file) => `${file} is a test: leave it out of "files"`),
  ]
}

/**
 * @param {Manifest} manifest
 * @returns {string[]}
 */
function dependencyProblems(manifest) {
  return dependencyFields.flatMap((field) =>
    Object.entries(manifest[field] ?? {})
      .filter(([, range]) => /^(?:workspace|catalog):/.test(range))
      .map(([name, range]) => `${field}.${name} is "${range}", which only this workspace understands: pack with pnpm`),
  )
}
