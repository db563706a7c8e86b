/** What is timed, who takes part, and what we want to reach. */
import { bare } from './bare.mjs'
import { signerByHand, verifierByHand } from './by-hand.mjs'
import { bodyOf, makeKeys } from './message.mjs'
import { ourClaimingVerifier, ourSigner, ourVerifier } from './ours.mjs'
import * as aws from './peers/aws.mjs'
import * as hawk from './peers/hawk.mjs'
import * as httpMessageSig from './peers/http-message-sig.mjs'
import * as httpMessageSignatures from './peers/http-message-signatures.mjs'
import * as jose from './peers/jose.mjs'
import * as misskey from './peers/misskey.mjs'
import * as standardwebhooks from './peers/standardwebhooks.mjs'

const rfc9421 = [httpMessageSignatures, httpMessageSig, misskey]
const signers = [...rfc9421, hawk, jose, standardwebhooks].map((peer) => peer.signer)
const verifiers = [...rfc9421, hawk, jose, standardwebhooks].map((peer) => peer.verifier)
const keys = await makeKeys()

/** `most` is how often the time of the bare cryptography ours may take, `faster` how much faster than a peer it shall be. */
export const works = [
  {
    name: 'sign-hmac-256',
    title: 'Sign, HMAC, 256 B',
    work: { alg: 'hmac-sha256', direction: 'sign', body: bodyOf(256), keys },
    contestants: [bare, signerByHand, ourSigner, ...signers, aws.aws4fetch, aws.smithy],
    most: { countersign: 2.2 },
    faster: { aws4fetch: 15, '@smithy/signature-v4': 7 },
  },
  {
    name: 'verify-hmac-256',
    title: 'Verify, HMAC, 256 B',
    work: { alg: 'hmac-sha256', direction: 'verify', body: bodyOf(256), keys },
    contestants: [bare, verifierByHand, ourVerifier, ourClaimingVerifier, ...verifiers],
    most: { countersign: 3, 'countersign, memory claim': 3.5 },
    faster: {
      'http-message-signatures': 8,
      'http-message-sig': 12,
      'jose, JWS HS256': 5,
      hawk: 1.8,
      standardwebhooks: 2.2,
    },
  },
  {
    name: 'sign-ed25519-256',
    title: 'Sign, Ed25519, 256 B',
    work: { alg: 'ed25519', direction: 'sign', body: bodyOf(256), keys },
    contestants: [bare, ourSigner, ...rfc9421.map((peer) => peer.signer)],
    most: { countersign: 1.08 },
    faster: {},
  },
  {
    name: 'verify-ed25519-256',
    title: 'Verify, Ed25519, 256 B',
    work: { alg: 'ed25519', direction: 'verify', body: bodyOf(256), keys },
    contestants: [bare, ourVerifier, ...rfc9421.map((peer) => peer.verifier)],
    most: { countersign: 1.1 },
    faster: {},
  },
  {
    name: 'sign-hmac-64k',
    title: 'Sign, HMAC, 64 KiB',
    work: { alg: 'hmac-sha256', direction: 'sign', body: bodyOf(65_536), keys },
    contestants: [bare, ourSigner, ...signers, aws.aws4fetch, aws.smithy],
    most: { countersign: 1.1 },
    faster: {},
  },
  {
    name: 'verify-hmac-64k',
    title: 'Verify, HMAC, 64 KiB',
    work: { alg: 'hmac-sha256', direction: 'verify', body: bodyOf(65_536), keys },
    contestants: [bare, ourVerifier, ...verifiers],
    most: { countersign: 1.1 },
    faster: {},
  },
]
