/** The names of what the store has in a database, each quoted and with its schema. */
export interface PostgresNames {
  /** The state and the live entries. */
  readonly nonces: string
  /** How many entries there are. */
  readonly counts: string
  readonly claim: string
  readonly state: string
  readonly take: string
  readonly forget: string
  readonly drop: string
  readonly lost: string
  /** Without a schema: it is that of the table. */
  readonly bucketIndex: string
  readonly lostTrigger: string
}

/** A table, and its schema. */
export interface PostgresTable {
  readonly schema: string
  readonly name: string
}

/** Of the routines. Those of another version do something else. */
export const routineVersion = 1

/** PostgreSQL cuts names at 63 bytes, and two that were cut alike would be one. The longest suffix has 9. */
const identifier = /^[A-Za-z_][A-Za-z0-9_]{0,49}$/

/**
 * Takes `schema.table`, or a `table` of the schema public: a search path may differ from session to session.
 *
 * @throws TypeError for any other name.
 */
export function parseTable(table: string): PostgresTable {
  const parts = typeof table === 'string' ? table.split('.') : []
  const name = parts.pop()
  if (name === undefined || parts.length > 1 || ![name, ...parts].every((part) => identifier.test(part))) {
    throw new TypeError(
      'table must be "name" or "schema.name", each of at most 50 letters, digits and underscores, and no digit first',
    )
  }
  return { schema: parts[0] ?? 'public', name }
}

/** Derives all names from the one of the table. */
export function namesOf({ schema, name }: PostgresTable): PostgresNames {
  const derived = (suffix: string): string => `"${schema}"."${name}${suffix}"`
  const routine = (what: string): string => derived(`_${what}_${routineVersion}`)
  return Object.freeze({
    nonces: derived(''),
    counts: derived('_counts'),
    claim: routine('claim'),
    state: routine('state'),
    take: routine('take'),
    forget: routine('forget'),
    drop: routine('drop'),
    lost: routine('lost'),
    bucketIndex: `"${name}_bucket"`,
    lostTrigger: `"${name}_lost"`,
  })
}
