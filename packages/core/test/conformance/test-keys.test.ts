import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../../../', import.meta.url))

// RFC 9421 B.1: a piece of each private key as it is printed there, in PEM and in JWK.
const testKeys: Readonly<Record<string, readonly string[]>> = {
  'test-key-rsa': ['MIIEqAIBAAKCAQEAhAKYdtoeoy8zcAcR874L8cnZxKzAGwd7v36APp7Pv6Q2jdsP'],
  'test-key-rsa-pss': ['MIIEvgIBADALBgkqhkiG9w0BAQoEggSqMIIEpgIBAAKCAQEAr4tmm3r20Wd/Pbqv'],
  'test-key-ecc-p256': [
    'MHcCAQEEIFKbhfNZfpDsW43+0+JjUr9K+bTeuxopu653+hBaXGA7',
    'UpuF81l-kOxbjf7T4mNSv0r5tN67Gim7rnf6EFpcYDs',
  ],
  'test-key-ed25519': ['MC4CAQAwBQYDK2VwBCIEIJ', 'n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU'],
  'test-shared-secret': ['uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtb'],
}

/** What is published, or shown to be copied. */
function shippedFiles(): readonly string[] {
  const sources = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name, 'src'))
  return [...sources, join(root, 'examples')].filter(existsSync).flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !/\bnode_modules\b/.test(entry.parentPath) && !entry.name.includes('.test.'))
      .map((entry) => join(entry.parentPath, entry.name)),
  )
}

it('no source or example holds a test key of RFC 9421 B.1', () => {
  const files = shippedFiles()
  expect(files.length).toBeGreaterThan(50)
  for (const file of files) {
    const text = readFileSync(file, 'latin1').replaceAll(/\s/g, '')
    for (const [name, pieces] of Object.entries(testKeys)) {
      expect(
        pieces.filter((piece) => text.includes(piece)),
        `${name} in ${file}`,
      ).toEqual([])
    }
  }
})
