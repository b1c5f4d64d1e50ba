import {
  createSensedPolicy,
  createSensedState,
  senseSimulated,
  withPolicyGains,
} from '@skillweave/controllers'
import { createRng, yawOf } from '@skillweave/math'
import { type Robot, roleIndex } from '@skillweave/model'
import type { PolicyFile } from '../policy-files.ts'
import type { WireDelay } from './delay.ts'
import { type EngineName, engineBehindWire } from './engines.ts'
import { type Trial, watchTrial } from './trial.ts'

export interface VelocityTrialOptions {
  readonly engine: EngineName
  readonly episodes: number
  readonly episode_s: number
  /** m/s forward, m/s left, rad/s. */
  readonly velocity: readonly [number, number, number]
  /** Sudden change of the whole body's velocity in a random horizontal direction, m/s, every `pushEvery_s`. */
  readonly push: number
  readonly pushEvery_s: number
  readonly seed: number
  readonly delay?: WireDelay
}

/** Until the walk is steady the velocity does not count. */
const startUp_s = 2
/** Physics steps in a control step: 400 Hz at 50 Hz control. */
const decimation = 8

/**
 * Walk at a commanded velocity with pushes. An episode succeeds when the robot does not fall: its base stays
 * above 60 % of its standing height. All episodes run side by side; a fallen robot is no longer counted.
 */
export async function velocityTrial(
  robot: Robot,
  { onnx, manifest }: PolicyFile,
  options: VelocityTrialOptions,
): Promise<Trial> {
  const { episodes, velocity, seed } = options
  const dt_s = manifest.controlDt_s
  const physics = {
    dt_s: dt_s / decimation,
    solverIterations: 2,
    pgsIterations: 8,
    groundContact: 'all',
    selfCollision: false,
    footContact: true,
  } as const
  const scene = { ground: { friction: 1, restitution: 0 }, objects: [] }
  const strong = withPolicyGains(robot, manifest)
  const sim = await engineBehindWire(options)({ robot: strong, scene, nEnvs: episodes, physics })
  const policies = sim.states.map(() => createSensedPolicy({ onnx, manifest, robot: strong }))
  const sensed = createSensedState(strong)
  const watch = watchTrial(sim, {
    controlDt_s: dt_s,
    beginning_s: Math.min(1, options.episode_s),
  })
  const rng = createRng(seed)
  const start = startPose(strong, manifest.action)
  for (let e = 0; e < episodes; e++) {
    const q = start.map((x) => x + rng.range(-0.02, 0.02))
    sim.reset(e, { basePos_w: [0, 0, robot.standingHeight], baseQuat_w: robot.standingQuat, q })
  }

  const pushes = createRng(seed).fork('pushes')
  const base = roleIndex(robot, 'base')
  const hasFallen = new Array<boolean>(episodes).fill(false)
  const sum = { forward: 0, error: 0, samples: 0 }
  const nSteps = Math.round(options.episode_s / dt_s)
  const pushSteps = Math.round(options.pushEvery_s / dt_s)
  for (let step = 0; step < nSteps; step++) {
    for (let e = 0; e < episodes; e++) {
      if (hasFallen[e]) continue
      senseSimulated(sim.states[e], sensed)
      policies[e].decide(sensed, { velocity }, sim.controls[e].qTarget)
    }
    if (options.push > 0 && step > 0 && step % pushSteps === 0) {
      for (let e = 0; e < episodes; e++) {
        const angle = pushes.range(-Math.PI, Math.PI)
        sim.addVelocity(e, [options.push * Math.cos(angle), options.push * Math.sin(angle), 0])
      }
    }
    sim.step(decimation)
    for (let e = 0; e < episodes; e++) {
      if (hasFallen[e]) continue
      const s = sim.states[e]
      watch.see(e, step)
      hasFallen[e] = !(s.linkPos_w[3 * base + 2] > 0.6 * robot.standingHeight)
      if (step * dt_s < startUp_s) continue
      const yaw = yawOf(s.linkQuat_w)
      const [vx, vy] = s.linkLinVel_w
      const forward = Math.cos(yaw) * vx + Math.sin(yaw) * vy
      const left = Math.cos(yaw) * vy - Math.sin(yaw) * vx
      sum.forward += forward
      sum.error += Math.hypot(forward - velocity[0], left - velocity[1])
      sum.samples++
    }
  }
  sim.dispose()
  const falls = hasFallen.filter(Boolean).length
  return {
    episodes,
    success: 1 - falls / episodes,
    metrics: {
      falls,
      velocityError_mps: sum.error / sum.samples,
      forwardMean_mps: sum.forward / sum.samples,
    },
    ...watch.summary(),
  }
}

/** The pose that actions are offsets from, with the other joints as the robot has them. */
function startPose(
  robot: Robot,
  action: { readonly joints: readonly string[]; readonly offset: readonly number[] },
): number[] {
  return robot.model.dofNames.map((name, d) => {
    const i = action.joints.indexOf(name)
    return i < 0 ? robot.qDefault[d] : action.offset[i]
  })
}
