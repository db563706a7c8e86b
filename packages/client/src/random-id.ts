import { v4 as uuid } from 'uuid'

/**
 * A random UUID: 122 random bits. uuid needs no secure context, which crypto.randomUUID does.
 *
 * @param random at least 16 random bytes. @default the secure random source of the platform
 */
export function randomId(random: (() => Uint8Array) | undefined): string {
  return random === undefined ? uuid() : uuid({ random: random() })
}
