/**
 * The data types of Structured Field Values (RFC 9651 section 3).
 *
 * Every bare item carries its type: `{ type: 'decimal', value: 1 }` prints `1.0`, and
 * `{ type: 'integer', value: 1 }` prints `1`.
 */
export type BareItem =
  | { readonly type: 'integer'; readonly value: number }
  | { readonly type: 'decimal'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'token'; readonly value: string }
  | { readonly type: 'binary'; readonly value: Uint8Array }
  | { readonly type: 'boolean'; readonly value: boolean }
  /** Seconds since the Unix epoch. */
  | { readonly type: 'date'; readonly value: number }
  | { readonly type: 'display-string'; readonly value: string }

/** An ordered map from key to bare item (RFC 9651 3.1.2). The order is significant when it is serialized. */
export type Parameters = ReadonlyMap<string, BareItem>

/** A bare item with its parameters (RFC 9651 3.3). */
export interface Item {
  readonly value: BareItem
  readonly parameters: Parameters
}

/** A list within a list or dictionary (RFC 9651 3.1.1). */
export interface InnerList {
  readonly items: readonly Item[]
  readonly parameters: Parameters
}

/** What a List or a Dictionary holds. */
export type Member = Item | InnerList

/** RFC 9651 3.1. */
export type List = readonly Member[]

/** RFC 9651 3.2: an ordered map from key to member. */
export type Dictionary = ReadonlyMap<string, Member>

/** The three types that a whole field can have. */
export type FieldType = 'item' | 'list' | 'dictionary'

/** Tells an inner list from an item. */
export function isInnerList(member: Member): member is InnerList {
  return 'items' in member
}
