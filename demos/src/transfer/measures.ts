import { distSqAt } from '@skillweave/math'
import { bindSite, type Env, type Task } from '@skillweave/mdp'
import type { Robot } from '@skillweave/model'
import {
  type BenchCommand,
  type BenchName,
  benchEpisode_s,
  benchNames,
  benchTask,
  conditions,
  type ReachTarget,
  type ShotTracker,
  skillbench,
} from '@skillweave/tasks'
import type { Trial } from './trial.ts'

/** What success is in a task, the same as where it is evaluated. */
export interface TaskMeasure {
  /** How long an episode is, unless somebody says otherwise. */
  readonly episode_s: number
  /** The task under the conditions it is measured in; absent: those of training. */
  readonly task?: (robot: Robot) => Task
  bind(env: Env): Measure
}

/** Watches one episode per environment. */
export interface Measure {
  start(e: number): void
  /** After a step; `progress` goes from 0 to 1 over the episode. An ended environment has been reset already. */
  see(e: number, progress: number): void
  result(): Pick<Trial, 'success' | 'metrics'>
}

/** How a task's policies are measured; for those without a measure of their own, that no environment ends by failing. */
export function measureOf(task: string): TaskMeasure {
  if ((benchNames as readonly string[]).includes(task)) return practical(task as BenchName)
  return measures[task] ?? { episode_s: 3, bind: survived }
}

const measures: Readonly<Record<string, TaskMeasure>> = {
  reach: { episode_s: 3, bind: reached },
  scoring: { episode_s: 30, bind: landed },
}

/** SkillBench's practical protocol, see `measurePractical`: below the threshold at some moment, and no fall. */
const practical = (name: BenchName): TaskMeasure => ({
  episode_s: benchEpisode_s(name, 'training'),
  task: (robot) => skillbench(robot, name, conditions.practical),
  bind: (env) => {
    const command = env.command<BenchCommand>('goal')
    const { threshold } = benchTask(name)
    const least = new Float64Array(env.nEnvs).fill(Number.POSITIVE_INFINITY)
    const { fell, ...falls } = watchFalls(env)
    return {
      start: () => {},
      see: (e) => {
        falls.see(e)
        if (!fell[e]) least[e] = Math.min(least[e], command.practicalError(env.states[e]))
      },
      result: () => ({
        success: share(env, (e) => least[e] < threshold && !fell[e]),
        metrics: {
          falls: falls.count(),
          errorLeastMean: least.reduce((a, b) => a + b, 0) / env.nEnvs,
        },
      }),
    }
  },
})

function survived(env: Env): Measure {
  const { fell, see, count } = watchFalls(env)
  return {
    start: () => {},
    see,
    result: () => ({ success: share(env, (e) => !fell[e]), metrics: { failures: count() } }),
  }
}

/** The hand stays within 5 cm of a target that stands still, on average over the last third. */
function reached(env: Env): Measure {
  const target = env.command<ReachTarget>('target')
  const hand = bindSite(env.robot, 'rightPalm')
  const point = new Float64Array(3)
  const sums = new Float64Array(env.nEnvs)
  let samples = 0
  target.held = true
  return {
    start: () => {},
    see: (e, progress) => {
      if (progress < 2 / 3) return
      hand(env.states[e], point, 0)
      sums[e] += Math.sqrt(distSqAt(point, 0, target.position, 3 * e))
      if (e === 0) samples++
    },
    result: () => ({
      success: share(env, (e) => sums[e] / samples < 0.05),
      metrics: { distance_m: sums.reduce((a, b) => a + b, 0) / samples / env.nEnvs },
    }),
  }
}

/** A shot that meets SkillMimic's landing criterion, before a fall if there is one. */
function landed(env: Env): Measure {
  const shots = env.command<ShotTracker>('goal')
  const landings = new Float64Array(env.nEnvs)
  const baskets = new Float64Array(env.nEnvs)
  const { fell, ...falls } = watchFalls(env)
  const sum = (x: Float64Array) => x.reduce((a, b) => a + b, 0)
  return {
    start: () => {},
    see: (e) => {
      falls.see(e)
      if (fell[e]) return
      landings[e] = shots.landings[e]
      baskets[e] = shots.baskets[e]
    },
    result: () => ({
      success: share(env, (e) => landings[e] > 0),
      metrics: { falls: falls.count(), landings: sum(landings), baskets: sum(baskets) },
    }),
  }
}

/** Which environments have failed at some time. */
function watchFalls(env: Env) {
  const fell = new Array<boolean>(env.nEnvs).fill(false)
  return {
    fell,
    see: (e: number) => {
      fell[e] ||= env.terminated[e] === 1
    },
    count: () => fell.filter(Boolean).length,
  }
}

const share = (env: Env, isSuccess: (e: number) => boolean): number =>
  env.states.filter((s) => isSuccess(s.index)).length / env.nEnvs
