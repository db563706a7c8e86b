/**
 * @typedef {import('./contest.mjs').Outcome} Outcome
 */

const head = `# Interoperability

The [test vectors](../packages/vectors/README.md) in other languages and libraries. \`npm run test:languages -- --update-docs\` writes this page, and each run checks it. [interop/README.md](../interop/README.md) says how to add a language.

`

/**
 * Writes docs/interop.md.
 *
 * @param {Outcome[]} outcomes of all runners
 * @param {import('./vectors.mjs').Test[]} tests
 * @returns {string}
 */
export function pageOf(outcomes, tests) {
  const thirdParty = outcomes.filter(({ runner }) => runner.kind === 'third-party')
  const cleanRoom = outcomes.filter(({ runner }) => runner.kind === 'clean-room')
  const parts = [
    head,
    `## Libraries that we did not write\n\nEach is asked the types of vectors that it has functions for. *Skipped* are those that need a feature it says it lacks, and bad signatures that its functions have no way to ask for; *disagreeing* are reviewed below.\n\n${vectorTable(thirdParty)}`,
    cleanRoom.length === 0
      ? ''
      : `## Verifiers written from the documents\n\nWritten in other languages from the RFCs and the [profile](profile.md) alone, and asked all that a verifier does.\n\n${vectorTable(cleanRoom)}`,
    `## They sign, we verify\n\nEach library signs the requests of the profile and a response with each algorithm that it has, and the vectors of the type \`sign\`. The built packages verify: the signature, that it covers what was asked for, and for requests the default policy of a verifier. *Exact* are those with the very bytes of the vector.\n\n${signingTable(outcomes)}`,
    `## Reviewed disagreements\n\nWhere a library answers otherwise than the vector, the text of the named section decided. The names of the vectors are in \`disagreements.json\` beside each runner.\n\n${disagreementList(outcomes)}`,
    `## Vectors that no other library checks\n\nBecause no library has the feature, or each disagrees, or the vector is of the Countersign profile, which only the verifiers above know.\n\n${uncheckedTable(outcomes, tests)}`,
  ]
  return parts
    .filter((part) => part !== '')
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
}

function table(names, rows) {
  const lines = [names, names.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
  return `${lines.join('\n')}\n`
}

function vectorTable(outcomes) {
  const rows = outcomes.map(({ runner, skipped, verdict }) => {
    const passed = [...verdict.checked].filter((id) => !isOfSigningSet(id))
    const disagreeing = disagreed(verdict).filter((id) => !isOfSigningSet(id))
    return [...names(runner), passed.length, skipped.length + verdict.unaskable, disagreeing.length]
  })
  return table(['language', 'library', 'version', 'passed', 'skipped', 'disagreeing'], rows)
}

function isOfSigningSet(id) {
  return id.startsWith('signing.')
}

/** @returns {string[]} */
function disagreed({ disagreements }) {
  return disagreements.flatMap(({ ids }) => ids)
}

function names({ language, library, version }) {
  return [language, library, version === 'none' ? '' : version]
}

function signingTable(outcomes) {
  const rows = outcomes
    .filter(({ runner }) => runner.signs)
    .map(({ runner, signed, verdict }) => {
      const refused = verdict.disagreements.filter(({ disagreement }) => disagreement.theirs === 'invalid')
      return [
        ...names(runner),
        signed.algorithms,
        signed.verified,
        signed.exact,
        refused.flatMap(({ ids }) => ids).length,
      ]
    })
  return table(['language', 'library', 'version', 'algorithms', 'verified', 'exact', 'not verified'], rows)
}

function disagreementList(outcomes) {
  const disagreeing = outcomes.filter(({ verdict }) => verdict.disagreements.length > 0)
  const parts = disagreeing.map(({ runner, verdict }) => {
    const lines = verdict.disagreements.map(disagreementLine)
    return `### ${runner.library} (${runner.language})\n\n${lines.join('\n')}\n`
  })
  return parts.join('\n')
}

/** @type {Readonly<Record<import('./runner-folder.mjs').Disagreement['theirs'], string>>} */
const verdicts = { accept: 'accepts', reject: 'refuses', skip: 'does not answer', invalid: 'signs otherwise' }

/** How many vectors, and not which: `disagreements.json` of the runner has their names. */
function disagreementLine({ disagreement: { theirs, reason, rfc, link }, ids }) {
  const vectors = ids.length === 1 ? '1 vector' : `${ids.length} vectors`
  return `- ${reason} ([${rfc}](${link}); ${verdicts[theirs]} ${vectors})`
}

function uncheckedTable(outcomes, tests) {
  const checked = new Set(
    outcomes.filter(({ runner }) => runner.kind === 'third-party').flatMap(({ verdict }) => [...verdict.checked]),
  )
  const rows = [...byGroup(tests)].map(([group, members]) => {
    const unchecked = members.filter(({ id }) => !checked.has(id))
    return [group, members.length, unchecked.length]
  })
  return table(
    ['group', 'vectors', 'unchecked'],
    rows.filter(([, , unchecked]) => unchecked > 0),
  )
}

function byGroup(tests) {
  const groups = new Map()
  for (const test of tests) groups.set(test.group, [...(groups.get(test.group) ?? []), test])
  return groups
}
