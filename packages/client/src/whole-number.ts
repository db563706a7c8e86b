/** @throws TypeError unless an option is a whole number that is large enough. */
export function requireWhole(name: string, value: unknown, minimum: number): void {
  if (Number.isSafeInteger(value) && (value as number) >= minimum) return
  throw new TypeError(`${name} must be a whole number of at least ${minimum}`)
}
