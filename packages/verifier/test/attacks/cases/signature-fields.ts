import { type TamperCase, tamperTests } from '../case-tables.ts'
import { addField, dropField, editField, type HeaderLine, type RawRequest } from '../raw-request.ts'
import type { AttackTarget } from '../target.ts'
import type { Expected } from '../verdict.ts'
import { editInput, editSignature } from './edits.ts'

/** Attacks 72 to 75: the two fields that carry a signature. */
export function signatureFieldAttacks(target: AttackTarget): void {
  tamperTests(target, [...labelCases, ...syntaxCases, ...sizeCases])
}

/** The fields once more, as lines of their own. */
function repeated(name: string): (captured: RawRequest) => RawRequest {
  return (captured) => ({
    ...captured,
    headers: captured.headers.flatMap((line): readonly HeaderLine[] => (line[0] === name ? [line, line] : [line])),
  })
}

const labelCases: readonly TamperCase[] = [
  {
    attack: 72,
    what: 'a label twice in Signature-Input',
    tamper: editInput((text) => `${text}, ${text}`),
    expected: 'duplicate_label',
  },
  {
    attack: 72,
    what: 'a label twice in Signature',
    tamper: editSignature((text) => `${text}, ${text}`),
    expected: 'duplicate_label',
  },
  {
    attack: 72,
    what: 'a label twice, the second signature wrong',
    tamper: editSignature((text) => `${text}, sig1=:AAAA:`),
    expected: 'duplicate_label',
  },
  {
    attack: 72,
    what: 'a label on two lines of Signature-Input',
    tamper: repeated('Signature-Input'),
    expected: 'duplicate_label',
  },
  { attack: 72, what: 'a label on two lines of Signature', tamper: repeated('Signature'), expected: 'duplicate_label' },
  {
    attack: 73,
    what: 'no Signature',
    tamper: (captured) => dropField(captured, 'signature'),
    expected: 'label_mismatch',
  },
  {
    attack: 73,
    what: 'no Signature-Input',
    tamper: (captured) => dropField(captured, 'signature-input'),
    expected: 'label_mismatch',
  },
  {
    attack: 73,
    what: 'another label in Signature',
    tamper: editSignature((text) => text.replace('sig1', 'sig2')),
    expected: 'label_mismatch',
  },
  {
    attack: 73,
    what: 'another label in Signature-Input',
    tamper: editInput((text) => text.replace('sig1', 'sig2')),
    expected: 'label_mismatch',
  },
  {
    attack: 73,
    what: 'one label more in Signature',
    tamper: editSignature((text) => `${text}, sig2=:AAAA:`),
    expected: 'label_mismatch',
  },
  {
    attack: 73,
    what: 'one label more in Signature-Input',
    tamper: editInput((text) => `${text}, sig2=()`),
    expected: 'label_mismatch',
  },
]

const noInput = 'malformed_signature_input' satisfies Expected
const noSignature = 'malformed_signature' satisfies Expected

const syntaxCases: readonly TamperCase[] = (
  [
    ['a string for an inner list', editInput(() => 'sig1="@method"'), noInput],
    ['a number for an inner list', editInput(() => 'sig1=1'), noInput],
    ['a label alone', editInput(() => 'sig1'), noInput],
    ['an upper-case label', editInput((text) => text.replace('sig1', 'SIG1')), noInput],
    ['a parenthesis left open', editInput((text) => text.replace(')', '')), noInput],
    ['a parenthesis too many', editInput((text) => text.replace('(', '((')), noInput],
    ['a quotation mark left open', editInput((text) => text.replace(/"$/, '')), noInput],
    ['a component without quotation mark', editInput((text) => text.replace('"@method"', '"@method')), noInput],
    ['a comma at the end', editInput((text) => `${text},`), noInput],
    ['a comma between components', editInput((text) => text.replace('" "', '", "')), noInput],
    ['a tab between components', editInput((text) => text.replace('" "', '"\t"')), noInput],
    ['no space between components', editInput((text) => text.replace('" "', '""')), noInput],
    ['text behind the list', editInput((text) => text.replace(')', ')x')), noInput],
    ['an escape that is none', editInput((text) => text.replace('keyid="a', 'keyid="\\a')), noInput],
    ['non-ASCII in a string', editInput((text) => text.replace('keyid="a', 'keyid="\xe4')), noInput],
    ['a parameter twice', editInput((text) => `${text};keyid="bob"`), 'malformed_parameter'],
    ['nonce twice', editInput((text) => `${text};nonce="0123456789abcdef"`), 'malformed_parameter'],
    ['keyid a token', editInput((text) => text.replace('keyid="alice"', 'keyid=alice')), 'malformed_parameter'],
    ['keyid bytes', editInput((text) => text.replace('keyid="alice"', 'keyid=:YWxpY2U=:')), 'malformed_parameter'],
    [
      'keyid a display string',
      editInput((text) => text.replace('keyid="alice"', 'keyid=%"alice"')),
      'malformed_parameter',
    ],
    ['keyid empty', editInput((text) => text.replace('keyid="alice"', 'keyid=""')), 'malformed_parameter'],
    [
      'nonce a number',
      editInput((text) => text.replace(/nonce="[^"]*"/, 'nonce=123456789012345')),
      'malformed_parameter',
    ],
    ['alg a token', editInput((text) => text.replace('alg="hmac-sha256"', 'alg=hmac-sha256')), 'malformed_parameter'],
    ['a string for a signature', editSignature((text) => text.replaceAll(':', '"')), noSignature],
    ['an inner list for a signature', editSignature((text) => text.replace('=:', '=(:').concat(')')), noSignature],
    ['a label without a signature', editSignature(() => 'sig1'), noSignature],
    ['a colon left open', editSignature((text) => text.replace(/:$/, '')), noSignature],
    ['a signature that is no base64', editSignature(() => 'sig1=:not base64!:'), noSignature],
    ['one symbol of base64', editSignature(() => 'sig1=:A:'), noSignature],
  ] satisfies readonly (readonly [string, TamperCase['tamper'], Expected])[]
).map(([what, tamper, expected]) => ({ attack: 74, what, tamper, expected }))

const mebibyte = 1 << 20
/** So that the parser of Node lets through what the verifier must refuse. */
const options = { maxHeaderBytes: 4 * mebibyte }
/** HTTP/2 lets no such header section through. */
const whereLost: TamperCase['whereLost'] = { 'http1-only': 431 }

const many = (count: number, text: (index: number) => string, separator: string): string =>
  Array.from({ length: count }, (_none, index) => text(index)).join(separator)

/** Both fields with so many labels. */
function withLabels(count: number): (captured: RawRequest) => RawRequest {
  return (captured) =>
    editField(
      editField(captured, 'signature-input', () => many(count, (index) => `s${index}=()`, ', ')),
      'signature',
      () => many(count, (index) => `s${index}=::`, ', '),
    )
}

const bigInput = editInput((text) => `${text};x="${'a'.repeat(mebibyte)}"`)
const bigSignature = editSignature(() => `sig1=:${'A'.repeat(mebibyte)}:`)
const manyParameters = editInput((text) => `${text}${many(10_000, (index) => `;p${index}`, '')}`)
const manyComponents = editInput((text) => text.replace('(', `(${many(33, (index) => `"x-${index}"`, ' ')} `))

const sizeCases: readonly TamperCase[] = [
  { attack: 75, what: 'Signature-Input of 1 MiB', tamper: bigInput, expected: 431 },
  {
    attack: 75,
    what: 'Signature-Input of 1 MiB that the parser lets through',
    options,
    tamper: bigInput,
    expected: 'limit_exceeded',
    whereLost,
  },
  {
    attack: 75,
    what: 'Signature of 1 MiB that the parser lets through',
    options,
    tamper: bigSignature,
    expected: 'limit_exceeded',
    whereLost,
  },
  { attack: 75, what: '10,000 labels', tamper: withLabels(10_000), expected: 431 },
  {
    attack: 75,
    what: '10,000 labels that the parser lets through',
    options,
    tamper: withLabels(10_000),
    expected: 'limit_exceeded',
    whereLost,
  },
  { attack: 75, what: '300 labels within 8 KiB', tamper: withLabels(300), expected: 'limit_exceeded' },
  { attack: 75, what: '5 labels', tamper: withLabels(5), expected: 'limit_exceeded' },
  { attack: 75, what: '10,000 parameters', tamper: manyParameters, expected: 431 },
  {
    attack: 75,
    what: '10,000 parameters that the parser lets through',
    options,
    tamper: manyParameters,
    expected: 'limit_exceeded',
  },
  { attack: 75, what: '33 components and more', tamper: manyComponents, expected: 'limit_exceeded' },
  {
    attack: 75,
    what: '1,500 lines of Signature-Input',
    tamper: (captured) => ({
      ...captured,
      headers: [...captured.headers, ...Array<HeaderLine>(1500).fill(['signature-input', 'a=()'])],
    }),
    options,
    expected: 'duplicate_label',
  },
  {
    attack: 75,
    what: 'a field of 1 MiB that is not covered is let in',
    options,
    tamper: (captured) => addField(captured, 'X-Big', 'a'.repeat(mebibyte)),
    expected: 'accepted',
    whereLost,
  },
]
