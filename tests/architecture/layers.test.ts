import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { layerProblems, layers, missingFiles, missingFolders } from './rules.ts'
import { readPackages, repository, type SourcePackage } from './workspace.ts'

const packages = readPackages()

it.each(packages)('$folder keeps to its layer', (pkg) => {
  expect(layerProblems(pkg)).toEqual([])
})

it('has a package for every row of the table', () => {
  expect(packages.map((p) => p.name).sort()).toEqual(Object.keys(layers).sort())
})

it('finds the folders and files that ARCHITECTURE.md names', () => {
  const page = readFileSync(join(repository, 'ARCHITECTURE.md'), 'utf8')
  expect(missingFolders(page, (path) => existsSync(join(repository, path)))).toEqual([])
  const paths = packages.flatMap((p) => p.sources.map((s) => s.path))
  expect(missingFiles(page, paths)).toEqual([])
  for (const { folder } of packages) expect(page).toContain(`\`${folder}/\``)
})

describe('the rules notice', () => {
  const pkg = (name: string, change: Partial<SourcePackage>): SourcePackage => ({
    name,
    folder: `packages/${name}`,
    dependencies: [],
    devDependencies: [],
    sources: [],
    ...change,
  })
  const source = (name: string, text: string, dependencies: string[] = []) =>
    layerProblems(
      pkg(name, { dependencies, sources: [{ path: `packages/${name}/src/a.ts`, text }] }),
    )

  it('a dependency on a layer above', () => {
    expect(layerProblems(pkg('motion', { dependencies: ['@skillweave/mdp'] }))).toEqual([
      'motion must not depend on mdp',
    ])
    expect(layerProblems(pkg('demos', { devDependencies: ['@skillweave/tests'] }))).toEqual([
      'demos must not depend on tests',
    ])
  })
  it('a package without a row', () => {
    expect(layerProblems(pkg('extras', {}))[0]).toContain('is in no layer')
  })
  it('a library away from its home', () => {
    const rapier = '@dimforge/rapier3d-simd-compat'
    expect(source('mdp', `import R from '${rapier}'`, [rapier])).toHaveLength(2)
    expect(source('rl', `import { WebSocket } from 'ws'`)[0]).toContain('only stream, bridges may')
    expect(source('protocol', `const T = await import('three')`)[0]).toContain('only viewer may')
  })
  it('an import that is not declared', () => {
    expect(source('model', `import { xml } from 'fast-xml-parser'`)[0]).toContain('does not depend')
    expect(source('model', `import type { A } from '@skillweave/math'`)[0]).toContain('not depend')
    expect(source('model', `export { a } from '@skillweave/math'`, ['@skillweave/math'])).toEqual(
      [],
    )
  })
  it('a path into another package', () => {
    expect(source('model', `import { a } from '../../math/src/vec3.ts'`)[0]).toContain('by path')
    expect(source('model', `import { a } from './vec3.ts'`)).toEqual([])
  })
  it('sockets, clocks and chance outside their layers', () => {
    expect(source('policy', `import http from 'node:http'`)[0]).toContain('must not open sockets')
    expect(source('mdp', 'const x = Math.random()')[0]).toContain('Math.random')
    expect(source('sim', 'const t = Date.now()')[0]).toContain('Date.now')
    expect(source('mdp', '// never Math.random\nconst x = 1')).toEqual([])
  })
  it('a folder or a file that is gone', () => {
    expect(missingFolders('See `packages/gone/` and `sim/`.', (p) => p === 'sim/')).toEqual([
      'packages/gone/',
    ])
    expect(missingFiles('`env.ts`, `src/gone.ts`', ['packages/mdp/src/env.ts'])).toEqual([
      'src/gone.ts',
    ])
  })
})

it('imports nothing of Node in what a browser tab runs', () => {
  const inTab = [
    'math',
    'model',
    'policy',
    'protocol',
    'recording',
    'motion',
    'sim',
    'mdp',
    'skills',
    'tasks',
    'controllers',
    'viewer',
  ]
  const sources = packages
    .flatMap((p) =>
      inTab.includes(p.name)
        ? p.sources
        : p.sources.filter((s) => /^demos\/(web\/src|src\/(live|demos)\/)/.test(s.path)),
    )
    // The door for programs in Node, which the tab does not use.
    .filter((s) => s.path !== 'demos/src/live/index.ts')
  expect(sources.length).toBeGreaterThan(100)
  for (const { path, text } of sources) {
    expect(text, path).not.toMatch(/^import (?!type).*'node:|^\} from 'node:/m)
  }
})
