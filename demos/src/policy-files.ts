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
  readonly onnx: Uint8Array
  readonly manifest: PolicyManifest
}

/** A shipped policy by name, or one in a run's folder. Throws, naming the shipped ones. */
export function loadPolicy(nameOrFolder: string): PolicyFile {
  const path = locate(nameOrFolder)
  const manifestPath = path.replace(/\.onnx$/, '.json')
  if (!existsSync(manifestPath)) throw new UserError(`${path} has no manifest beside it`)
  try {
    return {
      name: nameOrFolder,
      onnx: readFileSync(path),
      manifest: parseManifest(readFileSync(manifestPath, 'utf8')),
    }
  } catch (error) {
    throw new UserError(`${manifestPath}: ${(error as Error).message}`)
  }
}

/** Put a measurement into the policy's manifest: its evaluation card. */
export function saveEvaluation(nameOrFolder: string, evaluation: PolicyEvaluation): void {
  const { manifest } = loadPolicy(nameOrFolder)
  const path = locate(nameOrFolder).replace(/\.onnx$/, '.json')
  writeFileSync(path, formatManifest({ ...manifest, evaluation }))
}

/** Whether there is such a policy. */
export const isPolicy = (nameOrFolder: string): boolean => find(nameOrFolder) !== undefined

function find(nameOrFolder: string): string | undefined {
  const shipped = join(shippedFolder, `${nameOrFolder}.onnx`)
  const run = join(nameOrFolder, 'policy.onnx')
  return [shipped, run].find((path) => existsSync(path))
}

function locate(nameOrFolder: string): string {
  const path = find(nameOrFolder)
  if (!path) {
    throw new UserError(
      `no policy "${nameOrFolder}"; shipped are ${shippedNames().join(', ') || 'none'}, or give a folder of .runs`,
    )
  }
  return path
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
