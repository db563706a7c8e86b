import { checkBundler } from './bundles/bundle-consumers.mjs'
import { checkNext } from './bundles/next-consumer.mjs'
import { checkOnNode } from './node-consumers.mjs'
import { checkTypes } from './type-consumers.mjs'

/**
 * What a consumer found.
 *
 * @typedef {object} Outcome
 * @property {readonly string[]} facts what holds
 * @property {readonly string[]} problems what does not
 * @property {readonly string[]} lacks what could not be tried here
 * @property {readonly import('./bundles/bundle-problems.mjs').Measured[]} [sizes]
 */

/**
 * A kind of project that uses the packages.
 *
 * @typedef {object} Consumer
 * @property {string} name
 * @property {string} template
 * @property {(project: import('./project.mjs').Project) => Promise<Outcome>} check
 */

/** @type {readonly Consumer[]} */
export const consumers = [
  { name: 'esm', template: 'esm', check: (project) => checkOnNode(project, 'check.mjs') },
  { name: 'cjs', template: 'cjs', check: (project) => checkOnNode(project, 'check.cjs') },
  { name: 'cli', template: 'cli', check: (project) => checkOnNode(project, 'first-hour.mjs', 'commands') },
  ...[
    { config: 'node16', cjs: true },
    { config: 'bundler' },
    { config: 'browser', without: /** @type {const} */ ('node') },
    { config: 'node-only', cjs: true, without: /** @type {const} */ ('browser') },
  ].map((settings) => {
    return {
      name: `typescript-${settings.config}`,
      template: 'types',
      check: (project) => checkTypes(project, settings),
    }
  }),
  { name: 'vite', template: 'vite', check: (project) => checkBundler(project, 'module') },
  { name: 'esbuild', template: 'esbuild', check: (project) => checkBundler(project, 'module') },
  { name: 'webpack', template: 'webpack', check: (project) => checkBundler(project, 'script') },
  { name: 'next', template: 'next', check: checkNext },
]
