import {
  bindSite,
  createEnv,
  type DrawnCommand,
  type Env,
  type HeightCommand,
  type SiteTargets,
  type VelocityCommand,
} from '@skillweave/mdp'
import type { Robot } from '@skillweave/model'
import { createBatchPolicy } from '@skillweave/rl'
import { createSimulator } from '@skillweave/sim'
import {
  conditions,
  gaitPeriod_s,
  type PrimitiveName,
  primitiveNames,
  primitives,
} from '@skillweave/tasks'
import { type PolicyFile, saveEvaluation } from '../policy-files.ts'
import { hasPolicy, policyFor, requireFit } from '../skill-policies.ts'
import { drawCurve } from '../skillbench/curve-picture.ts'
import { writePage } from '../skillbench/page.ts'
import {
  docsFolder,
  measuredPolicy,
  type PrimitiveEntry,
  storeEntries,
} from '../skillbench/records.ts'
import { type EpisodeWatch, mean, median, runEpisodes } from '../skillbench/rollout.ts'
import { findRobot } from '../task-resources.ts'
import { textTable } from '../text-table.ts'
import { UserError } from '../user-error.ts'

export interface EvaluatePrimitivesOptions {
  readonly robot: string
  readonly episodes: number
  readonly seed: number
  /** Only these. */
  readonly skill?: string
  /** Write the results into the policies' manifests. */
  readonly card?: boolean
  /** Keep the results and write the page anew. */
  readonly page?: boolean
  /** Folder of the page. */
  readonly docs?: string
  readonly json?: boolean
}

type Results = Record<string, number>

/** Measures one skill, episode by episode; errors wait until they are asked for. */
interface SkillWatch extends EpisodeWatch {
  results(): Results
}

/**
 * `evaluate primitives`: each skill alone, deterministic, with sensor noise, action lag, random friction,
 * mass and gains, and pushes on the whole body (docs/skillblender.md, Measurement).
 */
export async function evaluatePrimitives(options: EvaluatePrimitivesOptions): Promise<void> {
  const robot = findRobot(options.robot)
  const { episodes, seed } = options
  const entries: PrimitiveEntry[] = []
  for (const name of chosenSkills(robot, options.skill)) {
    const file = policyFor(name, robot)
    const measured = await evaluateSkill(name, robot, file, options)
    // A robot that falls at once has no error to write down.
    const known = Object.entries(measured).filter(([, v]) => Number.isFinite(v))
    const result: Results = Object.fromEntries(known)
    const command = `pnpm evaluate primitives --robot ${robot.name} --skill ${name} --episodes ${episodes} --seed ${seed}`
    if (options.card) saveEvaluation(file.name, { command, results: result })
    const policy = measuredPolicy(file)
    entries.push({ protocol: 'primitives', task: name, command, seed, episodes, policy, result })
    process.stderr.write(`${file.name}: done\n`)
  }
  process.stdout.write(textTable(tableOf(entries)))
  if (options.page) writeResults(robot.name, entries, options.docs ?? docsFolder)
  if (options.json) {
    const skills = Object.fromEntries(entries.map(({ task, result }) => [task, result]))
    process.stdout.write(`${JSON.stringify({ robot: robot.name, episodes, seed, skills })}\n`)
  }
}

function writeResults(robot: string, entries: readonly PrimitiveEntry[], docs: string): void {
  storeEntries(docs, robot, entries)
  for (const { policy } of entries) drawCurve(docs, policy.name)
  process.stderr.write(`wrote ${writePage(docs)}\n`)
}

/** What is said of a skill, in whose unit, and what it should be. */
const measures: readonly (readonly [key: string, title: string, digits: number])[] = [
  ['velocityError_mps', 'velocity error, m/s', 3],
  ['yawRateError_radps', 'yaw rate error, rad/s', 3],
  ['footClearance_m', 'foot clearance, m', 3],
  ['error_m', 'error, m', 4],
  ['fallRate', 'falls per 20 s', 4],
  ['episodes', 'episodes', 0],
]

/** One row per number, so that skills with different numbers fit one table. */
const tableOf = (entries: readonly PrimitiveEntry[]): string[][] => [
  ['skill', 'measure', 'value'],
  ...entries.flatMap(({ task, result }) =>
    measures
      .filter(([key]) => result[key] !== undefined)
      .map(([key, title, digits]) => [task, title, result[key].toFixed(digits)]),
  ),
]

function chosenSkills(robot: Robot, skill: string | undefined): readonly PrimitiveName[] {
  if (skill !== undefined) {
    if ((primitiveNames as readonly string[]).includes(skill)) return [skill as PrimitiveName]
    throw new UserError(`no primitive "${skill}"; there are ${primitiveNames.join(', ')}`)
  }
  const trained = primitiveNames.filter((name) => hasPolicy(name, robot))
  for (const name of primitiveNames) {
    if (!trained.includes(name)) process.stderr.write(`${robot.name} has no policy for ${name}\n`)
  }
  // None at all is a mistake; the error says how to train the first.
  if (trained.length === 0) policyFor(primitiveNames[0], robot)
  return trained
}

async function evaluateSkill(
  name: PrimitiveName,
  robot: Robot,
  file: PolicyFile,
  { episodes, seed }: EvaluatePrimitivesOptions,
): Promise<Results> {
  const policy = await createBatchPolicy(file.onnx)
  const task = primitives[name].create(robot, conditions.practical)
  const nEnvs = Math.min(128, episodes)
  const env = await createEnv({ task, robot, nEnvs, seed, createSimulator })
  requireFit(file, env)
  const watch = name === 'walking' ? watchWalking(env) : watchTarget(env, name)
  let falls = 0
  let done = 0
  while (done < episodes) {
    // Whole batches: an episode that is cut out of one would be one that ended early.
    await env.restart(seed + done)
    await runEpisodes(env, policy, {
      step: watch.step,
      end: (e, fell) => {
        if (fell) falls++
        watch.end(e, fell)
      },
    })
    done += nEnvs
  }
  const results = { ...watch.results(), fallRate: falls / done, episodes: done }
  env.dispose()
  await policy.dispose()
  return results
}

/** Velocity averaged over a gait cycle against the command, and the height of every swing. */
function watchWalking(env: Env): SkillWatch {
  const { nEnvs, robot } = env
  const dt_s = env.task.controlDt_s
  const cycle = Math.round(gaitPeriod_s / dt_s)
  const command = () => env.command<VelocityCommand>('goal')
  const soles = ['leftSole', 'rightSole'].map((site) => bindSite(robot, site))
  const feet = [robot.roles.leftFoot, robot.roles.rightFoot].map((link = '') =>
    robot.feet.indexOf(link),
  )
  /** Forward, left, yaw rate of the last cycle, a ring. [nEnvs, cycle, 3] */
  const ring = new Float64Array(3 * cycle * nEnvs)
  const count = new Int32Array(nEnvs)
  const swing = new Float64Array(2 * nEnvs)
  const point = new Float64Array(3)
  const speedErrors: number[] = []
  const yawErrors: number[] = []
  const clearances: number[] = []
  return {
    step: (e) => {
      const s = env.states[e]
      const at = 3 * (cycle * e + (count[e]++ % cycle))
      const v = s.linkLinVel_w
      ring[at] = s.headingCos * v[0] + s.headingSin * v[1]
      ring[at + 1] = -s.headingSin * v[0] + s.headingCos * v[1]
      ring[at + 2] = s.linkAngVel_w[2]
      soles.forEach((sole, i) => {
        sole(s, point, 0)
        const k = 2 * e + i
        if (s.footContact[feet[i]] === 0) swing[k] = Math.max(swing[k], point[2])
        else {
          // A foot that only scuffs is a swing too, one of little height.
          if (swing[k] > 0) clearances.push(swing[k])
          swing[k] = 0
        }
      })
      const goal = command()
      const o = goal.at(s)
      if (count[e] < cycle || goal.age_s(s) < 1) return
      const sums = [0, 0, 0]
      for (let i = 0; i < 3 * cycle; i++) sums[i % 3] += ring[3 * cycle * e + i]
      const [x, y, turn] = sums.map((sum) => sum / cycle)
      speedErrors.push(Math.hypot(x - goal.all[o], y - goal.all[o + 1]))
      yawErrors.push(Math.abs(turn - goal.all[o + 2]))
    },
    end: (e) => {
      count[e] = 0
      swing.fill(0, 2 * e, 2 * e + 2)
    },
    results: () => ({
      velocityError_mps: mean(speedErrors),
      yawRateError_radps: mean(yawErrors),
      footClearance_m: median(clearances),
    }),
  }
}

/** Mean absolute error at the last step before a new target comes. */
function watchTarget(env: Env, name: Exclude<PrimitiveName, 'walking'>): SkillWatch {
  const errors: number[] = []
  const dt_s = env.task.controlDt_s
  const hold_s = 1.5
  const read = (e: number): number => {
    const s = env.states[e]
    if (name === 'squatting') return Math.abs(env.command<HeightCommand>('goal').error(s))
    const error = env.command<SiteTargets>('goal').error(s)
    const kept = Array.from(error).filter((_, i) => name === 'reaching' || i % 3 !== 2)
    return mean(kept.map(Math.abs))
  }
  return {
    step: (e) => {
      const age_s = env.command<DrawnCommand>('goal').age_s(env.states[e])
      if (age_s > hold_s - 1.5 * dt_s) errors.push(read(e))
    },
    end: () => {},
    results: () => ({ error_m: mean(errors) }),
  }
}
