import { type ForgeCase, forgeTests } from '../case-tables.ts'
import type { CoveredLine } from '../raw-signer.ts'
import type { Shape } from '../signed-request.ts'
import type { AttackTarget } from '../target.ts'
import type { Expected } from '../verdict.ts'

/** Attacks 68 to 71: component identifiers that must not be in a signature. */
export function componentAttacks(target: AttackTarget): void {
  forgeTests(target, componentCases)
}

/** Something to cover in odd ways. */
const shape: Shape = { headers: [['X-Dict', 'a=1, b=2']] }

function covering(...lines: readonly (readonly [identifier: string, value: string])[]): Shape {
  const added: readonly CoveredLine[] = lines.map(([identifier, value]) => ({ identifier, value }))
  return { lines: (all) => [...all, ...added] }
}

/** Each forged signature is good for the base that its signer had in mind. */
const componentCases: readonly ForgeCase[] = (
  [
    [68, '"@signature-params"', [['"@signature-params"', '()']], 'invalid_component'],
    [68, '"signature"', [['"signature"', 'sig1=:AAAA:']], 'invalid_signature'],
    [68, '"signature-input"', [['"signature-input"', 'sig1=()']], 'invalid_signature'],
    [69, '"@method" twice', [['"@method"', 'POST']], 'duplicate_component'],
    [
      69,
      'a field twice',
      [
        ['"x-dict"', 'a=1, b=2'],
        ['"x-dict"', 'a=1, b=2'],
      ],
      'duplicate_component',
    ],
    [
      69,
      'twice, with parameters reordered',
      [
        ['"x-dict";sf;key="a"', '1'],
        ['"x-dict";key="a";sf', '1'],
      ],
      'duplicate_component',
    ],
    [
      69,
      'two members of one field are let in',
      [
        ['"x-dict";key="a"', '1'],
        ['"x-dict";key="b"', '2'],
      ],
      'accepted',
    ],
    [70, '"X-Dict"', [['"X-Dict"', 'a=1, b=2']], 'invalid_component'],
    [70, '"@Method"', [['"@Method"', 'POST']], 'invalid_component'],
    [71, 'an unknown derived component', [['"@body"', '{}']], 'invalid_component'],
    [71, 'a derived component named like a property', [['"@__proto__"', '']], 'invalid_component'],
    [71, '"@status" of a request', [['"@status"', '200']], 'invalid_component'],
    [71, 'an unknown parameter', [['"x-dict";foo', 'a=1, b=2']], 'invalid_component'],
    [71, 'an unknown parameter on a derived component', [['"@method";foo', 'POST']], 'invalid_component'],
    [71, 'bs with sf', [['"x-dict";bs;sf', ':YT0xLCBiPTI=:']], 'invalid_component'],
    [71, 'bs with key', [['"x-dict";bs;key="a"', ':MQ==:']], 'invalid_component'],
    [71, 'req on a request', [['"@method";req', 'POST']], 'invalid_component'],
    [71, 'req on a field of a request', [['"x-dict";req', 'a=1, b=2']], 'invalid_component'],
    [71, 'tr, and no trailers', [['"x-dict";tr', 'a=1, b=2']], 'missing_component'],
    [71, 'a parameter that is false', [['"x-dict";bs=?0', 'a=1, b=2']], 'invalid_component'],
    [71, 'key without a value', [['"x-dict";key', 'a=1, b=2']], 'invalid_component'],
    [71, 'key of an absent member', [['"x-dict";key="c"', '']], 'missing_component'],
    [71, 'sf of a field whose type nobody knows', [['"x-dict";sf', 'a=1, b=2']], 'invalid_component'],
    [71, 'key on a derived component', [['"@query";key="amount"', '10']], 'invalid_component'],
    [71, '"@query-param" without a name', [['"@query-param"', '10']], 'invalid_component'],
    [71, 'an empty name', [['""', '']], 'invalid_component'],
    [71, 'a token for a name', [['x-dict', 'a=1, b=2']], 'invalid_component'],
    [71, 'a number for a name', [['42', 'a=1, b=2']], 'invalid_component'],
  ] satisfies readonly (readonly [number, string, readonly (readonly [string, string])[], Expected])[]
).map(([attack, what, lines, expected]) => ({ attack, what, shape, forge: covering(...lines), expected }))
