import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  formatManifest,
  type PolicyEvaluation,
  type PolicyManifest,
  parseManifest,
} from '@skillweave/policy'
import { UserError } from './user-error.ts'

/** Policies that come with the project, beside the sources. */
export const shippedFolder = fileURLToPath(new URL('../policies', import.meta.url))

export interface PolicyFile {
  readonly name: string
  /** Where it was found. */
  readonly path: string
  readonly onnx: Uint8Array
  readonly manifest: PolicyManifest
}

/**
 * A policy by path (an `.onnx` file, or a folder with `policy.onnx`), else by name: of a run here that is over, then of
 * a shipped one. Throws, naming the shipped ones.
 */
export function loadPolicy(nameOrFolder: string): PolicyFile {
  const path = locate(nameOrFolder)
  const manifestPath = path.replace(/\.onnx$/, '.json')
  if (!existsSync(manifestPath)) throw new UserError(`${path} has no manifest beside it`)
  try {
    return {
      name: nameOrFolder,
      path,
      onnx: readFileSync(path),
      manifest: parseManifest(readFileSync(manifestPath, 'utf8')),
    }
  } catch (error) {
    throw new UserError(`${manifestPath}: ${(error as Error).message}`)
  }
}

/** A policy that comes with the project, whatever was trained here. Throws, naming those there are. */
export function loadShippedPolicy(name: string): PolicyFile {
  if (!shippedNames().includes(name)) {
    throw new UserError(`no policy "${name}" is shipped; there are ${shippedNames().join(', ')}`)
  }
  return { ...loadPolicy(join(shippedFolder, `${name}.onnx`)), name }
}

/** Put a measurement into the policy's manifest: its evaluation card. */
export function saveEvaluation(nameOrFolder: string, evaluation: PolicyEvaluation): void {
  const { manifest } = loadPolicy(nameOrFolder)
  const path = locate(nameOrFolder).replace(/\.onnx$/, '.json')
  writeFileSync(path, formatManifest({ ...manifest, evaluation }))
}

/** Whether there is such a policy. */
export const isPolicy = (nameOrPath: string): boolean => find(nameOrPath) !== undefined

/**
 * Who says a path gets that file. A name means the newest thing trained here under it, once its training is
 * over, and otherwise the one that comes with the project.
 */
function find(nameOrPath: string): string | undefined {
  const isFile = nameOrPath.endsWith('.onnx')
  const path = isFile ? nameOrPath : join(nameOrPath, 'policy.onnx')
  if (existsSync(path)) return path
  const run = join(runsFolder, nameOrPath, 'policy.onnx')
  if (existsSync(run) && progressOf(nameOrPath).isOver) return run
  const shipped = join(shippedFolder, `${nameOrPath}.onnx`)
  return existsSync(shipped) ? shipped : undefined
}

/** Where runs are, below the working folder. */
const runsFolder = '.runs'

/** How far a run is: over when its policy has seen the budget that its settings name. */
function progressOf(run: string): { readonly isOver: boolean; readonly text: string } {
  const file = (name: string) => join(runsFolder, run, name)
  // A policy that was put there by hand or by an import has no budget.
  if (!existsSync(file('settings.json'))) return { isOver: true, text: 'not trained here' }
  const { samples, minutes } = readJson(file('settings.json')) as Partial<Record<string, number>>
  if (samples !== undefined) {
    const { provenance } = readJson(file('policy.json')) as PolicyManifest
    const text = `${provenance.samples} of ${samples} samples`
    return { isOver: provenance.samples >= samples, text }
  }
  const trained = existsSync(file('minutes')) ? Number(readFileSync(file('minutes'), 'utf8')) : 0
  return {
    isOver: trained >= (minutes ?? 0) - 0.05,
    text: `${trained.toFixed(1)} of ${minutes} minutes`,
  }
}

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'))

/** A sentence about a run of this name that was begun and is not over; undefined without one. */
export function unfinishedRun(name: string): string | undefined {
  const folder = join(runsFolder, name)
  if (!existsSync(join(folder, 'policy.onnx'))) return undefined
  const { isOver, text } = progressOf(name)
  return isOver ? undefined : `${folder} is not finished (${text})`
}

function locate(nameOrPath: string): string {
  const path = find(nameOrPath)
  if (path) return path
  const begun = unfinishedRun(nameOrPath)
  throw new UserError(
    `no policy "${nameOrPath}"; ${begun ? `${begun}, go on with --resume; ` : ''}shipped are ${shippedNames().join(', ') || 'none'}, or give a folder of .runs`,
  )
}

/** Names of all policies there are: shipped, and of runs that are over. */
export function policyNames(): string[] {
  const runs = existsSync(runsFolder) ? readdirSync(runsFolder).filter(isPolicy) : []
  return [...new Set([...shippedNames(), ...runs])].sort()
}

export function shippedNames(): string[] {
  return existsSync(shippedFolder)
    ? readdirSync(shippedFolder)
        .filter((f) => f.endsWith('.onnx'))
        .map((f) => f.slice(0, -'.onnx'.length))
        .sort()
    : []
}

/** Write `<stem>.onnx` and `<stem>.json`. */
export function savePolicy(
  folder: string,
  stem: string,
  onnx: Uint8Array,
  manifest: PolicyManifest,
): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${stem}.onnx`), onnx)
  writeFileSync(join(folder, `${stem}.json`), formatManifest(manifest))
}
