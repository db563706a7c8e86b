export { runTask } from '../../suite/task.ts'
export { exportStoredKeys, openKey, rotateKey } from './device-key.ts'
export { facts, refusals } from './origin.ts'
export { get, pay, payWithRequest, warmUp } from './signed-calls.ts'
