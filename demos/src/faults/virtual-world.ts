import { createRng, type Rng } from '@skillweave/math'
import {
  type Channel,
  createDecoder,
  createEncoder,
  createFrame,
  declareChannel,
  type RejectReason,
  robotCommandSpec,
  robotStateSpec,
} from '@skillweave/protocol'
import {
  createRobotEnd,
  type Measurement,
  type MotorCommand,
  type RobotEnd,
  type RobotProfile,
  stateCode,
} from '@skillweave/robot-end'
import { createWireController, type Decide, type WireController } from '../robot/wire-controller.ts'
import { createPlant, type Plant } from './plant.ts'
import { createVirtualLink, type LinkFaults, type VirtualLink } from './virtual-link.ts'

const joints = ['hip', 'knee', 'ankle']

/** Joints of these names, none of which slides. */
export const turning = (names: readonly string[]) => ({ names, isSlide: names.map(() => false) })

/** A small robot with figures that are easy to check by hand. */
export const testProfile: RobotProfile = {
  robot: 'leg',
  real: false,
  joints,
  lower: [-1, 0, -0.8],
  upper: [1, 2, 0.8],
  velocity: [10, 12, 8],
  effort: [40, 40, 20],
  kpMax: [100, 100, 50],
  kdMax: [5, 5, 2],
  startPose: [0, 0.5, -0.2],
  poseKp: [80, 80, 40],
  poseKd: [4, 4, 2],
  dampKd: [4, 4, 2],
  tickDt_s: 0.002,
  dampAfter_ms: 240,
  startErrorMax: 0.3,
  tiltMax: null,
  commandRateMax_hz: 250,
}

/** A controller at its end of a link. Everything about it can go wrong. */
export interface VirtualController {
  readonly name: string
  readonly wire: WireController
  decide: Decide
  readonly toRobot: VirtualLink
  readonly fromRobot: VirtualLink
  /** A paused one reads nothing and sends nothing; what came waits for it. */
  isPaused: boolean
}

/** One process, seeded, virtual time: a robot end, its joints, and controllers across links. */
export interface VirtualWorld {
  readonly end: RobotEnd
  readonly plant: Plant
  readonly channels: { readonly state: Channel; readonly command: Channel }
  readonly rng: Rng
  readonly now_s: number
  /** The last output. */
  readonly output: MotorCommand
  /** What the checker found, with the time; empty while all invariants hold. */
  readonly violations: readonly string[]
  /** Frames that went over links. */
  readonly frames: number
  /** Replace what the robot measures. */
  measure: (m: Measurement) => Measurement
  addController(name: string, decide?: Decide, faults?: LinkFaults): VirtualController
  /** Get the lease for a controller and bring the robot to `active` with it. */
  activate(controller: VirtualController): void
  /** Put a frame before the robot end now, past all links; the checker knows of it. */
  offer(bytes: Uint8Array): RejectReason | null
  /** Advance; each tick delivers, decides, acts and checks. */
  run(duration_s: number, each?: () => void): void
}

export interface VirtualWorldOptions {
  readonly seed: number
  readonly profile?: RobotProfile
  /** Difference between this robot's clock and the world's: commands echo, so nothing may depend on it. */
  readonly clockOffset_s?: number
  readonly firstEpoch?: number
}

export function createVirtualWorld(options: VirtualWorldOptions): VirtualWorld {
  const { profile = testProfile, clockOffset_s = 0 } = options
  const rng = createRng(options.seed)
  const channels = {
    state: declareChannel(1, robotStateSpec(profile.robot, turning(profile.joints))),
    command: declareChannel(2, robotCommandSpec(profile.robot, turning(profile.joints))),
  }
  const end = createRobotEnd({
    profile,
    channel: channels.command,
    firstEpoch: options.firstEpoch ?? rng.integer(2 ** 32),
  })
  const plant = createPlant(profile)
  const encoder = createEncoder(channels.state)
  const decoder = createDecoder(channels.state)
  const seen = createFrame(channels.state)
  const controllers: VirtualController[] = []
  const check = createChecker(profile, end, plant)
  let ticks = 0
  let output = end.tick(measurement(plant, clockOffset_s), clockOffset_s)
  let frames = 0
  end.linkUp(clockOffset_s)

  const world: VirtualWorld = {
    end,
    plant,
    channels,
    rng,
    get now_s() {
      return ticks * profile.tickDt_s + clockOffset_s
    },
    get output() {
      return output
    },
    violations: check.violations,
    get frames() {
      return frames
    },
    measure: (m) => m,
    addController: (name, decide = stay(profile), faults) => {
      const controller: VirtualController = {
        name,
        decide,
        wire: createWireController(channels.command, (state, command, time_s) =>
          controller.decide(state, command, time_s),
        ),
        toRobot: createVirtualLink(rng.fork(`${name}/to`), faults),
        fromRobot: createVirtualLink(rng.fork(`${name}/from`), faults),
        isPaused: false,
      }
      controllers.push(controller)
      return controller
    },
    activate: (controller) => {
      const lease = end.requestLease(
        controller.name,
        'controller',
        channels.command.hash,
        world.now_s,
      )
      if (!lease.ok) throw new Error(lease.text)
      controller.wire.epoch = lease.epoch
      const failures = end.runPreflight(controller.name, world.now_s)
      if (failures.length > 0) throw new Error(failures.join('; '))
      must(end.pose(controller.name, world.now_s))
      world.run(3.2)
      must(end.start(controller.name, world.now_s))
      world.run(0.5)
      if (end.state !== 'active') throw new Error(`the robot is ${end.state}, expected active`)
    },
    offer: (bytes) => {
      frames++
      const reason = end.offer(bytes, world.now_s)
      check.offered(bytes, reason === null)
      return reason
    },
    run: (duration_s, each) => {
      const last = ticks + Math.round(duration_s / profile.tickDt_s)
      while (ticks < last) {
        step()
        each?.()
      }
    },
  }

  function step(): void {
    const { now_s } = world
    for (const { toRobot } of controllers) {
      for (const bytes of toRobot.take(now_s)) world.offer(bytes)
    }
    output = end.tick(world.measure(measurement(plant, now_s)), now_s)
    check.ticked(output, now_s)
    plant.step(output, profile.tickDt_s)
    // States at 50 Hz are what a controller acts on.
    if (ticks % Math.round(0.02 / profile.tickDt_s) === 0) publish(now_s)
    for (const c of controllers) {
      if (c.isPaused) continue
      for (const bytes of c.fromRobot.take(now_s)) {
        if (decoder.decode(bytes, seen) === null) c.toRobot.send(c.wire.answer(seen), now_s)
      }
    }
    ticks++
  }

  function publish(now_s: number): void {
    encoder.values.q.set(plant.q)
    encoder.values.dq.set(plant.dq)
    encoder.values.state[0] = stateCode(end.state)
    const bytes = encoder.encode(now_s)
    for (const { fromRobot } of controllers) {
      frames++
      fromRobot.send(bytes, now_s)
    }
  }
  return world
}

const measurement = (plant: Plant, stamp_s: number): Measurement => ({
  stamp_s,
  q: plant.q,
  dq: plant.dq,
  imuQuat_wb: [0, 0, 0, 1],
  gyro_b: [0, 0, 0],
  accel_b: [0, 0, 9.81],
})

/** Hold the start pose with a little life in it. */
const stay =
  (profile: RobotProfile): Decide =>
  (_state, command, time_s) => {
    for (let i = 0; i < profile.joints.length; i++) {
      command.qTarget[i] = profile.startPose[i] + 0.1 * Math.sin(4 * time_s + i)
      command.kp[i] = profile.poseKp[i]
      command.kd[i] = profile.poseKd[i]
    }
  }

function must(
  outcome: { readonly ok: true } | { readonly ok: false; readonly text: string },
): void {
  if (!outcome.ok) throw new Error(outcome.text)
}

/**
 * What must hold at the joints at every tick, whatever happens before: nothing older than its validity acts, nothing
 * outside limits goes out, one epoch acts and it is the lease's, and a stopped robot is not driven.
 */
function createChecker(profile: RobotProfile, end: RobotEnd, plant: Plant) {
  const violations: string[] = []
  const torqueMax = profile.effort.map((e) => 0.85 * e + 1e-9)
  const before = Float64Array.from(plant.q)
  let validFor_s = 0
  let wasDriven = false
  const note = (now_s: number, text: string) => {
    if (violations.length < 20) violations.push(`${now_s.toFixed(3)} s: ${text}`)
  }
  return {
    violations,
    offered: (bytes: Uint8Array, isAccepted: boolean) => {
      if (!isAccepted) return
      const view = new DataView(bytes.buffer, bytes.byteOffset)
      validFor_s = view.getUint16(32, true) / 1000
      if (view.getUint32(16, true) !== end.lease?.epoch) {
        note(0, 'a command of another epoch was accepted')
      }
    },
    ticked: ({ qTarget, dqTarget, tauFf, kp, kd }: MotorCommand, now_s: number) => {
      const age_s = end.actingAge_s
      if (age_s !== null && age_s > validFor_s + 1e-6) {
        note(now_s, `a command ${age_s} s old acts, valid for ${validFor_s} s`)
      }
      if (age_s !== null && !end.lease) note(now_s, 'a command acts without a lease')
      const isDriven = kp.some((k) => k > 0)
      const { state } = end
      if (isDriven && (state === 'stopped' || state === 'idle' || state === 'damping')) {
        note(now_s, `a joint is driven while ${state}`)
      }
      for (let i = 0; i < kp.length; i++) {
        const all = [qTarget[i], dqTarget[i], tauFf[i], kp[i], kd[i]]
        if (!all.every(Number.isFinite)) note(now_s, `${profile.joints[i]} gets ${all.join(', ')}`)
        if (kp[i] < 0 || kp[i] > profile.kpMax[i] || kd[i] < 0 || kd[i] > profile.kdMax[i]) {
          note(now_s, `gains ${kp[i]}, ${kd[i]} of ${profile.joints[i]}`)
        }
        if (!isDriven) continue
        const tau =
          tauFf[i] + kp[i] * (qTarget[i] - plant.q[i]) + kd[i] * (dqTarget[i] - plant.dq[i])
        if (Math.abs(tau) > torqueMax[i]) note(now_s, `torque ${tau} on ${profile.joints[i]}`)
        const isOut = qTarget[i] < profile.lower[i] || qTarget[i] > profile.upper[i]
        if (isOut) note(now_s, `target ${qTarget[i]} of ${profile.joints[i]} outside its limits`)
        // Targets move at most at the speed limit over the 0.1 s a step may be measured over.
        const step = Math.abs(qTarget[i] - before[i])
        if (wasDriven && step > 0.1 * profile.velocity[i] + 1e-9) {
          note(now_s, `target of ${profile.joints[i]} jumps by ${step}`)
        }
      }
      before.set(qTarget)
      wasDriven = isDriven
    },
  }
}
