/** What the flags of the components say. */
export const notes = {
  ComponentValue: {
    class: 'FUNCTIONALITY',
    description: 'The value of a component, by the rule of its section.',
  },
  NoNormalization: {
    class: 'CANONICALIZATION',
    description:
      'A URL parser, a proxy or a router may decode, resolve or re-encode the target. The signature covers it as it goes over the wire, so whoever normalizes it signs another one.',
    links: ['https://www.rfc-editor.org/rfc/rfc9421#section-2.2.6'],
  },
  Normalization: {
    class: 'CANONICALIZATION',
    description: 'Two ways to write the same value have one form in the base.',
    links: ['https://www.rfc-editor.org/rfc/rfc9110#section-4.2.3'],
  },
  SpoofedTarget: {
    class: 'AUTH_BYPASS',
    description:
      'A field that anybody can set names another method, host or scheme. Derived components come from the request line and the target URI alone.',
  },
  QueryParameterEncoding: {
    class: 'CANONICALIZATION',
    description: 'The parameter is parsed as a form and encoded again, in one way.',
    links: ['https://www.rfc-editor.org/rfc/rfc9421#section-2.2.8', 'https://url.spec.whatwg.org/#urlencoded-parsing'],
  },
  AmbiguousQueryParameter: {
    class: 'AUTH_BYPASS',
    description:
      'Of a parameter that occurs twice, the verifier may read the one and the application the other. It must not be covered by name.',
  },
  UnknownComponent: {
    class: 'AUTH_BYPASS',
    description:
      'A component that cannot be understood has no value. Whoever skips it, or takes it for empty, lets a signature through that covers less than it says.',
  },
  UnfitParameter: {
    class: 'AUTH_BYPASS',
    description:
      'A component parameter is unknown, of a wrong type, or does not go with its component. There is no value then, and no base.',
    links: ['https://www.rfc-editor.org/rfc/rfc9421#section-2.5'],
  },
  MissingComponent: {
    class: 'AUTH_BYPASS',
    description: 'What is absent is not empty: a covered component that the message does not have is an error.',
  },
  DuplicateComponent: {
    class: 'AUTH_BYPASS',
    description: 'A component identifier must occur once, whatever the order of its parameters.',
  },
  ForgedLine: {
    class: 'AUTH_BYPASS',
    description:
      'A value with a line break could forge a line of the base, so that two messages have the same base. It must be refused, or cannot arise.',
    links: ['https://www.rfc-editor.org/rfc/rfc9421#section-7.5.1'],
  },
  ForbiddenCharacter: {
    class: 'CANONICALIZATION',
    description: 'The base is ASCII: a value with another character is an error.',
  },
  WhiteSpace: {
    class: 'CANONICALIZATION',
    description: 'White space around a line, or the folding of a line, is not part of its value.',
  },
  CombinedLines: {
    class: 'CANONICALIZATION',
    description: 'The lines of a field are one value, joined with a comma and a space in the order of the message.',
  },
  StrictSerialization: {
    class: 'CANONICALIZATION',
    description: 'A structured field is parsed, and serialized in the one way of RFC 9651 section 4.1.',
  },
  UnknownType: {
    class: 'CANONICALIZATION',
    description: 'A field whose structured type is not known, or not the wanted one, cannot be serialized.',
  },
  MalformedField: {
    class: 'PARSER',
    description: 'The field is covered by its structure, and has none.',
  },
  NamesOfObjects: {
    class: 'PARSER',
    description:
      'A name that the objects of some languages have by themselves, such as `constructor`: a look-up may find what no message holds.',
  },
  WrappedBytes: {
    class: 'CANONICALIZATION',
    description: 'Each line of the field is wrapped as a Byte Sequence, so that lines cannot run into one another.',
  },
  Trailers: {
    class: 'CANONICALIZATION',
    description: 'A trailer is covered with `tr` and never mixed with the headers.',
  },
  RequestOfResponse: {
    class: 'FUNCTIONALITY',
    description: 'A response covers components of the request that it answers.',
  },
  WrongKindOfMessage: {
    class: 'AUTH_BYPASS',
    description: 'A component of a request is asked of a response, or the other way round.',
  },
}
