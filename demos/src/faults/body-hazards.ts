import { createRng, type Rng } from '@skillweave/math'
import { robotByName } from '@skillweave/model'
import { createMujocoSimulator } from '@skillweave/mujoco'
import { createDecoder, createFrame, limitBits } from '@skillweave/protocol'
import { createSelfCollision, profileOf, type RobotProfile } from '@skillweave/robot-end'
import { createSimulatedRobot } from '../robot/simulated-robot.ts'
import { createWireController } from '../robot/wire-controller.ts'
import { expect, type Hazard } from './hazard.ts'
import { expectClean } from './hazard-world.ts'
import { createVirtualWorld } from './virtual-world.ts'

/** Trials on whole bodies: parts that meet, and what a fallback does to who falls. */
export const bodyHazards: readonly Hazard[] = [
  { row: 22, name: 'blend-collision', run: blendCollision },
  { row: 32, name: 'ladder-profiles', run: ladderProfiles },
]

const margin = 0.02

/** Two reaches that are safe alone, one arm each; together the arms meet. */
function blendCollision(): void {
  const robot = robotByName('h1')
  const profile = profileOf(robot, {
    gains: robot,
    startPose: robot.qDefault,
    tickDt_s: 0.002,
    selfCollisionMargin: margin,
  })
  const parts = createSelfCollision(profile.body as NonNullable<RobotProfile['body']>, [
    profile.startPose,
  ])
  const target = meetingArms(profile, parts.distance, createRng('blend-collision'))
  const least = (guarded: RobotProfile): { distance: number; bits: number } => {
    const world = createVirtualWorld({ seed: 1, profile: guarded })
    let goal: readonly number[] = profile.startPose
    const a = world.addController('a', (_s, command) => {
      // A blend does not jump: it moves there in about a second.
      goal = goal.map((q, i) => q + Math.max(-0.03, Math.min(0.03, target[i] - q)))
      command.qTarget.set(world.end.state === 'active' ? goal : profile.startPose)
      if (world.end.state !== 'active') goal = profile.startPose
      command.kp.set(profile.poseKp)
      command.kd.set(profile.poseKd)
    })
    world.activate(a)
    let distance = Number.POSITIVE_INFINITY
    let bits = 0
    world.run(3, () => {
      distance = Math.min(distance, parts.distance(world.plant.q))
      for (const b of world.end.limiter.bits) bits |= b
    })
    expectClean(world)
    return { distance, bits }
  }
  const { body: _, ...unguarded } = profile
  const without = least(unguarded)
  expect(without.distance < 0, () => `the arms stay ${without.distance} m apart by themselves`)
  const { distance, bits } = least(profile)
  expect(distance > 0, () => `parts touch: ${distance} m`)
  expect((bits & limitBits.collision) !== 0, () => 'nothing was frozen')
}

/** A pose of both arms in which they touch, while each arm's part of it alone is free all the way. */
function meetingArms(
  profile: RobotProfile,
  distance: (q: ArrayLike<number>) => number,
  rng: Rng,
): number[] {
  const side = (name: string) =>
    profile.joints.map((j) => /shoulder|elbow/.test(j) && j.startsWith(name))
  const [left, right] = [side('left'), side('right')]
  const draw = (isMine: readonly boolean[]) =>
    profile.startPose.map((q, i) =>
      isMine[i] ? rng.range(0.95 * profile.lower[i], 0.95 * profile.upper[i]) : q,
    )
  const isFree = (to: readonly number[]) =>
    [0.25, 0.5, 0.75, 1].every(
      (s) => distance(profile.startPose.map((q, i) => q + s * (to[i] - q))) > 2 * margin,
    )
  for (let i = 0; i < 20_000; i++) {
    const a = draw(left)
    const b = draw(right)
    const both = a.map((q, j) => (right[j] ? b[j] : q))
    if (distance(both) < -margin && isFree(a) && isFree(b)) return both
  }
  throw new Error('no two reaches were found that are safe alone and meet together')
}

/** Silence in mid stride, and with an arm held out: what each rung of the ladder does to who falls. */
async function ladderProfiles(): Promise<void> {
  const stride = { left_hip_pitch_joint: -0.6, right_hip_pitch_joint: 0.2, left_knee_joint: 0.6 }
  const biped = (dampAfter_ms: number) => impactSpeed('g1-29', stride, { dampAfter_ms })
  const [held, damped] = [await biped(1e9), await biped(240)]
  expect(
    damped < held,
    () => `a biped hits the ground at ${damped} m/s when damped, at ${held} m/s when held stiff`,
  )
  const arm = (stopCategory?: 0) => impactSpeed('arm7', {}, { dampAfter_ms: 240 }, stopCategory)
  const [limp, braked] = [await arm(0), await arm()]
  expect(
    braked < 0.75 * limp,
    () => `an arm drops at ${braked} m/s by its ladder, at ${limp} m/s when limp`,
  )
}

/** Greatest downward speed of any part in the 3 s after the controller falls silent, or stops the robot, m/s. */
async function impactSpeed(
  name: string,
  pose: Readonly<Record<string, number>>,
  profile: Partial<RobotProfile>,
  stopCategory?: 0,
): Promise<number> {
  const robot = robotByName(name)
  const goal = robot.model.dofNames.map((dof, d) => pose[dof] ?? robot.qDefault[d])
  let done = 0
  const simulated = await createSimulatedRobot({
    id: name,
    robot,
    createSimulator: createMujocoSimulator,
    startPose: robot.qDefault,
    firstEpoch: 1,
    profile: { ...profile, tiltMax: null },
  })
  const { end, channels } = simulated
  const decoder = createDecoder(channels.state)
  const seen = createFrame(channels.state)
  const wire = createWireController(channels.command, (_state, command) => {
    goal.forEach((q, d) => {
      command.qTarget[d] = robot.qDefault[d] + done * (q - robot.qDefault[d])
    })
    command.kp.set(robot.kp)
    command.kd.set(robot.kd)
  })
  let ticks = 0
  const run = (duration_s: number, isCommanded: boolean, each: () => void = () => {}): void => {
    const last = ticks + Math.round(duration_s / 0.002)
    for (; ticks < last; ticks++) {
      simulated.tick()
      each()
      if (!isCommanded || ticks % 10 !== 0) continue
      decoder.decode(simulated.encodeState(), seen)
      end.offer(wire.answer(seen), simulated.time_s)
    }
  }
  try {
    end.linkUp(0)
    run(1, false)
    const lease = end.requestLease('a', 'controller', channels.command.hash, simulated.time_s)
    wire.epoch = lease.ok ? lease.epoch : 0
    let failures = end.runPreflight('a', simulated.time_s)
    // It swings in its gantry for a while.
    for (let i = 0; i < 20 && failures.length > 0; i++) {
      run(0.5, true)
      failures = end.runPreflight('a', simulated.time_s)
    }
    if (failures.length > 0) throw new Error(`${name}: ${failures.join('; ')}`)
    const posing = end.pose('a', simulated.time_s)
    if (!posing.ok) throw new Error(posing.text)
    run(3.5, true)
    const started = end.start('a', simulated.time_s)
    if (!started.ok) throw new Error(started.text)
    // Half a step: the fallback finds it on the way.
    run(0.4, true, () => {
      done = Math.min(1, done + 0.005)
    })
    if (stopCategory !== undefined) {
      end.stop({ category: stopCategory }, 'operator', simulated.time_s)
    }
    const { linkLinVel_w } = simulated.simulator.states[0]
    let speed = 0
    run(3, false, () => {
      for (let k = 2; k < linkLinVel_w.length; k += 3) speed = Math.max(speed, -linkLinVel_w[k])
    })
    return speed
  } finally {
    simulated.dispose()
  }
}
