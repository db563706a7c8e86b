import { readdirSync } from 'node:fs'
import { keysFile } from '../keys/key-ring.mjs'
import { requiredFeatures } from './features.mjs'
import { jsonText } from './json-text.mjs'

/** The version of the vectors: the major number changes with the format, the minor one with each release. */
const version = '1.0.0'

/** The members of a test in the order in which they are written. */
const members = [
  ...['id', 'comment', 'flags', 'rfc', 'level', 'requires', 'message', 'label', 'key', 'keys', 'components'],
  ...['parameters', 'signatureInput', 'signatureBase', 'signature', 'deterministic', 'policy', 'now', 'digest'],
  ...['structuredField', 'acceptSignature', 'messages', 'steps', 'expect'],
]

/**
 * All files of vectors, made of the groups that each `generator/<area>/groups.mjs` exports.
 *
 * @returns {Promise<ReadonlyMap<string, string>>} texts by file name
 */
export async function vectorFiles() {
  const areas = await loadAreas()
  const notes = mergeNotes(areas.map((area) => area.notes))
  const groups = areas.flatMap((area) => area.groups)
  refuseDuplicates(groups.map(({ id }) => id))
  refuseDuplicates(groups.flatMap(({ tests }) => tests.map(({ id }) => id)))
  const files = [['keys.json', jsonText(keysFile())]]
  for (const suite of [...new Set(groups.map(({ type }) => type))].sort()) {
    const own = groups.filter(({ type }) => type === suite)
    files.push([`${suite}.json`, jsonText(suiteOf(suite, own, notes))])
  }
  const used = new Set(groups.flatMap(({ tests }) => tests.flatMap(({ flags }) => flags)))
  const unused = Object.keys(notes).filter((flag) => !used.has(flag))
  if (unused.length > 0) throw new Error(`no test has the flags ${unused.join(', ')}`)
  return new Map(files)
}

async function loadAreas() {
  const root = new URL('../', import.meta.url)
  const modules = readdirSync(root, { recursive: true })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('/groups.mjs'))
  return Promise.all(modules.sort().map((path) => import(new URL(path, root).href)))
}

function suiteOf(suite, groups, notes) {
  const written = groups.map(({ id, comment, type, policy, now, tests }) => {
    return { id, comment, type, policy, now, tests: tests.map(orderMembers) }
  })
  const flags = [...new Set(groups.flatMap(({ tests }) => tests.flatMap((test) => test.flags)))].sort()
  return {
    $schema: '../schema/vectors.schema.json',
    suite,
    version,
    numberOfTests: groups.reduce((count, { tests }) => count + tests.length, 0),
    notes: Object.fromEntries(flags.map((flag) => [flag, noteOf(notes, flag)])),
    groups: written,
  }
}

function orderMembers(test) {
  const unknown = Object.keys(test).filter((name) => !members.includes(name))
  if (unknown.length > 0) throw new Error(`${test.id}: a test has no ${unknown.join(', ')}`)
  const requires = requiredFeatures(test)
  const whole = { ...test, requires: requires.length > 0 ? requires : undefined }
  return Object.fromEntries(members.map((name) => [name, whole[name]]))
}

function noteOf(notes, flag) {
  if (Object.hasOwn(notes, flag)) return notes[flag]
  throw new Error(`no area has a note for the flag ${flag}`)
}

/** Areas may share a flag when they describe it alike: then one of them writes the note. */
function mergeNotes(all) {
  const entries = all.flatMap((notes) => Object.entries(notes))
  refuseDuplicates(entries.map(([flag]) => flag))
  return Object.fromEntries(entries)
}

function refuseDuplicates(names) {
  const duplicates = names.filter((name, index) => names.indexOf(name) !== index)
  if (duplicates.length > 0) throw new Error(`there are two of ${duplicates.join(', ')}`)
}
