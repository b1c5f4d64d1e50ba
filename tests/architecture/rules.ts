import type { SourceFile, SourcePackage } from './workspace.ts'

/**
 * Which packages of this repository each one may import, from the bottom up. ARCHITECTURE.md says
 * what each layer is for.
 */
export const layers: Readonly<Record<string, readonly string[] | 'all'>> = {
  math: [],
  protocol: [],
  'torch-files': [],
  policy: ['math'],
  model: ['math'],
  stream: ['protocol'],
  bridges: ['stream', 'recording', 'robot-end', 'protocol', 'math'],
  viewer: ['protocol', 'math'],
  recording: ['protocol', 'math'],
  rl: ['policy', 'math'],
  motion: ['model', 'torch-files', 'math'],
  sim: ['model', 'math'],
  mujoco: ['model', 'math'],
  'policy-import': ['policy', 'model', 'torch-files', 'math'],
  'robot-end': ['protocol', 'model', 'math'],
  mdp: ['motion', 'model', 'math'],
  skills: ['mdp', 'policy', 'model', 'math'],
  tasks: ['skills', 'mdp', 'motion', 'model', 'math'],
  controllers: ['skills', 'mdp', 'policy', 'model', 'math'],
  demos: 'all',
  tests: 'all',
}

/** Libraries with one home; tests may use them to compare with. */
const homes: Readonly<Record<string, readonly string[]>> = {
  '@dimforge/rapier3d-simd-compat': ['sim'],
  three: ['viewer'],
  'onnxruntime-node': ['rl'],
  ws: ['stream', 'bridges'],
  // The benchmark's own MuJoCo robot has the engine's position servos, which the port has not.
  '@mujoco/mujoco': ['mujoco', 'demos'],
  '@mcap/core': ['recording'],
}

/** Who talks to the network. */
const socketOwners = ['stream', 'bridges']

/** Modules of Node that open sockets. */
const socketModules = ['node:http', 'node:https', 'node:net', 'node:tls', 'node:dgram']

/** Calls that make a run differ from the one before. */
const surprises = /\bMath\.random\b|\bDate\.now\b|\bnew Date\(\)/

/** What a package breaks, one sentence each. */
export function layerProblems(pkg: SourcePackage): string[] {
  const allowed = layers[pkg.name]
  if (allowed === undefined) return [`${pkg.folder} is in no layer; give it a row in the table`]
  const problems: string[] = []
  const declared = [...pkg.dependencies, ...pkg.devDependencies]
  for (const name of declared) {
    const own = ownPackage(name)
    const isAllowed = allowed === 'all' ? own !== 'tests' : allowed.includes(own ?? '')
    if (own !== undefined && !isAllowed) problems.push(`${pkg.name} must not depend on ${own}`)
  }
  for (const [library, owners] of Object.entries(homes)) {
    const mayImport = pkg.name === 'tests' || owners.includes(pkg.name)
    if (!mayImport && pkg.dependencies.includes(library)) {
      problems.push(`${pkg.name} must not depend on ${library}; only ${owners.join(', ')} may`)
    }
  }
  for (const file of pkg.sources) problems.push(...fileProblems(pkg, file))
  return problems
}

function fileProblems(pkg: SourcePackage, file: SourceFile): string[] {
  const problems: string[] = []
  for (const { module, typesOnly } of importsOf(file.text)) {
    const name = packageOf(module)
    if (name === undefined) {
      if (leavesPackage(pkg, file.path, module)) {
        problems.push(`${file.path} reaches into another package by path: ${module}`)
      }
      continue
    }
    if (pkg.name === 'tests') continue
    const owners = homes[name]
    if (owners && !owners.includes(pkg.name) && !typesOnly) {
      problems.push(`${file.path} must not import ${name}; only ${owners.join(', ')} may`)
    }
    if (socketModules.includes(module) && !socketOwners.includes(pkg.name)) {
      problems.push(
        `${file.path} must not open sockets (${module}); only ${socketOwners.join(' and ')} may`,
      )
    }
    if (name.startsWith('node:')) continue
    const isTool = typesOnly || file.path.endsWith('.config.ts')
    const known = isTool ? [...pkg.dependencies, ...pkg.devDependencies] : pkg.dependencies
    if (!known.includes(name) && !(typesOnly && known.includes(`@types/${name}`))) {
      problems.push(`${file.path} imports ${name}, which ${pkg.name} does not depend on`)
    }
  }
  const mayBeSurprising = ['stream', 'demos', 'tests'].includes(pkg.name)
  const surprise = mayBeSurprising ? null : withoutComments(file.text).match(surprises)
  if (surprise) {
    problems.push(`${file.path} uses ${surprise[0]}; time and Rng are passed in`)
  }
  if (pkg.name === 'viewer' || file.path.startsWith('demos/web/')) return problems
  if (/\bnew WebSocket\(/.test(file.text) && ![...socketOwners, 'tests'].includes(pkg.name)) {
    problems.push(
      `${file.path} must not open sockets (WebSocket); only ${socketOwners.join(' and ')} may`,
    )
  }
  return problems
}

/** Folders a page names in backticks, such as `packages/mdp/`, that do not exist. */
export function missingFolders(page: string, exists: (path: string) => boolean): string[] {
  const named = [...page.matchAll(/`((?:[\w.-]+\/)+)`/g)].map((m) => m[1])
  return [...new Set(named)].filter((path) => !exists(path))
}

/** Source files a page names in backticks, such as `env.ts`, that do not exist anywhere. */
export function missingFiles(page: string, paths: readonly string[]): string[] {
  const named = [...page.matchAll(/`([\w./-]+\.tsx?)`/g)].map((m) => m[1])
  return [...new Set(named)].filter((name) => !paths.some((p) => `/${p}`.endsWith(`/${name}`)))
}

interface Import {
  readonly module: string
  readonly typesOnly: boolean
}

function importsOf(text: string): Import[] {
  const code = withoutComments(text)
  const found: Import[] = []
  for (const m of code.matchAll(
    /^(import|export)\s+(type\s+)?(?:[\w*{][^'"();]*?\s+from\s+)?['"]([^'"]+)['"]/gm,
  )) {
    found.push({ module: m[3], typesOnly: m[2] !== undefined })
  }
  for (const m of code.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g)) {
    found.push({ module: m[1], typesOnly: false })
  }
  return found
}

/** `@scope/name` or `name` of an import; undefined for a path. */
function packageOf(module: string): string | undefined {
  if (module.startsWith('.') || module.startsWith('/')) return undefined
  if (module.startsWith('node:')) return module
  return module
    .split('/')
    .slice(0, module.startsWith('@') ? 2 : 1)
    .join('/')
}

const ownPackage = (name: string): string | undefined =>
  name.startsWith('@skillweave/') ? name.slice('@skillweave/'.length) : undefined

function leavesPackage(pkg: SourcePackage, path: string, module: string): boolean {
  const at = path.split('/').slice(0, -1)
  for (const part of module.split('/')) {
    if (part === '..') at.pop()
    else if (part !== '.') at.push(part)
  }
  return !`${at.join('/')}/`.startsWith(`${pkg.folder}/`)
}

const withoutComments = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1')
