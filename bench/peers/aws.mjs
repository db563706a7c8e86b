/** Two signers of AWS Signature Version 4. Neither verifies. */
import { createHash, createHmac } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'
import { AwsV4Signer } from 'aws4fetch'
import { must, target, url } from '../message.mjs'

const place = { service: 'execute-api', region: 'eu-central-1' }

/** The keys that it derives are kept, as its clients do. */
export function aws4fetch({ body, keys }) {
  const access = { accessKeyId: 'partner-1', secretAccessKey: Buffer.from(keys.secret).toString('hex') }
  const cache = new Map()
  const prepare = (count) => Array.from({ length: count }, () => ({ 'content-type': 'application/json' }))
  const run = (headers) => new AwsV4Signer({ method: 'POST', url, headers, body, cache, ...access, ...place }).sign()
  const check = async () => must((await run(prepare(1)[0])).headers.get('authorization'), 'aws4fetch does not sign')
  return { name: 'aws4fetch', prepare, run, check }
}

/** What the AWS SDK gives it on Node. */
class NodeSha256 {
  constructor(secret) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret)
  }
  update(data) {
    this.hash.update(data)
  }
  async digest() {
    return this.hash.digest()
  }
}

export function smithy({ body, keys }) {
  const credentials = { accessKeyId: 'partner-1', secretAccessKey: Buffer.from(keys.secret).toString('hex') }
  const signer = new SignatureV4({ credentials, sha256: NodeSha256, ...place })
  const [path, query] = target.split('?')
  const prepare = (count) =>
    Array.from({ length: count }, () => ({
      method: 'POST',
      protocol: 'https:',
      hostname: 'bank.example',
      path,
      query: Object.fromEntries(new URLSearchParams(query)),
      headers: { host: 'bank.example', 'content-type': 'application/json' },
      body,
    }))
  const run = (request) => signer.sign(request)
  const check = async () => must((await run(prepare(1)[0])).headers.authorization, '@smithy/signature-v4 does not sign')
  return { name: '@smithy/signature-v4', prepare, run, check }
}
