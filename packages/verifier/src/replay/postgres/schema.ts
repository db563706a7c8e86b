import { claimProcedure, schemaVersion, stateFunction, stateKey, takeFunction } from './claim-routines.ts'
import { dropFunction, forgetProcedure, lostFunction } from './forget-routines.ts'
import { namesOf, type PostgresNames, parseTable } from './names.ts'

/** The name of the table where none is said. */
export const defaultTable = 'countersign_nonces'

/** The columns of the table, with the types as PostgreSQL tells them. All but the first two belong to the state. */
export const columns: Readonly<Record<string, string>> = Object.freeze({
  key: 'uuid',
  bucket: 'bigint',
  version: 'integer',
  floor: 'bigint',
  longest_life: 'bigint',
  started_at: 'bigint',
  started_because: 'text',
  history: 'text',
})

/**
 * The SQL that creates what the store has in a database, for migrations: run it once, as the owner, and give
 * `createTable: false`.
 *
 * @param table as the option of the store.
 * @throws TypeError when the name is none.
 */
export function postgresReplayStoreSql(table: string = defaultTable): string {
  const names = namesOf(parseTable(table))
  return `${tablesSql(names)}\n${routinesSql(names)}\n`
}

/**
 * Both tables. A bucket is named by the latest `created` that falls into it. The state is new until a store starts on
 * it, and is never made anew: who finds none knows that it was lost. Eight columns keep a row at 52 bytes.
 */
export function tablesSql(names: PostgresNames): string {
  const listed = Object.entries(columns).map(([name, type]) => `  ${name} ${type}`)
  return withNames(tables, names).replace('{columns}', () => listed.join(',\n'))
}

const tables = `
CREATE TABLE {nonces} (
{columns},
  PRIMARY KEY (key),
  CHECK ((bucket IS NULL) = (key = '${stateKey}'))
);
CREATE INDEX {bucketIndex} ON {nonces} (bucket);
CREATE TABLE {counts} (
  principal uuid,
  bucket bigint,
  shard smallint,
  entries bigint NOT NULL,
  PRIMARY KEY (principal, bucket, shard)
) WITH (fillfactor = 50);
INSERT INTO {nonces} (key, version, floor, longest_life, history)
VALUES ('${stateKey}', ${schemaVersion}, -1, 0, 'new');`

/** The routines that work on the tables. */
export function routinesSql(names: PostgresNames): string {
  const routines = [stateFunction, takeFunction, claimProcedure, dropFunction, forgetProcedure, lostFunction]
  return withNames(routines.join('\n'), names)
}

/** Puts names where the SQL has them in braces. */
function withNames(sql: string, names: PostgresNames): string {
  return sql.replace(/\{(\w+)\}/g, (braces, name: string) => names[name as keyof PostgresNames] ?? braces)
}

/** The body of each routine by its name, without the schema. */
export function routineBodies(names: PostgresNames): ReadonlyMap<string, string> {
  const routines = routinesSql(names).matchAll(
    /^CREATE OR REPLACE (?:FUNCTION|PROCEDURE) "\w+"\."(\w+)"[^$]*\$(\w+)\$(.*?)\$\2\$;$/gms,
  )
  return new Map([...routines].map(([, name = '', , body = '']) => [name, body]))
}
