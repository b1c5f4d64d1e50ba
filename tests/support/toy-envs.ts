import { createRng, type Rng } from '@skillweave/math'
import type { EnvSymmetry, TeachableEnv, VecEnv } from '@skillweave/rl'

/** A task small enough to be written down in a few lines, one copy at a time. */
export interface ToyTask {
  readonly obsSize: number
  readonly actionSize: number
  /** Numbers that describe the state of one copy. */
  readonly stateSize: number
  readonly episodeSteps: number
  readonly symmetry?: EnvSymmetry
  reset(state: Float64Array, rng: Rng): void
  /** Advance; returns the reward. */
  step(state: Float64Array, action: Float32Array): number
  observe(state: Float64Array, obs: Float32Array): void
}

/** The learning interface around a toy task. Episodes start staggered. `metrics`: mean return. */
export function toyEnv(task: ToyTask, { nEnvs, seed }: { nEnvs: number; seed: number }): VecEnv {
  const { obsSize, actionSize, stateSize, episodeSteps } = task
  const obs = new Float32Array(nEnvs * obsSize)
  const rewards = new Float32Array(nEnvs)
  const terminated = new Uint8Array(nEnvs)
  const truncated = new Uint8Array(nEnvs)
  const finalCriticObs = new Float32Array(nEnvs * obsSize)
  const states = Array.from({ length: nEnvs }, () => new Float64Array(stateSize))
  const age = new Int32Array(nEnvs)
  const total = new Float64Array(nEnvs)
  const whole = new Uint8Array(nEnvs)
  let finished: number[] = []
  let rng = createRng(seed)
  const obsOf = (array: Float32Array, e: number) => array.subarray(e * obsSize, (e + 1) * obsSize)
  const begin = (e: number, atAge: number): void => {
    task.reset(states[e], rng)
    age[e] = atAge
    total[e] = 0
    whole[e] = atAge === 0 ? 1 : 0
    task.observe(states[e], obsOf(obs, e))
  }
  const restart = (newSeed: number): void => {
    rng = createRng(newSeed)
    for (let e = 0; e < nEnvs; e++) begin(e, rng.integer(episodeSteps))
  }
  restart(seed)
  return {
    nEnvs,
    actorSize: obsSize,
    criticSize: obsSize,
    actionSize,
    rewardGroups: ['task'],
    actorObs: obs,
    criticObs: obs,
    rewards,
    terminated,
    truncated,
    finalCriticObs,
    restart,
    step: (actions) => {
      for (let e = 0; e < nEnvs; e++) {
        rewards[e] = task.step(states[e], actions.subarray(e * actionSize, (e + 1) * actionSize))
        total[e] += rewards[e]
        truncated[e] = ++age[e] >= episodeSteps ? 1 : 0
        if (truncated[e]) {
          task.observe(states[e], obsOf(finalCriticObs, e))
          if (whole[e]) finished.push(total[e])
          begin(e, 0)
        } else task.observe(states[e], obsOf(obs, e))
      }
    },
    save: () => null,
    restore: () => {},
    metrics: () => {
      const mean = finished.reduce((a, b) => a + b, 0) / finished.length
      finished = []
      return { return: mean }
    },
    ...(task.symmetry ? { symmetry: task.symmetry } : {}),
  }
}

/** Swing up and hold: torque ±2 on a 1 kg, 1 m pendulum; 200 steps of 0.05 s. Return 0 is best. */
export const pendulum: ToyTask = {
  obsSize: 3,
  actionSize: 1,
  stateSize: 2,
  episodeSteps: 200,
  symmetry: {
    actor: { index: [0, 1, 2], sign: [1, -1, -1] },
    critic: { index: [0, 1, 2], sign: [1, -1, -1] },
    action: { index: [0], sign: [-1] },
  },
  reset: (s, rng) => {
    s[0] = rng.range(-Math.PI, Math.PI)
    s[1] = rng.range(-1, 1)
  },
  step: (s, action) => {
    const torque = Math.max(-2, Math.min(2, 2 * action[0]))
    const angle = Math.atan2(Math.sin(s[0]), Math.cos(s[0]))
    const cost = angle ** 2 + 0.1 * s[1] ** 2 + 0.001 * torque ** 2
    const rate = s[1] + (15 * Math.sin(s[0]) + 3 * torque) * 0.05
    s[1] = Math.max(-8, Math.min(8, rate))
    s[0] += s[1] * 0.05
    return -cost
  },
  observe: (s, obs) => {
    obs[0] = Math.cos(s[0])
    obs[1] = Math.sin(s[0])
    obs[2] = s[1]
  },
}

/**
 * A two-link arm in the plane (links 0.5 m, 1 kg, viscous joints) brings its tip to a target.
 * 100 steps of 20 ms; reward -distance + exp(-distance² / 0.01) - a little effort.
 * State: q₁ q₂ dq₁ dq₂ target x y.
 */
export const reacher: ToyTask = {
  obsSize: 10,
  actionSize: 2,
  stateSize: 6,
  episodeSteps: 100,
  reset: (s, rng) => {
    s[0] = rng.range(-Math.PI, Math.PI)
    s[1] = rng.range(-2.5, 2.5)
    s[2] = 0
    s[3] = 0
    const angle = rng.range(-Math.PI, Math.PI)
    const radius = 0.2 + 0.7 * Math.sqrt(rng.uniform())
    s[4] = radius * Math.cos(angle)
    s[5] = radius * Math.sin(angle)
  },
  step: (s, action) => {
    const u1 = Math.max(-1, Math.min(1, action[0]))
    const u2 = Math.max(-1, Math.min(1, action[1]))
    const inertia = 0.25 / 12
    for (let i = 0; i < 4; i++) {
      const [, q2, v1, v2] = s
      const h = 0.125 * Math.sin(q2)
      const c = 0.125 * Math.cos(q2)
      const m11 = 2 * inertia + 0.0625 + 0.3125 + 2 * c
      const m12 = inertia + 0.0625 + c
      const m22 = inertia + 0.0625
      const b1 = 5 * u1 - 0.5 * v1 + h * (2 * v1 * v2 + v2 * v2)
      const b2 = 3 * u2 - 0.3 * v2 - h * v1 * v1
      const det = m11 * m22 - m12 * m12
      s[2] += (0.005 * (m22 * b1 - m12 * b2)) / det
      s[3] += (0.005 * (m11 * b2 - m12 * b1)) / det
      s[0] += 0.005 * s[2]
      s[1] += 0.005 * s[3]
    }
    const d = Math.hypot(tipX(s) - s[4], tipY(s) - s[5])
    return -d + Math.exp(-d * d * 100) - 0.005 * (u1 * u1 + u2 * u2)
  },
  observe: (s, obs) => {
    obs[0] = Math.cos(s[0])
    obs[1] = Math.sin(s[0])
    obs[2] = Math.cos(s[1])
    obs[3] = Math.sin(s[1])
    obs[4] = s[2]
    obs[5] = s[3]
    obs[6] = s[4]
    obs[7] = s[5]
    obs[8] = s[4] - tipX(s)
    obs[9] = s[5] - tipY(s)
  },
}

const tipX = (s: Float64Array): number => 0.5 * Math.cos(s[0]) + 0.5 * Math.cos(s[0] + s[1])
const tipY = (s: Float64Array): number => 0.5 * Math.sin(s[0]) + 0.5 * Math.sin(s[0] + s[1])

/** A toy environment whose teachers see what the student sees and act as it does. */
export function teachable(env: VecEnv, teacherOf: Int32Array): TeachableEnv {
  return Object.assign(env, {
    teacherObs: env.actorObs,
    teacherObsSize: env.actorSize,
    teacherActionSize: env.actionSize,
    teacherOf,
    label: (teacherActions: Float32Array, out: Float32Array) => out.set(teacherActions),
  })
}
