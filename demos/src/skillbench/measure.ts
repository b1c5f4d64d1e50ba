import { quatRotateAt, quatRotateInvAt } from '@skillweave/math'
import { createEnv, type Env, type EnvState } from '@skillweave/mdp'
import type { Robot } from '@skillweave/model'
import { createBatchPolicy } from '@skillweave/rl'
import { createSimulator } from '@skillweave/sim'
import {
  type BenchCommand,
  type BenchName,
  benchTask,
  conditions,
  skillbench,
} from '@skillweave/tasks'
import type { PolicyFile } from '../policy-files.ts'
import { requireFit } from '../skill-policies.ts'
import { wilson } from '../wilson.ts'
import { deviation, mean, runEpisodes } from './rollout.ts'

/** The paper's metrics of one policy. Units as in `PublishedResult`. */
export interface PaperResult {
  /** Null when nothing counts: in far-reach, when the robot fell at every goal. */
  readonly error: number | null
  readonly std: number | null
  readonly tilt: number
  readonly height: number
  readonly torque: number
  readonly power: number
}

export interface PracticalResult {
  /** Share of episodes that succeeded, with the bounds of its 95 % Wilson interval. */
  readonly success: number
  readonly low: number
  readonly high: number
  readonly fallRate: number
  /** Mean over the successes; null without one. */
  readonly timeToSuccess_s: number | null
  /** ∫ Σ |τ dq| dt per episode, mean. */
  readonly energy_J: number
}

interface Measurement {
  readonly name: BenchName
  readonly robot: Robot
  readonly file: PolicyFile
  readonly episodes: number
  readonly seed: number
}

/** Tasks whose first episode the paper's script leaves out. */
const firstDiscarded: readonly BenchName[] = ['package-lift', 'package-carry']

/**
 * SkillBlender's protocol: errors at the end of `episodes` short episodes (in far-reach: goals), posture and effort over all steps.
 * A fall ends an episode and its last error counts; in far-reach that goal is skipped.
 */
export async function measurePaper(m: Measurement): Promise<PaperResult> {
  const goals = m.name === 'far-reach' ? 4 : 1
  const discarded = firstDiscarded.includes(m.name) ? 1 : 0
  const { env, policy } = await open(m, 'paper', Math.ceil(m.episodes / goals) + discarded)
  const errors: number[][] = env.states.map(() => [])
  const command = env.command<BenchCommand>('goal')
  command.onGoalEnd = (s) => errors[s.index].push(command.goal.paperError(s))
  const sums = { steps: 0, roll: 0, pitch: 0, height: 0, torque: 0, speed: 0 }
  const x = new Float64Array(3)
  const z = new Float64Array(3)
  await runEpisodes(env, policy, {
    step: (e) => {
      const s = env.states[e]
      const nDof = s.q.length
      // Roll and pitch of roll–pitch–yaw angles: asin and atan2 of the world's z in the base.
      quatRotateInvAt(z, 0, s.linkQuat_w, 0, worldUp, 0)
      quatRotateAt(x, 0, s.linkQuat_w, 0, baseForward, 0)
      sums.steps++
      sums.roll += Math.abs(Math.atan2(z[1], z[2]))
      sums.pitch += Math.abs(Math.asin(Math.min(1, Math.max(-1, -x[2]))))
      sums.height += s.linkPos_w[2]
      for (let i = 0; i < nDof; i++) {
        sums.torque += Math.abs(s.tau[i]) / nDof
        sums.speed += Math.abs(s.dq[i]) / nDof
      }
    },
    end: () => {},
  })
  env.dispose()
  await policy.dispose()
  // An environment whose episode is over goes on while others are not done; that does not count.
  const counted = errors.flatMap((list) => list.slice(0, goals)).slice(discarded)
  const torque = sums.torque / sums.steps
  return {
    error: counted.length > 0 ? mean(counted) : null,
    std: counted.length > 0 ? deviation(counted) : null,
    tilt: (sums.roll + sums.pitch) / (2 * sums.steps),
    height: sums.height / sums.steps,
    torque,
    power: (sums.speed / sums.steps) * torque,
  }
}

const worldUp = [0, 0, 1]
const baseForward = [1, 0, 0]

/**
 * The practical protocol: full episodes with everything that training randomises. An episode succeeds when its error comes below the threshold
 * and the robot does not fall.
 */
export async function measurePractical(m: Measurement): Promise<PracticalResult> {
  const nEnvs = Math.min(128, m.episodes)
  const { env, policy } = await open(m, 'training', nEnvs)
  const { threshold } = benchTask(m.name)
  const dt_s = env.task.controlDt_s
  const solved_s = new Float64Array(nEnvs)
  const energies: number[] = []
  const times: number[] = []
  let energy = new Float64Array(nEnvs)
  let episodes = 0
  let falls = 0
  while (episodes < m.episodes) {
    await env.restart(m.seed + episodes)
    const command = env.command<BenchCommand>('goal')
    solved_s.fill(-1)
    energy = new Float64Array(nEnvs)
    await runEpisodes(env, policy, {
      step: (e) => {
        const s = env.states[e]
        energy[e] += dt_s * jointPower(s)
        if (solved_s[e] < 0 && command.practicalError(s) < threshold) solved_s[e] = s.step * dt_s
      },
      end: (e, fell) => {
        episodes++
        energies.push(energy[e])
        if (fell) falls++
        else if (solved_s[e] >= 0) times.push(solved_s[e])
      },
    })
  }
  env.dispose()
  await policy.dispose()
  return {
    ...wilson(times.length, episodes),
    fallRate: falls / episodes,
    timeToSuccess_s: times.length > 0 ? mean(times) : null,
    energy_J: mean(energies),
  }
}

function jointPower(s: EnvState): number {
  let sum = 0
  for (let i = 0; i < s.q.length; i++) sum += Math.abs(s.tau[i] * s.dq[i])
  return sum
}

async function open(
  { name, robot, file, seed }: Measurement,
  use: 'training' | 'paper',
  nEnvs: number,
): Promise<{ env: Env; policy: Awaited<ReturnType<typeof createBatchPolicy>> }> {
  const task = skillbench(robot, name, conditions[use === 'paper' ? 'paper' : 'practical'], use)
  const env = await createEnv({ task, robot, nEnvs, seed, createSimulator })
  requireFit(file, env)
  return { env, policy: await createBatchPolicy(file.onnx) }
}
