import { reasonOf } from '../failure.ts'

/** What a code of Node or OpenSSL means to somebody who wants to reach a server, and what to look at. */
const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there. Is the server running, and the port right?',
  ECONNRESET: 'the connection was closed before the response was complete',
  EAI_AGAIN: 'the name could not be looked up. Is there a network?',
  EHOSTUNREACH: 'no route leads to the host. Is there a network?',
  ENETUNREACH: 'no route leads to the host. Is there a network?',
  ENOTFOUND: 'there is no host of that name',
  EPIPE: 'the connection was closed while the request was sent',
  ETIMEDOUT: 'the connection could not be made in time',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'its certificate is signed by itself alone. To trust it, set NODE_EXTRA_CA_CERTS to a file that holds it',
  SELF_SIGNED_CERT_IN_CHAIN:
    'its certificate comes from an authority that is not known here. To trust it, set NODE_EXTRA_CA_CERTS to its file',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'its certificate comes from an authority that is not known here. To trust it, set NODE_EXTRA_CA_CERTS to its file',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'its certificate comes from an authority that is not known here. To trust it, set NODE_EXTRA_CA_CERTS to its file',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  EPROTO: 'no TLS connection could be made. Is the port right, or is http:// meant?',
  ERR_SSL_WRONG_VERSION_NUMBER: 'no TLS connection could be made. Is the port right, or is http:// meant?',
  HPE_INVALID_CONSTANT: 'what it answered is no HTTP. Is https:// meant?',
  HPE_HEADER_OVERFLOW: 'the header of its response is too long',
}

/** Why a host was not reached, or did not answer to the end. */
export function whyNotReached(error: unknown): string {
  // Where a name has several addresses, the first failure says as much as the others.
  const first = error instanceof AggregateError ? error.errors[0] : error
  return reasons[(first as NodeJS.ErrnoException)?.code ?? ''] ?? reasonOf(error)
}
