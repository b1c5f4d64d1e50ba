import { robots } from '@skillweave/model'
import { expect, it } from 'vitest'
import { readPackages } from './workspace.ts'

/** Where terms, skills and tasks are made; the registry's default robots are for the command line. */
const robotFree = /^packages\/(mdp|skills|rl|tasks)\/src\/(?!registry\.ts)/

it('no term, skill or task names a robot', () => {
  const names = Object.keys(robots).join('|')
  const named = new RegExp(`['"\`](?:${names})['"\`]`)
  const naming = readPackages()
    .flatMap((pkg) => pkg.sources)
    .filter(({ path, text }) => robotFree.test(path) && named.test(text))
    .map(({ path }) => path)
  expect(naming).toEqual([])
})
