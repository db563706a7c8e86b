import { describe, expect, it } from 'vitest'
import { expectCode } from '../expect-code.ts'
import { clientCertRequest } from './messages.ts'
import { fieldValue, unwrap } from './rfc-text.ts'
import { describeSignedExample, type SignedExample, verifyExample } from './signed-example.ts'

const created = 1618884473

const terminatedTls: SignedExample = {
  section: 'B.3',
  message: clientCertRequest,
  base: String.raw`"@path": /foo
"@query": ?param=Value&Pet=dog
"@method": POST
"@authority": service.internal.example
"client-cert": :MIIBqDCCAU6gAwIBAgIBBzAKBggqhkjOPQQDAjA6MRswGQYDVQQ\
  KDBJMZXQncyBBdXRoZW50aWNhdGUxGzAZBgNVBAMMEkxBIEludGVybWVkaWF0ZSBD\
  QTAeFw0yMDAxMTQyMjU1MzNaFw0yMTAxMjMyMjU1MzNaMA0xCzAJBgNVBAMMAkJDM\
  FkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE8YnXXfaUgmnMtOXU/IncWalRhebrXm\
  ckC8vdgJ1p5Be5F/3YC8OthxM4+k1M6aEAEFcGzkJiNy6J84y7uzo9M6NyMHAwCQY\
  DVR0TBAIwADAfBgNVHSMEGDAWgBRm3WjLa38lbEYCuiCPct0ZaSED2DAOBgNVHQ8B\
  Af8EBAMCBsAwEwYDVR0lBAwwCgYIKwYBBQUHAwIwHQYDVR0RAQH/BBMwEYEPYmRjQ\
  GV4YW1wbGUuY29tMAoGCCqGSM49BAMCA0gAMEUCIBHda/r1vaL6G3VliL4/Di6YK0\
  Q6bMjeSkC3dFCOOB8TAiEAx/kHSB4urmiZ0NX5r5XarmPk0wmuydBVoU4hBVZ1yhk=:
"@signature-params": ("@path" "@query" "@method" "@authority" \
  "client-cert");created=1618884473;keyid="test-key-ecc-p256"`,
  fields: String.raw`Signature-Input: ttrp=("@path" "@query" "@method" "@authority" \
  "client-cert");created=1618884473;keyid="test-key-ecc-p256"
Signature: ttrp=:xVMHVpawaAC/0SbHrKRs9i8I3eOs5RtTMGCWXm/9nvZzoHsIg6\
  Mce9315T6xoklyy0yzhD9ah4JHRwMLOgmizw==:`,
  label: 'ttrp',
  components: ['@path', '@query', '@method', '@authority', 'client-cert'],
  parameters: { created, keyid: 'test-key-ecc-p256' },
}

describeSignedExample(terminatedTls)

describe('RFC 9421 B.3, a TLS-terminating proxy', () => {
  // The signature stands alone too, before the signed request.
  const signature = String.raw`xVMHVpawaAC/0SbHrKRs9i8I3eOs5RtTMGCWXm/9nvZzoHsIg6Mce9315T6xoklyy0y\
zhD9ah4JHRwMLOgmizw==`

  it('has the signature value that is printed alone', () => {
    expect(fieldValue(terminatedTls.fields, 'Signature')).toBe(`ttrp=:${unwrap(signature)}:`)
  })

  it('is refused with another certificate', async () => {
    const message = clientCertRequest.replace('bMjeSkC3', 'bMjeSkC4')
    expect(message).not.toBe(clientCertRequest)
    await expectCode('invalid_signature', () => verifyExample({ ...terminatedTls, message }, terminatedTls.fields))
  })
})

const untransformed: SignedExample = {
  section: 'B.4',
  message: `GET /demo?name1=Value1&Name2=value2 HTTP/1.1
Host: example.org
Date: Fri, 15 Jul 2022 14:24:55 GMT
Accept: application/json
Accept: */*`,
  base: String.raw`"@method": GET
"@path": /demo
"@authority": example.org
"accept": application/json, */*
"@signature-params": ("@method" "@path" "@authority" "accept")\
  ;created=1618884473;keyid="test-key-ed25519"`,
  fields: String.raw`Signature-Input: transform=("@method" "@path" "@authority" \
  "accept");created=1618884473;keyid="test-key-ed25519"
Signature: transform=:ZT1kooQsEHpZ0I1IjCqtQppOmIqlJPeo7DHR3SoMn0s5J\
  Z1eRGS0A+vyYP9t/LXlh5QMFFQ6cpLt2m0pmj3NDA==:`,
  label: 'transform',
  components: ['@method', '@path', '@authority', 'accept'],
  parameters: { created, keyid: 'test-key-ed25519' },
}

describeSignedExample(untransformed)

/** The transformed messages that the same signature is valid for. */
const validMessages: readonly [what: string, message: string][] = [
  [
    'Accept-Language and a query parameter added',
    `GET /demo?name1=Value1&Name2=value2&param=added HTTP/1.1
Host: example.org
Date: Fri, 15 Jul 2022 14:24:55 GMT
Accept: application/json
Accept: */*
Accept-Language: en-US,en;q=0.5`,
  ],
  [
    'Date removed, Referer added, Accept on one line',
    `GET /demo?name1=Value1&Name2=value2 HTTP/1.1
Host: example.org
Referer: https://developer.example.org/demo
Accept: application/json, */*`,
  ],
  [
    'fields in another order, but not those of one name',
    `GET /demo?name1=Value1&Name2=value2 HTTP/1.1
Accept: application/json
Accept: */*
Date: Fri, 15 Jul 2022 14:24:55 GMT
Host: example.org`,
  ],
]

/** Those that it is not valid for. */
const invalidMessages: readonly [what: string, message: string][] = [
  [
    'another method and authority',
    `POST /demo?name1=Value1&Name2=value2 HTTP/1.1
Host: example.com
Date: Fri, 15 Jul 2022 14:24:55 GMT
Accept: application/json
Accept: */*`,
  ],
  [
    'the two lines of Accept in the other order',
    `GET /demo?name1=Value1&Name2=value2 HTTP/1.1
Host: example.org
Date: Fri, 15 Jul 2022 14:24:55 GMT
Accept: */*
Accept: application/json`,
  ],
]

describe('RFC 9421 B.4, transformations of a message', () => {
  it.each(validMessages)('verifies with %s', async (_what, message) => {
    const { label, keyId } = await verifyExample({ ...untransformed, message }, untransformed.fields)
    expect([label, keyId]).toEqual(['transform', 'test-key-ed25519'])
  })

  it.each(invalidMessages)('is refused with %s', async (_what, message) => {
    await expectCode('invalid_signature', () => verifyExample({ ...untransformed, message }, untransformed.fields))
  })
})
