export { importKeys } from './algorithms.ts'
export { createHandler } from './handler.ts'
export { runTask } from './task.ts'
