import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { ProbeReport } from '../../src/commands/probe/report/probe-report.ts'
import { builtProgram, ended, hasTool } from '../spawned/built-program.ts'
import { idsOf, writeKey } from './probing.ts'
import { startHonestServer } from './test-server.ts'

const program = builtProgram()
const { file } = program
const transfer = ['-d', '{"to":"bob","amount":1}', '--json']

describe('the program', () => {
  it('tells at Ctrl-C what it has, and writes the reports', async () => {
    const server = await startHonestServer({ keys: [await writeKey(file('alice.jwk'))] })
    const args = ['probe', 'POST', `${server.origin}/transfers`, '-k', 'alice.jwk', ...transfer, '--wait', '30']
    const child = program.start([...args, '--case', 'unsigned', '--case', 'replay-later', '--report', 'partial.xml'])
    const end = ended(child)
    while (server.runs() < 4) await new Promise((resolve) => setTimeout(resolve, 20))
    await new Promise((resolve) => setTimeout(resolve, 200))
    child.kill('SIGINT')
    const { code, stdout } = await end
    const report = JSON.parse(stdout.toString()) as ProbeReport
    expect([code, report.interrupted, idsOf(report, 'held')]).toEqual([130, true, ['unsigned']])
    expect(readFileSync(file('partial.xml'), 'utf8')).toMatch(/<\/testsuites>\n$/)
  })

  // skipped where openssl is missing: nothing else makes a certificate here
  it.skipIf(!hasTool('openssl'))('probes over TLS, where it trusts the certificate', { timeout: 120_000 }, async () => {
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
    const files = ['-keyout', file('tls.key'), '-out', file('tls.crt')]
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...files, ...subject], {
      stdio: 'ignore',
    })
    const tls = { key: readFileSync(file('tls.key'), 'utf8'), cert: readFileSync(file('tls.crt'), 'utf8') }
    const server = await startHonestServer({ keys: [await writeKey(file('tls.jwk'))] }, { tls })
    const args = ['probe', 'POST', `${server.origin}/transfers`, '-k', 'tls.jwk', ...transfer, '--wait', '0']
    const refused = await program.run(args)
    expect(refused.code).toBe(3)
    expect((JSON.parse(refused.stdout.toString()) as ProbeReport).control.answer).toContain('self-signed')
    const trusted = await program.run(args, { env: { NODE_EXTRA_CA_CERTS: file('tls.crt') } })
    const report = JSON.parse(trusted.stdout.toString()) as ProbeReport
    expect([trusted.code, idsOf(report, 'finding'), idsOf(report, 'inconclusive')]).toEqual([0, [], []])
    expect(report.summary.held).toBeGreaterThan(80)
  })
})
