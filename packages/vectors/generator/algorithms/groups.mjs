import { groups as algParameter } from './alg-parameter.mjs'
import { groups as ecdsa } from './edges/ecdsa.mjs'
import { groups as ed25519 } from './edges/ed25519.mjs'
import { groups as hmac } from './edges/hmac.mjs'
import { groups as rsa } from './edges/rsa.mjs'
import { groups as sound } from './sound.mjs'
import { groups as weakKeys } from './weak-keys.mjs'
import { groups as wrongBytes } from './wrong-bytes.mjs'

export { notes } from './flags.mjs'

/** RFC 9421 3.2 and 3.3: which signature is right. */
export const groups = [...sound, ...wrongBytes, ...algParameter, ...hmac, ...ecdsa, ...ed25519, ...rsa, ...weakKeys]
