import type { CauseAndCure } from '../printed-causes.ts'
import type { Difference } from './difference.ts'

/** What comes between two sides, by component. The first row whose test holds is the answer. */
const causes: readonly { readonly fits: (difference: Difference) => boolean; readonly says: CauseAndCure }[] = [
  {
    fits: ({ kind }) => kind === 'only here' || kind === 'only there',
    says: {
      cause:
        'One side covers a component that the other does not look for: the two bases are not of the same signature.',
      cure: 'Compare the bases of one and the same request, as it was sent and as it was received.',
    },
  },
  {
    fits: ({ kind }) => kind === 'other place',
    says: {
      cause: 'The covered components stand in another order.',
      cure: 'Keep the order of Signature-Input: it is signed.',
    },
  },
  {
    fits: named('@authority'),
    says: {
      cause: 'A proxy has rewritten Host, or the server is configured with another name.',
      cure: 'Set the option origin of the verifier to the name that clients call.',
    },
  },
  {
    fits: named('@scheme', '@target-uri'),
    says: {
      cause: 'TLS ends at a proxy, so that the server takes the request for http; or its path or host was rewritten.',
      cure: 'Set the option origin of the verifier to what clients call, https included.',
    },
  },
  {
    fits: (difference) => named('@query')(difference) && isReordered(difference),
    says: {
      cause: 'The parameters of the query are the same, in another order: something has parsed and rebuilt it.',
      cure: 'Pass the query on as it is: look at proxies that sort or normalize it for a cache.',
    },
  },
  {
    fits: named('@query', '@query-param'),
    says: {
      cause: 'The query was changed on the way: a parameter was added, removed, or encoded in another way.',
      cure: 'Verify before any rewrite, and pass the query on as it is. A tracker or a cache key may add a parameter.',
    },
  },
  {
    fits: named('@path', '@request-target'),
    says: {
      cause: 'The path was rewritten: a prefix was cut off, or its encoding was changed.',
      cure: 'Verify the path of the request line, before any router: originalUrl in Express.',
    },
  },
  {
    fits: named('@method'),
    says: {
      cause: 'The method was rewritten, by an override field or by a proxy that asks GET for HEAD.',
      cure: 'Switch method overrides off in front of the verifier.',
    },
  },
  {
    fits: named('content-digest', 'repr-digest'),
    says: {
      cause: 'The digest was computed anew, from a body that something on the way has parsed or compressed.',
      cure: 'Verify the raw bytes, before any body parser, and switch compression of requests off in proxies.',
    },
  },
  {
    fits: named('content-type'),
    says: {
      cause: 'A charset was added, a boundary made anew, or the spelling changed.',
      cure: 'Sign the Content-Type that is sent: make the Request first, then sign it.',
    },
  },
  {
    fits: (difference) => named('@signature-params')(difference) && isOtherNonce(difference),
    says: {
      cause: 'The nonces differ: the two are of two attempts, and so may be whatever else differs.',
      cure: 'Compare what was sent and received in one attempt. Each has a nonce and a time of its own.',
    },
  },
  {
    fits: named('@signature-params'),
    says: {
      cause: 'The parameters were read and written anew.',
      cure: 'Keep Signature-Input as it is, byte for byte.',
    },
  },
  {
    fits: () => true,
    says: {
      cause: 'The field was changed on the way: a proxy has set, joined or trimmed it.',
      cure: 'Cover only fields that arrive as they were sent, or let the proxy leave it alone.',
    },
  },
]

/** Why a body is not the one whose digest was sent. */
export const bodyCause: CauseAndCure = {
  cause: 'Something on the way has parsed, compressed or cut the body.',
  cure: 'Verify the raw bytes, before any body parser, and let proxies pass them on as they are.',
}

/** The likely cause of a difference. A cause that is proven is the doctor's: it needs the key. */
export function likelyCause(difference: Difference): CauseAndCure {
  return (causes.find(({ fits }) => fits(difference)) as (typeof causes)[number]).says
}

function named(...names: readonly string[]): (difference: Difference) => boolean {
  return ({ identifier }) => names.includes(identifier.slice(1, identifier.indexOf('"', 1)))
}

function isOtherNonce({ here, there }: Difference): boolean {
  const [ours, theirs] = [here, there].map((value) => /;nonce="([^"]*)"/.exec(value ?? '')?.[1])
  return ours !== undefined && theirs !== undefined && ours !== theirs
}

function isReordered({ here, there }: Difference): boolean {
  const sorted = (query: string | undefined) => query?.replace(/^\?/, '').split('&').sort().join('&')
  return here !== undefined && there !== undefined && sorted(here) === sorted(there)
}
