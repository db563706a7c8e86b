import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { describeWith } from '../../../packages/verifier/test/servers/required.ts'

const folder = fileURLToPath(new URL('.', import.meta.url))
const minutes = 60_000

function go(...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('go', args, { cwd: folder, encoding: 'utf8' })
  return { status, output: `${stdout ?? ''}${stderr ?? ''}` }
}

const installed = go('version').status === 0 ? 'go' : undefined

describeWith('countersign.go', installed, 'Go (1.22 or later) is not installed', () => {
  test(
    'passes its own tests',
    () => {
      const { status, output } = go('test', './...')
      expect(output).toContain('ok  \tcountersign.example/countersign')
      expect(status, output).toBe(0)
    },
    3 * minutes,
  )

  test(
    'is as go vet and gofmt want it',
    () => {
      expect(go('vet', './...')).toEqual({ status: 0, output: '' })
      const { stdout } = spawnSync('gofmt', ['-l', '.'], { cwd: folder, encoding: 'utf8' })
      expect(stdout).toBe('')
    },
    3 * minutes,
  )

  test('needs nothing but the standard library', () => {
    expect(go('list', '-deps', '-f', '{{if not .Standard}}{{.ImportPath}}{{end}}', '.').output.trim()).toBe(
      'countersign.example/countersign',
    )
  })
})
