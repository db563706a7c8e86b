import type { Ask } from './client.ts'
import { namesOf, type PostgresNames, type PostgresTable } from './names.ts'
import { columns, routineBodies, routinesSql, tablesSql } from './schema.ts'

/** The oldest release that the store is made for, as PostgreSQL numbers them. */
const oldestVersion = 140_000

/** What a server says of itself. */
interface ServerFacts {
  readonly version: number
  readonly standby: boolean
  readonly fsync: string
  readonly fullPageWrites: string
  readonly synchronousCommit: string
  readonly readOnly: string
}

/** What a server says of the tables. */
interface TableFacts {
  /** How each table is kept: `p` for one that survives a crash. */
  readonly persistence: Readonly<Record<string, string>> | null
  readonly columns: Readonly<Record<string, string>> | null
  readonly primaryKey: string | null
  /** Bodies by name. */
  readonly routines: Readonly<Record<string, string>> | null
  /** `O` or `A` when it fires. */
  readonly trigger: string | null
  /** What this role lacks. */
  readonly lacking: readonly string[] | null
}

/**
 * Makes sure that what the store accepts will outlive a crash, and that its tables and routines are in place.
 *
 * @throws TypeError that says what to set.
 */
export async function prepareDatabase(
  ask: Ask,
  table: PostgresTable,
  { createTable }: { createTable: boolean },
): Promise<void> {
  requireDurableServer(await factsOf<ServerFacts>(ask, serverQuery))
  const found = await tableFacts(ask, table)
  const facts = createTable ? await complete(ask, table, found) : found
  requireTable(table, facts)
}

const serverQuery = `SELECT json_build_object(
  'version', current_setting('server_version_num')::int,
  'standby', pg_is_in_recovery(),
  'fsync', current_setting('fsync'),
  'fullPageWrites', current_setting('full_page_writes'),
  'synchronousCommit', current_setting('synchronous_commit'),
  'readOnly', current_setting('transaction_read_only'))::text`

/** Each in the order of its rank: the first that is wrong is told. */
function requireDurableServer(facts: ServerFacts): void {
  const demands: readonly [boolean, string][] = [
    [facts.version >= oldestVersion, `the server has version ${facts.version}: use PostgreSQL 14 or later`],
    [!facts.standby, 'the server is a standby, which cannot write: connect to the primary'],
    [facts.readOnly === 'off', 'the session is read-only: set default_transaction_read_only = off for this role'],
    [facts.fsync === 'on', 'the server has fsync = off, and a crash would forget what it accepted: set it to on'],
    [
      facts.fullPageWrites === 'on',
      'the server has full_page_writes = off, and a crash could destroy what it accepted: set it to on',
    ],
    [
      facts.synchronousCommit !== 'off',
      'synchronous_commit is off, and a crash would forget what was accepted: ' +
        'ALTER ROLE (or DATABASE) ... SET synchronous_commit = on',
    ],
  ]
  for (const [holds, message] of demands) if (!holds) throw new TypeError(message)
}

function tableFacts(ask: Ask, { schema, name }: PostgresTable): Promise<TableFacts> {
  const tables = [name, `${name}_counts`]
  return factsOf(ask, tableQuery, [schema, JSON.stringify(tables), JSON.stringify(routineNames(schema, name))])
}

function routineNames(schema: string, name: string): readonly string[] {
  return [...routineBodies(namesOf({ schema, name })).keys()]
}

const tableQuery = `WITH tables AS (
  SELECT c.oid, c.relname, c.relkind::text || c.relpersistence::text AS persistence, place
  FROM json_array_elements_text($2::text::json) WITH ORDINALITY AS wanted (name, place)
  JOIN pg_class c ON c.relname = wanted.name JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = $1::text
), first AS (
  SELECT oid FROM tables WHERE place = 1
), routines AS (
  SELECT p.oid, p.proname, p.prosrc FROM json_array_elements_text($3::text::json) AS wanted (name)
  JOIN pg_proc p ON p.proname = wanted.name JOIN pg_namespace n ON n.oid = p.pronamespace AND n.nspname = $1::text
)
SELECT json_build_object(
  'persistence', (SELECT json_object_agg(relname, persistence) FROM tables),
  'columns', (SELECT json_object_agg(attname, format_type(atttypid, atttypmod)) FROM pg_attribute
    WHERE attrelid = (SELECT oid FROM first) AND attnum > 0 AND NOT attisdropped),
  'primaryKey', (SELECT pg_get_constraintdef(oid) FROM pg_constraint
    WHERE conrelid = (SELECT oid FROM first) AND contype = 'p'),
  'routines', (SELECT json_object_agg(proname, prosrc) FROM routines),
  'trigger', (SELECT min(tgenabled) FROM pg_trigger
    WHERE tgrelid = (SELECT oid FROM first) AND NOT tgisinternal AND right(tgname, 5) = '_lost'),
  'lacking', (SELECT json_agg(lack) FROM (
    SELECT privilege || ' on ' || relname AS lack FROM tables, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE'])
      AS privilege WHERE NOT has_table_privilege(oid, privilege)
    UNION ALL SELECT 'EXECUTE on ' || proname FROM routines WHERE NOT has_function_privilege(oid, 'EXECUTE')
    UNION ALL SELECT 'USAGE on the schema' WHERE NOT has_schema_privilege($1::text, 'USAGE')) AS lacks)
)::text`

async function factsOf<Facts>(ask: Ask, query: string, values?: string[]): Promise<Facts> {
  const answer = await ask(query, values)
  if (typeof answer !== 'string') throw new TypeError('the client does not answer as PostgreSQL does')
  return JSON.parse(answer)
}

/** Several processes may do it at once: PostgreSQL lets the second wait for the first, and fail, and it finds it done. */
async function complete(ask: Ask, table: PostgresTable, facts: TableFacts): Promise<TableFacts> {
  const names = namesOf(table)
  const isForeign = facts.columns !== null && !hasColumns(facts)
  if (isComplete(names, facts) || isForeign) return facts
  const sql = facts.columns === null ? `${tablesSql(names)}\n${routinesSql(names)}` : routinesSql(names)
  try {
    await ask(sql)
  } catch (cause) {
    const again = await tableFacts(ask, table)
    if (isComplete(names, again)) return again
    const detail = `run what postgresReplayStoreSql('${table.schema}.${table.name}') returns, as a role that may`
    throw new TypeError(`the replay store could not create its tables: ${detail}`, { cause })
  }
  return tableFacts(ask, table)
}

function isComplete(names: PostgresNames, facts: TableFacts): boolean {
  return facts.columns !== null && facts.trigger !== null && hasRoutines(names, facts)
}

/** By its primary key alone is a key unique, whatever its `created`. */
function hasColumns({ columns: found, primaryKey }: TableFacts): boolean {
  return primaryKey === 'PRIMARY KEY (key)' && Object.entries(columns).every(([name, type]) => found?.[name] === type)
}

/** A migration may have changed the ends of lines. */
function hasRoutines(names: PostgresNames, { routines }: TableFacts): boolean {
  return [...routineBodies(names)].every(([name, body]) => routines?.[name]?.replaceAll('\r\n', '\n') === body)
}

function requireTable(table: PostgresTable, facts: TableFacts): void {
  const { schema, name } = table
  const where = `${schema}.${name}`
  const run = `run what postgresReplayStoreSql('${where}') returns, or let the store do it with createTable: true`
  const kept = [name, `${name}_counts`].map((one) => facts.persistence?.[one])
  const demands: readonly [boolean, string][] = [
    [kept.every((kind) => kind !== undefined), `there is no table ${where}, or no ${name}_counts: ${run}`],
    [
      kept.every((kind) => kind === 'rp'),
      `the table ${where} or ${name}_counts is not an ordinary logged table, and a crash would empty it: ` +
        'ALTER TABLE ... SET LOGGED',
    ],
    [hasColumns(facts), `the table ${where} is not one of this store: choose another name with the option table`],
    [hasRoutines(namesOf(table), facts), `the routines of ${where} are missing or not those of this package: ${run}`],
    [
      facts.trigger === 'O' || facts.trigger === 'A',
      `the trigger ${name}_lost is missing or disabled: ALTER TABLE ... ENABLE TRIGGER ${name}_lost, or ${run}`,
    ],
    [facts.lacking === null, `the role lacks ${facts.lacking?.join(', ')}: GRANT it`],
  ]
  for (const [holds, message] of demands) if (!holds) throw new TypeError(message)
}
