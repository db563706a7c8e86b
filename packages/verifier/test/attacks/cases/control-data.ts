import { type TamperCase, type TamperRow, tamperCases, tamperTests } from '../case-tables.ts'
import { getShape, type Shape } from '../signed-request.ts'
import type { AttackTarget } from '../target.ts'
import type { Expected } from '../verdict.ts'
import { toField, toMethod, toTarget } from './edits.ts'

/** Attacks 34 to 40: method, path, query and authority of a captured request changed. */
export function controlDataAttacks(target: AttackTarget): void {
  tamperTests(
    target,
    tamperCases([...methodRows, ...targetRows]).map((attackCase) =>
      // A table groups what has one name, so that the order of this query is lost.
      attackCase.shape === repeated ? { ...attackCase, notWithout: 'query-text' } : attackCase,
    ),
  )
  const options = { origin: ['https://bank.example', 'https://shop.example'] }
  tamperTests(
    target,
    tamperCases(hostRows).map((attackCase) => ({ ...attackCase, options, whereLost: hostsRefused(attackCase.what) })),
  )
  tamperTests(target, tamperCases([oneOriginRow]))
}

const head: Shape = { ...getShape, method: 'HEAD' }

const methodRows: readonly TamperRow[] = [
  [34, 'POST to PUT', toMethod('PUT'), 'invalid_signature'],
  [34, 'POST to DELETE', toMethod('DELETE'), 'invalid_signature'],
  [34, 'GET to DELETE', toMethod('DELETE'), 'invalid_signature', getShape],
  [35, 'GET to HEAD', toMethod('HEAD'), 'invalid_signature', getShape],
  [35, 'HEAD to GET', toMethod('GET'), 'invalid_signature', head],
]

const repeated: Shape = { ...getShape, target: '/search?a=1&b=2&a=3' }

const targetRows: readonly TamperRow[] = [
  [36, 'path', toTarget('/refund?amount=10'), 'invalid_signature'],
  [36, 'path lengthened', toTarget('/transfer/?amount=10'), 'invalid_signature'],
  [36, 'path in another case', toTarget('/Transfer?amount=10'), 'invalid_signature'],
  [36, 'path cut', toTarget('/?amount=10'), 'invalid_signature'],
  [37, 'query value changed', toTarget('/transfer?amount=1000'), 'invalid_signature'],
  [37, 'query parameter added', toTarget('/transfer?amount=10&to=eve'), 'invalid_signature'],
  [37, 'query removed', toTarget('/transfer'), 'invalid_signature'],
  [37, 'query emptied', toTarget('/transfer?'), 'invalid_signature'],
  [37, 'query moved into the path', toTarget('/transfer%3Famount=10'), 'invalid_signature'],
  [38, 'query reordered', toTarget('/search?b=2&a=1&a=3'), 'invalid_signature', repeated],
  [39, 'duplicate parameter added', toTarget('/transfer?amount=10&amount=99'), 'invalid_signature'],
  [39, 'duplicate parameter put first', toTarget('/transfer?amount=99&amount=10'), 'invalid_signature'],
  [39, 'duplicates swapped', toTarget('/search?a=3&b=2&a=1'), 'invalid_signature', repeated],
]

/** Of several origins the Host field chooses one, and can name none that is not among them. */
const hostRows: readonly TamperRow[] = (
  [
    ['shop.example', 'invalid_signature'],
    ['evil.example', 'malformed_message'],
    ['bank.example:8443', 'malformed_message'],
    ['bank.example.', 'malformed_message'],
    ['user@bank.example', 'malformed_message'],
    ['bank.example/..', 'malformed_message'],
    ['', 'malformed_message'],
    ['BANK.example:443', 'accepted'],
  ] satisfies readonly (readonly [host: string, expected: Expected])[]
).map(([host, expected]) => [40, `Host: ${host}, of two origins`, toField('host', host), expected])

/** What a server in front of the adapter does not take for a Host. `@hono/node-server` knows lower case only. */
function hostsRefused(what: string): NonNullable<TamperCase['whereLost']> {
  const lost400 = (pattern: RegExp): 400 | undefined => (pattern.test(what) ? 400 : undefined)
  const [checked, http2] = [lost400(/: (?:user@|,|BANK|.*\/)/), lost400(/: (?:,|.*\/)/)]
  return { ...(checked && { 'checked-url': checked }), ...(http2 && { 'http1-only': http2 }) }
}

/** With one origin Host is not looked at: the handler gets the authority that was signed. */
const oneOriginRow: TamperRow = [
  40,
  'Host changed, with one origin, has no effect',
  toField('host', 'evil.example'),
  'accepted',
]
