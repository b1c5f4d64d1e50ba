import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { createSensedPolicy, createSensedState } from '@skillweave/controllers'
import { createRng } from '@skillweave/math'
import type { Robot } from '@skillweave/model'
import { type OnnxModel, readOnnx, writeOnnx } from '@skillweave/policy'
import {
  buildManifest,
  describeImport,
  type ForeignPolicy,
  readDeployYaml,
  readIoDescriptors,
  readMjlabMetadata,
  readRlGymConfig,
  torchScriptToOnnx,
} from '@skillweave/policy-import'
import { loadPolicy, savePolicy } from '../policy-files.ts'
import { findRobot } from '../task-resources.ts'
import { UserError } from '../user-error.ts'

export interface PolicyImportOptions {
  readonly robot: string
  /** Folder for policy.onnx and policy.json; absent: only look. */
  readonly out?: string
  /** Control period for files that do not say it, s. */
  readonly period?: number
  /** Meanings of observation names, `theirs=ours`. */
  readonly term: readonly string[]
  readonly json?: boolean
}

/** `policy import <folder|file>`: build a manifest for another project's policy and print what was inferred. */
export function policyImport(path: string, options: PolicyImportOptions): void {
  const files = findFiles(path)
  const robot = findRobot(options.robot)
  const name = basename(options.out ?? resolve(dirname(files.network)))
  const { bytes, foreign, manifest } = asUserError(() => {
    const { onnx, bytes: network, read } = readForeign(files, robot, options)
    const built = buildManifest(read, {
      name,
      robot,
      onnx,
      meanings: Object.fromEntries(options.term.map(meaning)),
      command: `pnpm policy import ${basename(path)} --robot ${options.robot}`,
      files: hashes(files),
    })
    return { bytes: network, foreign: read, manifest: built }
  })
  const text = describeImport(foreign, manifest, robot)
  process[options.json ? 'stderr' : 'stdout'].write(text)
  if (options.out) savePolicy(options.out, 'policy', bytes, manifest)
  if (options.json) process.stdout.write(`${JSON.stringify(manifest)}\n`)
}

export interface PolicyCheckOptions {
  /** JSON lines of `{sensed: {q, dq, baseQuat_wb, angVel_b}, commands, observation}` to compare with. */
  readonly reference?: string
  readonly json?: boolean
}

/**
 * `policy check <policy>`: run a policy dry, its output shown and sent nowhere, and compare its observation with a
 * recorded one. Exit code 2 when they differ by more than 1e-4.
 */
export function policyCheck(name: string, options: PolicyCheckOptions): void {
  const file = loadPolicy(name)
  const { manifest } = file
  const robot = findRobot(manifest.robot)
  const policy = asUserError(() => createSensedPolicy({ ...file, robot }))
  const sensed = createSensedState(robot)
  sensed.linVel_b.fill(0)
  const qTarget = new Float64Array(robot.qDefault.length)
  const rng = createRng('check')
  let furthest = 0
  let beyond = 0
  for (let i = 0; i < 200; i++) {
    for (let d = 0; d < qTarget.length; d++) {
      sensed.q[d] = robot.qDefault[d] + rng.range(-0.05, 0.05)
      sensed.dq[d] = rng.range(-0.5, 0.5)
    }
    policy.decide(sensed, { velocity: [0, 0, 0] }, qTarget)
    for (const { dof, lower, upper } of robot.model.joints) {
      furthest = Math.max(furthest, Math.abs(qTarget[dof] - robot.qDefault[dof]))
      if (qTarget[dof] < lower[0] || qTarget[dof] > upper[0]) beyond++
    }
  }
  const difference = options.reference
    ? compareObservations(readFileSync(options.reference, 'utf8'), policy, sensed, qTarget)
    : undefined
  const result = {
    policy: manifest.name,
    robot: manifest.robot,
    observation: policy.observation.length,
    actions: policy.action.length,
    dryRun: { furthestTarget_rad: furthest, beyondLimits: beyond / (200 * qTarget.length) },
    ...(difference ? { reference: difference } : {}),
  }
  process.stdout.write(`${JSON.stringify(result, null, options.json ? 0 : 2)}\n`)
  if (difference && difference.differenceMax > 1e-4) {
    throw new UserError(
      `the observation differs from the reference by ${difference.differenceMax} at number ${difference.at} of line ${difference.line}`,
    )
  }
}

function compareObservations(
  text: string,
  policy: ReturnType<typeof createSensedPolicy>,
  sensed: ReturnType<typeof createSensedState>,
  qTarget: Float64Array,
): { lines: number; differenceMax: number; at: number; line: number } {
  const lines = text.split('\n').filter((l) => l.trim() !== '')
  let worst = { lines: lines.length, differenceMax: 0, at: 0, line: 1 }
  policy.reset()
  lines.forEach((line, n) => {
    const record = JSON.parse(line)
    for (const key of ['q', 'dq', 'baseQuat_wb', 'angVel_b'] as const) {
      const values = record.sensed?.[key]
      if (!Array.isArray(values) || values.length !== sensed[key].length) {
        throw new UserError(
          `line ${n + 1}: sensed.${key} has ${values?.length ?? 'no'} values, expected ${sensed[key].length}`,
        )
      }
      sensed[key].set(values)
    }
    policy.decide(sensed, record.commands ?? {}, qTarget)
    policy.observation.forEach((value, at) => {
      const difference = Math.abs(value - record.observation[at])
      if (!(difference <= worst.differenceMax)) {
        worst = { ...worst, differenceMax: difference, at, line: n + 1 }
      }
    })
  })
  return worst
}

interface ForeignFiles {
  /** An .onnx file, or a .pt file of TorchScript. */
  readonly network: string
  readonly sidecar?: string
}

const sidecars = [
  'deploy.yaml',
  'params/deploy.yaml',
  'IO_descriptors.yaml',
  'params/IO_descriptors.yaml',
]

/** The one network, and the one sidecar we can read beside or above it. */
function findFiles(path: string): ForeignFiles {
  if (!existsSync(path)) throw new UserError(`there is no ${path}`)
  const isFolder = statSync(path).isDirectory()
  const folder = isFolder ? path : dirname(path)
  const inside = (ending: string): string[] =>
    ['', 'exported'].flatMap((sub) => {
      const place = join(folder, sub)
      return existsSync(place)
        ? readdirSync(place)
            .filter((f) => f.endsWith(ending))
            .map((f) => join(place, f))
        : []
    })
  const networks = isFolder ? [...inside('.onnx'), ...inside('.pt')] : [path]
  if (networks.length !== 1) {
    const found = networks.map((f) => basename(f)).join(', ') || readdirSync(folder).join(', ')
    throw new UserError(`${path}: expected one .onnx or .pt file, found ${found}`)
  }
  const [network] = networks
  if (network.endsWith('.pt')) return { network, sidecar: onlyYaml(folder) }
  const sidecar = sidecars.map((s) => join(folder, s)).find((s) => existsSync(s))
  return { network, ...(sidecar ? { sidecar } : {}) }
}

/** The configuration beside a TorchScript file, whose name is the robot's. */
function onlyYaml(folder: string): string {
  const found = readdirSync(folder).filter((f) => /\.ya?ml$/.test(f))
  if (found.length === 1) return join(folder, found[0])
  throw new UserError(
    `${folder}: expected one .yaml beside the .pt file, unitree_rl_gym's configuration of the deployment; found ${found.join(', ') || 'none'}`,
  )
}

function readForeign(
  { network, sidecar }: ForeignFiles,
  robot: Robot,
  options: PolicyImportOptions,
): { onnx: OnnxModel; bytes: Uint8Array; read: ForeignPolicy } {
  const bytes = readFileSync(network)
  if (network.endsWith('.pt')) {
    const scripted = torchScriptToOnnx(bytes)
    const read = readRlGymConfig(readFileSync(sidecar as string, 'utf8'), robot, scripted)
    return { onnx: scripted.onnx, bytes: writeOnnx(scripted.onnx), read }
  }
  const onnx = readOnnx(bytes)
  return { onnx, bytes, read: readBesideOnnx(onnx, sidecar, robot, options) }
}

function readBesideOnnx(
  onnx: OnnxModel,
  sidecar: string | undefined,
  robot: Robot,
  options: PolicyImportOptions,
): ForeignPolicy {
  if (sidecar?.endsWith('deploy.yaml')) return readDeployYaml(readFileSync(sidecar, 'utf8'), robot)
  if (sidecar) return readIoDescriptors(readFileSync(sidecar, 'utf8'))
  if (onnx.metadata.joint_names !== undefined) {
    return readMjlabMetadata(onnx.metadata, options.period)
  }
  const keys = Object.keys(onnx.metadata).join(', ') || 'none'
  throw new Error(
    `nothing says what the numbers mean: no ${sidecars.join(', ')} and no mjlab metadata in the ONNX (its keys: ${keys})`,
  )
}

const hashes = (files: ForeignFiles): Record<string, string> =>
  Object.fromEntries(
    Object.values(files).map((file: string) => [
      basename(file),
      createHash('sha256').update(readFileSync(file)).digest('hex'),
    ]),
  )

function meaning(text: string): [string, string] {
  const [theirs, ours, ...rest] = text.split('=')
  if (theirs && ours && rest.length === 0) return [theirs, ours]
  throw new UserError(`--term ${text}: expected theirs=ours`)
}

/** What is wrong with files of others is for the user to mend. */
function asUserError<T>(run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw new UserError((error as Error).message)
  }
}
