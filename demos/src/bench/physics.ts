import { createRng, type Rng } from '@skillweave/math'
import type { Robot, Scene, Simulator } from '@skillweave/model'
import { createSimulator } from '@skillweave/sim'
import { comparedPhysics, createMujocoRobot, type MujocoRobot } from './mujoco-robot.ts'
import { median } from './statistics.ts'

export interface PhysicsResult {
  /** Control steps (50 Hz) per second and core, MuJoCo's = 1, at the setting named below. */
  readonly ratioToMujoco: number
  /** Root mean square of the difference from MuJoCo at 5 kHz in joint angles, rad. */
  readonly trackingRms: number
  readonly trackingRmsMujoco: number
  /** Physics steps per second and solver iterations of the fastest that tracks as well as MuJoCo. */
  readonly setting: string
  readonly settings: readonly {
    readonly setting: string
    readonly ratioToMujoco: number
    readonly trackingRms: number
  }[]
}

/** What is compared: physics steps per second, solver substeps, sweeps in each. */
const candidates = [
  { rate: 200, iterations: [2, 8] },
  { rate: 200, iterations: [4, 4] },
  { rate: 400, iterations: [1, 8] },
  { rate: 400, iterations: [2, 4] },
  { rate: 400, iterations: [1, 4] },
] as const

const label = ({ rate, iterations }: (typeof candidates)[number]) =>
  `${rate} Hz (${iterations.join(', ')})`

const control_s = 0.02
const flat: Scene = { ground: { friction: 1, restitution: 0 }, objects: [] }

/**
 * Our simulator against MuJoCo (implicitfast, 200 Hz) on the same robot with the same gains. Speed is
 * CPU time of a robot that stands and moves its joints a little, many robots in one world against one
 * MuJoCo robot, turn by turn so that both meet the same machine. Accuracy is how well both follow
 * random targets with the base bolted, judged by MuJoCo at 5 kHz.
 */
export async function benchPhysics(
  robot: Robot,
  { rounds, nEnvs }: { readonly rounds: number; readonly nEnvs: number },
): Promise<PhysicsResult> {
  const sims: Simulator[] = []
  for (const { rate, iterations } of candidates) {
    const physics = comparedPhysics(1 / rate, iterations)
    sims.push(await createSimulator({ robot, scene: flat, nEnvs, physics }))
  }
  const mujoco = await createMujocoRobot(robot, {
    dt_s: 1 / 200,
    gains: sims[0].gains,
    bolted: false,
    friction: 1,
  })
  const runs = candidates.map((c, i) => () => standOurs(sims[i], c.rate * control_s, robot))
  // Robots on both sides: MuJoCo's single one moves as many seconds as all of ours.
  const runMujoco = () => standMujoco(mujoco, robot, nEnvs)
  const ratios: number[][] = candidates.map(() => [])
  for (const run of [...runs, runMujoco]) run()
  for (let round = 0; round < rounds; round++) {
    runs.forEach((run, i) => {
      const ours = cpuSeconds(run)
      ratios[i].push(cpuSeconds(runMujoco) / ours)
    })
  }
  for (const sim of sims) sim.dispose()
  mujoco.dispose()

  const reference = await track(robot, { rate: 5000 })
  const trackingRmsMujoco = difference(await track(robot, { rate: 200 }), reference)
  const settings = []
  for (let i = 0; i < candidates.length; i++) {
    settings.push({
      setting: label(candidates[i]),
      ratioToMujoco: median(ratios[i]),
      trackingRms: difference(await track(robot, candidates[i]), reference),
    })
  }
  const asGood = settings.filter((s) => s.trackingRms <= 1.1 * trackingRmsMujoco)
  const best = asGood.length > 0 ? fastest(asGood) : mostAccurate(settings)
  return { ...best, trackingRmsMujoco, settings }
}

type Setting = PhysicsResult['settings'][number]
const fastest = (list: readonly Setting[]) =>
  list.reduce((a, b) => (b.ratioToMujoco > a.ratioToMujoco ? b : a))
const mostAccurate = (list: readonly Setting[]) =>
  list.reduce((a, b) => (b.trackingRms < a.trackingRms ? b : a))

/** One second of standing: nominal gains let a robot fall over later than that. */
const standSteps = 50

function standOurs(sim: Simulator, decimation: number, robot: Robot): void {
  const rng = createRng('stand')
  const start = {
    basePos_w: [0, 0, robot.standingHeight],
    baseQuat_w: robot.standingQuat,
    q: robot.qDefault,
  }
  for (let e = 0; e < sim.nEnvs; e++) sim.reset(e, start)
  for (let step = 0; step < standSteps; step++) {
    for (const { qTarget } of sim.controls) wiggle(qTarget, robot, rng)
    sim.step(Math.round(decimation))
  }
}

function standMujoco(mujoco: MujocoRobot, robot: Robot, nRobots: number): void {
  const rng = createRng('stand')
  for (let k = 0; k < nRobots; k++) {
    mujoco.reset()
    for (let step = 0; step < standSteps; step++) {
      wiggle(mujoco.target, robot, rng)
      mujoco.step(Math.round(200 * control_s))
    }
  }
}

function wiggle(target: Float64Array, robot: Robot, rng: Rng): void {
  for (let d = 0; d < target.length; d++) target[d] = robot.qDefault[d] + rng.range(-0.03, 0.03)
}

const trackSeconds = 4

/** Joint angles at every control step while random targets change five times a second. */
async function track(
  robot: Robot,
  engine: { readonly rate: number; readonly iterations?: readonly [number, number] },
): Promise<Float64Array[]> {
  const bolted = hanging(robot)
  const rng = createRng('track')
  const targets = Array.from({ length: 5 * trackSeconds }, () =>
    robot.model.joints.map((joint) => {
      const wanted = robot.qDefault[joint.dof] + rng.range(-0.3, 0.3)
      return Math.min(joint.upper[0], Math.max(joint.lower[0], wanted))
    }),
  )
  const physics = comparedPhysics(1 / 200, engine.iterations ?? [1, 1])
  const dt_s = 1 / engine.rate
  const sim = await createSimulator({
    robot: bolted,
    scene: flat,
    nEnvs: 1,
    physics: { ...physics, dt_s },
  })
  const { gains } = sim
  const mujoco = engine.iterations
    ? undefined
    : await createMujocoRobot(bolted, { dt_s, gains, bolted: true, friction: 1 })
  const q = mujoco ? mujoco.q : sim.states[0].q
  const path: Float64Array[] = []
  for (let step = 0; step < trackSeconds / control_s; step++) {
    const target = targets[Math.floor(step / 10)]
    const nSteps = Math.round(control_s * engine.rate)
    if (mujoco) {
      mujoco.target.set(target)
      mujoco.step(nSteps)
    } else {
      sim.controls[0].qTarget.set(target)
      sim.step(nSteps)
    }
    path.push(Float64Array.from(q))
  }
  mujoco?.dispose()
  sim.dispose()
  return path
}

/** The robot with its base bolted, feet off the ground, joints without limits: PD and dynamics only. */
function hanging(robot: Robot): Robot {
  const free = { lower: [Number.NEGATIVE_INFINITY], upper: [Number.POSITIVE_INFINITY] }
  const joints = robot.model.joints.map((joint) => ({ ...joint, ...free }))
  return {
    ...robot,
    model: { ...robot.model, base: 'fixed', joints },
    standingHeight: robot.standingHeight + 1,
  }
}

function difference(a: readonly Float64Array[], b: readonly Float64Array[]): number {
  let sum = 0
  let n = 0
  a.forEach((row, t) => {
    for (let d = 0; d < row.length; d++, n++) sum += (row[d] - b[t][d]) ** 2
  })
  return Math.sqrt(sum / n)
}

/** CPU time of this process while `run` runs: what others do on the machine counts little. */
function cpuSeconds(run: () => void): number {
  const before = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}
