// Reads the JSON report of vitest: `node .ci/results.mjs REPORT` prints "PASSED FAILED", then each failure with its reason.
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'

const report = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const longestReason = 1500

const failures = report.testResults.flatMap(({ name, message, assertionResults }) => {
  const file = relative(process.cwd(), name)
  const failed = assertionResults
    .filter(({ status }) => status === 'failed')
    .map(({ fullName, failureMessages }) => ({ file, fullName, reason: failureMessages.join('\n') }))
  return message && failed.length === 0 ? [{ file, fullName: '(the file itself)', reason: message }] : failed
})

console.log(report.numPassedTests, report.numFailedTests)
for (const { file, fullName, reason } of failures) {
  console.log(`test: ${file}: ${fullName}\n  ${reason.slice(0, longestReason).replaceAll('\n', '\n  ')}`)
}
