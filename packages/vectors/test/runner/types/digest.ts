import {
  chooseDigestAlgorithm,
  createContentDigest,
  createReprDigest,
  parseWantDigest,
  verifyContentDigest,
  verifyReprDigest,
} from '@countersign/core'
import { decodeBase64 } from '../bytes.ts'
import { requireMember, type Vector } from '../vector.ts'

/** RFC 9530: makes a digest, checks one, or chooses the algorithm of one. */
export async function runDigest(vector: Vector): Promise<string | undefined> {
  const { field, operation, value = '', algorithms, chosen, body = '' } = requireMember(vector, 'digest')
  const isContent = field === 'content-digest' || field === 'want-content-digest'
  switch (operation) {
    case 'create': {
      const made = await (isContent ? createContentDigest : createReprDigest)(decodeBase64(body), algorithms)
      return made === value ? undefined : `the field is ${made}`
    }
    case 'verify':
      await (isContent ? verifyContentDigest : verifyReprDigest)(value, decodeBase64(body))
      return undefined
    case 'choose': {
      const choice = chooseDigestAlgorithm(parseWantDigest(value)) ?? null
      return choice === chosen ? undefined : `the choice is ${choice}`
    }
  }
}
