export { type Enrolment, type KeyStore, type KeyStoreOptions, openKeyStore } from './key-store.ts'
export type { DeviceKey } from './working-key.ts'
