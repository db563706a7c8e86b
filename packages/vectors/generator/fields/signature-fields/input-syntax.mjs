import { refused } from '../expectation.mjs'
import { get, signed, withFields } from '../signed-request.mjs'

const noDictionary = refused('malformed_signature_input')

/** Edits of a sound Signature-Input field that leave no Dictionary of Inner Lists. */
const syntaxRows = [
  ['string', 'The member is a String', () => 'sig1="@method"'],
  ['integer', 'The member is an Integer', () => 'sig1=1700000000'],
  ['token', 'The member is a Token', () => 'sig1=method'],
  ['bytes', 'The member is a Byte Sequence', () => 'sig1=:AAAA:'],
  ['label-alone', 'The member is a label alone, which is the Boolean true', () => 'sig1'],
  ['no-value', 'Nothing follows the equals sign', () => 'sig1='],
  ['empty-label', 'The label is empty', (text) => text.replace('sig1=', '=')],
  ['list', 'The field is a List and no Dictionary', (text) => text.replace('sig1=', '')],
  ['label-quoted', 'The label stands in quotation marks', (text) => text.replace('sig1', '"sig1"')],
  ['space-before-equals', 'White space before the equals sign', (text) => text.replace('sig1=', 'sig1 =')],
  ['space-after-equals', 'White space after the equals sign', (text) => text.replace('sig1=', 'sig1= ')],
  ['no-open-parenthesis', 'The opening parenthesis is missing', (text) => text.replace('(', '')],
  ['no-close-parenthesis', 'The closing parenthesis is missing', (text) => text.replace(')', '')],
  ['two-close-parentheses', 'A closing parenthesis too many', (text) => text.replace(')', '))')],
  ['nested-list', 'An Inner List within the Inner List', (text) => text.replace('(', '((').replace(')', '))')],
  ['brackets', 'Square brackets in the place of parentheses', (text) => text.replace('(', '[').replace(')', ']')],
  ['commas', 'Commas between the components', (text) => text.replaceAll('" "', '", "')],
  ['tab', 'A tab between two components', (text) => text.replace('" "', '"\t"')],
  ['no-space', 'Nothing between two components', (text) => text.replace('" "', '""')],
  [
    'component-quote-open',
    'The quotation mark of a component is not closed',
    (text) => text.replace('"@method"', '"@method'),
  ],
  ['component-apostrophes', 'Apostrophes around a component', (text) => text.replace('"@method"', "'@method'")],
  ['text-behind-list', 'Text behind the closing parenthesis', (text) => text.replace(')', ')x')],
  [
    'space-before-semicolon',
    'White space before the semicolon of a parameter',
    (text) => text.replace(';created', ' ;created'),
  ],
  [
    'space-before-parameter-equals',
    'White space before the equals sign of a parameter',
    (text) => text.replace('created=', 'created ='),
  ],
  [
    'space-after-parameter-equals',
    'White space after the equals sign of a parameter',
    (text) => text.replace('created=', 'created= '),
  ],
  ['parameter-without-name', 'A semicolon with nothing behind it', (text) => `${text};`],
  ['parameter-upper-case', 'A parameter name in upper case', (text) => text.replace('created', 'Created')],
  ['parameter-quote-open', 'The quotation mark of a parameter is not closed', (text) => text.replace(/"$/, '')],
  ['escape', 'A backslash before a letter', (text) => text.replace('keyid="a', 'keyid="\\a')],
  ['backslash-at-end', 'A backslash before the closing quotation mark', (text) => text.replace(/"$/, '\\"')],
  ['non-ascii', 'A letter outside of ASCII in a String', (text) => text.replace('keyid="a', 'keyid="\xe4')],
  ['control-character', 'A DEL character in a String', (text) => text.replace('keyid="a', 'keyid="\x7fa')],
  ['tab-in-string', 'A tab in a String', (text) => text.replace('keyid="a', 'keyid="\ta')],
  [
    'created-sixteen-digits',
    'created has 16 digits, one more than an Integer can have',
    (text) => text.replace('1700000000', '1700000000000000'),
  ],
  ['created-plus', 'created has a plus sign', (text) => text.replace('1700000000', '+1700000000')],
  ['comma-first', 'A comma before the member', (text) => `, ${text}`],
  ['comma-last', 'A comma behind the member', (text) => `${text},`],
  ['comma-twice', 'Two commas between members', (text) => `${text},, sig2=()`],
  ['semicolon-between-labels', 'A semicolon between members', (text) => `${text}; sig2=()`],
  [
    'other-member-malformed',
    'The sound member stands beside one that is no Inner List',
    (text) => `${text}, sig2="@method"`,
    (text) => `${text}, sig2=:AAAA:`,
  ],
]

const separatorTest = {
  id: 'input-parameters-by-comma',
  comment: 'Commas between the parameters: they become members of the Dictionary.',
  flags: ['InputSyntax'],
  rfc: ['RFC 9421 4.1', 'RFC 9651 3.1.2'],
  level: 'must',
  message: signed(get, { inputField: (text) => text.replaceAll(';', ',') }),
  keys: ['alice-1'],
  expect: refused('label_mismatch', 'malformed_signature_input'),
}

const syntaxTests = syntaxRows.map(([id, what, inputField, signatureField]) => ({
  id: `input-${id}`,
  comment: `${what}.`,
  flags: ['InputSyntax'],
  rfc: ['RFC 9421 4.1', 'RFC 9651 4.2.2'],
  level: 'must',
  message: signed(get, { inputField, ...(signatureField && { signatureField }) }),
  keys: ['alice-1'],
  expect: noDictionary,
}))

/** Labels that are no keys of a Dictionary, in both fields alike. */
const labelRows = [
  ['upper-case', 'in upper case', 'SIG1'],
  ['digit', 'that begins with a digit', '1sig'],
  ['hyphen', 'that begins with a hyphen', '-sig'],
  ['at', 'with an at sign', 'sig@1'],
]

const labelTests = labelRows.map(([id, what, label]) => ({
  id: `input-label-${id}`,
  comment: `A label ${what}.`,
  flags: ['InputSyntax'],
  rfc: ['RFC 9421 4', 'RFC 9651 4.2.3.3'],
  level: 'must',
  message: signed(get, { label }),
  keys: ['alice-1'],
  expect: refused('malformed_signature_input', 'malformed_signature'),
}))

/** Component identifiers that are no Strings. The signature is over them as they stand. */
const itemRows = [
  ['token', 'a Token', '@method', 'method'],
  ['integer', 'an Integer', '@method', '1'],
  ['bytes', 'a Byte Sequence', '@method', ':QG1ldGhvZA==:'],
  ['boolean', 'a Boolean', '@method', '?1'],
]

const itemTests = itemRows.map(([id, what, name, item]) => ({
  id: `input-component-${id}`,
  comment: `A component identifier is ${what} and no String.`,
  flags: ['InputSyntax'],
  rfc: ['RFC 9421 2', 'RFC 9421 4.1'],
  level: 'must',
  message: signed(get, { input: (text) => text.replace(`"${name}"`, item) }),
  keys: ['alice-1'],
  expect: refused('invalid_component', 'malformed_signature_input'),
}))

/** Names that no component has, with what a lenient reader may take for their value. */
const nameRows = [
  ['empty', 'is empty', '', ''],
  ['upper-case', 'is in upper case', 'Host', 'bank.example'],
  ['space', 'has a space at its end', 'host ', 'bank.example'],
  ['colon', 'has a colon', 'host:', 'bank.example'],
  ['at-in-upper-case', 'is a derived component in upper case', '@Method', 'GET'],
  ['unknown-derived', 'is a derived component that is not registered', '@body', ''],
  ['signature-params', 'is "@signature-params", which is never listed', '@signature-params', ''],
  ['query-param-without-name', 'is "@query-param" without its parameter', '@query-param', '1'],
]

const nameTests = nameRows.map(([id, what, name, value]) => ({
  id: `input-component-${id}`,
  comment: `A component name ${what}.`,
  flags: ['ComponentIdentifier'],
  rfc: ['RFC 9421 2', 'RFC 9421 2.5'],
  level: 'must',
  message: withComponent(`"${name}"`, value),
  keys: ['alice-1'],
  expect: refused('invalid_component', 'malformed_signature_input', 'missing_component'),
}))

/** Parameters that do not fit their component, with what a lenient reader may take for the value. */
const parameterRows = [
  ['unknown', 'A parameter that is not registered', '"host";x', 'bank.example'],
  ['sf-false', 'sf with the value false', '"host";sf=?0', 'bank.example'],
  ['key-token', 'key with a Token', '"x-dictionary";key=a', '1'],
  ['bs-and-sf', 'bs beside sf', '"host";bs;sf', ':YmFuay5leGFtcGxl:'],
  ['bs-and-key', 'bs beside key', '"x-dictionary";bs;key="a"', ':YT0x:'],
  ['name-on-field', 'name on a field', '"host";name="a"', 'bank.example'],
  ['sf-on-derived', 'sf on a derived component', '"@path";sf', '/accounts/7'],
  ['req-in-request', 'req in the signature of a request', '"host";req', 'bank.example'],
]

const parameterTests = parameterRows.map(([id, what, identifier, value]) => ({
  id: `input-component-parameter-${id}`,
  comment: `${what}.`,
  flags: ['ComponentIdentifier'],
  rfc: ['RFC 9421 2.1', 'RFC 9421 2.5'],
  level: 'must',
  message: withComponent(identifier, value),
  keys: ['alice-1'],
  expect: refused('invalid_component', 'malformed_component', 'missing_component'),
}))

/** What is covered first. A derived component is among those of the profile. */
const before = {
  derived: [],
  field: [['"host"', 'bank.example']],
  member: [['"x-dictionary";key="a";sf', '1']],
}

/** The same component twice, in the list as in the base. */
const twiceRows = [
  ['derived', 'A derived component', '"@method"', 'GET'],
  ['field', 'A field', '"host"', 'bank.example'],
  ['member', 'A Dictionary member, its parameters in another order', '"x-dictionary";sf;key="a"', '1'],
]

const twiceTests = twiceRows.map(([id, what, identifier, value]) => ({
  id: `input-component-twice-${id}`,
  comment: `${what} is covered twice.`,
  flags: ['ComponentIdentifier'],
  rfc: ['RFC 9421 2', 'RFC 9421 2.5'],
  level: 'must',
  message: withComponent(identifier, value, ...before[id]),
  keys: ['alice-1'],
  expect: refused('duplicate_component', 'malformed_signature_input'),
}))

/** Attack 68: nobody can sign the signature itself. */
const ownSignature = {
  id: 'input-component-own-signature',
  comment: 'The field "signature" is covered by the only signature: it was not there yet when it was signed.',
  flags: ['ComponentIdentifier'],
  rfc: ['RFC 9421 2.5', 'RFC 9421 7.3.7'],
  level: 'must',
  message: withComponent('"signature"', ''),
  keys: ['alice-1'],
  expect: refused('invalid_signature', 'missing_component'),
}

/** A signature whose base has a line that no sound signer writes. */
function withComponent(identifier, value, ...others) {
  const added = [...others, [identifier, value]]
  return signed(withFields(get, ['X-Dictionary', 'a=1']), {
    input: (text) => text.replace(')', `${added.map(([name]) => ` ${name}`).join('')})`),
    lines: added.map(([name, content]) => `${name}: ${content}`),
  })
}

export const signatureInputSyntax = {
  id: 'signature-input-syntax',
  type: 'verify',
  comment: 'Signature-Input fields that are none. But for the one fault, the message is soundly signed.',
  policy: { profile: 'rfc' },
  tests: [
    ...syntaxTests,
    separatorTest,
    ...labelTests,
    ...itemTests,
    ...nameTests,
    ...parameterTests,
    ...twiceTests,
    ownSignature,
  ],
}
