/** Structured Field Values for HTTP (RFC 9651): the public entry `@countersign/core/structured-fields`. */
export { type ParseOptions, parseDictionary, parseItem, parseList, refuseDuplicates } from './parse.ts'
export {
  serializeBareItem,
  serializeDictionary,
  serializeInnerList,
  serializeItem,
  serializeList,
  serializeMember,
  serializeParameters,
  serializeString,
} from './serialize.ts'
export {
  type BareItem,
  type Dictionary,
  type FieldType,
  type InnerList,
  type Item,
  isInnerList,
  type List,
  type Member,
  type Parameters,
} from './types.ts'
