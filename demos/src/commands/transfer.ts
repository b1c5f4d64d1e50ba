import { writeFileSync } from 'node:fs'
import { loadPolicy, type PolicyFile, shippedNames } from '../policy-files.ts'
import { findRobot } from '../task-resources.ts'
import { ballSkillTrial, hasBallSkills } from '../transfer/ball-skill-trial.ts'
import type { WireDelay } from '../transfer/delay.ts'
import { divergencePicture } from '../transfer/divergence-picture.ts'
import { type EngineName, engineName } from '../transfer/engines.ts'
import { taskTrial } from '../transfer/task-trial.ts'
import { divergence, divergencePaths, type Trial } from '../transfer/trial.ts'
import { velocityTrial } from '../transfer/velocity-trial.ts'
import { UserError } from '../user-error.ts'

export interface TransferOptions {
  readonly robot?: string
  readonly to: string
  readonly episodes: number
  readonly seconds?: number
  readonly seed: number
  readonly delay: number
  readonly jitter: number
  /** File for the picture. */
  readonly picture?: string
  readonly json?: boolean
}

/** `transfer <policy>`: the same seeds in Rapier and in another engine, side by side. */
export async function transfer(name: string, options: TransferOptions): Promise<void> {
  const to = engineName(options.to)
  const file = loadPolicy(name)
  const { manifest } = file
  if (options.robot && options.robot !== manifest.robot) {
    throw new UserError(`${name} is for ${manifest.robot}, not for ${options.robot}`)
  }
  const { robot } = manifest
  const trials = {
    rapier: await runTrial(file, 'rapier', options),
    [to]: await runTrial(file, to, options),
  } as Readonly<Record<EngineName, Trial>>
  const paths = divergence(
    trials.rapier.beginning,
    trials[to].beginning,
    findRobot(robot).model.dofNames,
  )
  const sides = Object.fromEntries(
    Object.entries(trials).map(([engine, { beginning: _, ...rest }]) => [engine, rest]),
  )
  const result = {
    policy: manifest.name,
    robot,
    ...sides,
    ratio: ratio(trials[to], trials.rapier),
    divergence_rad: paths,
    divergenceWindow_s: trials.rapier.beginning.duration_s,
  }
  process.stderr.write(describe(manifest.name, trials, to, paths))
  if (options.picture) drawDivergence(options.picture, manifest, trials, to)
  if (options.json) process.stdout.write(`${JSON.stringify(result)}\n`)
}

function drawDivergence(
  file: string,
  { name, robot }: PolicyFile['manifest'],
  trials: Readonly<Record<EngineName, Trial>>,
  to: EngineName,
): void {
  const { beginning, episodes } = trials.rapier
  const picture = divergencePicture({
    title: `${name}: ${episodes} episodes`,
    engines: ['rapier', to],
    duration_s: beginning.duration_s,
    joints: divergencePaths(beginning, trials[to].beginning, findRobot(robot).model.dofNames),
  })
  try {
    writeFileSync(file, picture)
  } catch (error) {
    throw new UserError(`the picture cannot be written: ${(error as Error).message}`)
  }
  process.stderr.write(`${file}\n`)
}

export interface EvaluateTransferOptions extends TransferOptions {
  readonly policy: readonly string[]
}

/** `evaluate transfer`: every shipped policy of a robot, and those named, in both engines. */
export async function evaluateTransfer(options: EvaluateTransferOptions): Promise<void> {
  const robot = findRobot(options.robot ?? 'h1').name
  const to = engineName(options.to)
  const names = [
    ...shippedNames().filter((n) => loadPolicy(n).manifest.robot === robot),
    ...options.policy,
  ]
  if (names.length === 0) {
    throw new UserError(
      `no policy for ${robot} is shipped (${shippedNames().join(', ')}); name one with --policy`,
    )
  }
  const policies: Record<string, Record<string, number>> = {}
  for (const name of names) {
    const file = loadPolicy(name)
    const rapier = await runTrial(file, 'rapier', options)
    const other = await runTrial(file, to, options)
    policies[file.manifest.name] = {
      rapier: rapier.success,
      [to]: other.success,
      ratio: ratio(other, rapier),
    }
    const percent = (x: number) => `${(100 * x).toFixed(1)} %`
    process.stderr.write(
      `${file.manifest.name}: rapier ${percent(rapier.success)}, ${to} ${percent(other.success)}\n`,
    )
  }
  if (options.json) process.stdout.write(`${JSON.stringify({ robot, policies })}\n`)
}

/** Policies that sense for themselves walk; those of our tasks do their task; ball skills are judged one by one. */
function runTrial(
  file: PolicyFile,
  engine: EngineName,
  { episodes, seconds, seed, delay, jitter }: TransferOptions,
): Promise<Trial> {
  const wire: { delay?: WireDelay } =
    delay > 0 ? { delay: { mean_ms: delay, jitter_ms: jitter } } : {}
  if (hasBallSkills(file.manifest)) {
    return ballSkillTrial(file, { engine, episodes, seed, ...wire })
  }
  if (!file.manifest.provenance.importedFrom) {
    const length = seconds === undefined ? {} : { episode_s: seconds }
    return taskTrial(file, { engine, episodes, seed, ...length, ...wire })
  }
  return velocityTrial(findRobot(file.manifest.robot), file, {
    engine,
    episodes,
    episode_s: seconds ?? 20,
    velocity: [0.5, 0, 0],
    push: 0.5,
    pushEvery_s: 5,
    seed,
    ...wire,
  })
}

const ratio = (a: Trial, b: Trial): number => (b.success > 0 ? a.success / b.success : Number.NaN)

function describe(
  name: string,
  trials: Readonly<Record<string, Trial>>,
  to: EngineName,
  paths: Readonly<Record<string, number>>,
): string {
  const engines = ['rapier', to]
  const row = (what: string, value: (t: Trial) => string) =>
    `${what.padEnd(28)}${engines.map((e) => value(trials[e]).padStart(12)).join('')}\n`
  const metrics = Object.keys(trials.rapier.metrics)
  const torques = Object.keys(trials.rapier.torque.rms)
  const worst = Object.entries(paths)
    .sort((a, b) => b[1] - a[1])
    .slice(0, 5)
    .map(([joint, rad]) => `${joint} ${rad.toFixed(3)}`)
  const rmsAll = (t: Trial) =>
    Math.sqrt(torques.reduce((sum, j) => sum + t.torque.rms[j] ** 2, 0) / torques.length)
  return [
    row(name, () => '').trimEnd(),
    '\n',
    row('', (t) => engines.find((e) => trials[e] === t) ?? ''),
    row('success', (t) => `${(100 * t.success).toFixed(1)} %`),
    ...metrics.map((m) => row(m, (t) => t.metrics[m].toFixed(3))),
    row('torque, rms N·m', (t) => rmsAll(t).toFixed(2)),
    row('joint samples at the limit', (t) => `${(100 * t.torque.saturated).toFixed(2)} %`),
    row('touchdowns per second', (t) => t.contact.touchdownsPerSecond.toFixed(2)),
    `joints that differ most over the first ${trials.rapier.beginning.duration_s} s, rms rad: ${worst.join(', ')}\n`,
  ].join('')
}
