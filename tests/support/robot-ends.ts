import { testProfile } from '@skillweave/demos/faults'
import {
  type Channel,
  createEncoder,
  declareChannel,
  type RobotState,
  robotCommandSpec,
} from '@skillweave/protocol'
import {
  createRobotEnd,
  type Measurement,
  type MotorCommand,
  type RobotEnd,
  type RobotProfile,
} from '@skillweave/robot-end'

/** At rest in the start pose. */
export const upright = (profile: RobotProfile): Measurement => ({
  stamp_s: 0,
  q: profile.startPose,
  dq: profile.startPose.map(() => 0),
  imuQuat_wb: [0, 0, 0, 1],
  gyro_b: [0, 0, 0],
  accel_b: [0, 0, 9.81],
})

/** A robot end on the bench: it measures what it is told, and a controller `a` answers every 20 ms. */
export interface Bench {
  readonly end: RobotEnd
  readonly channel: Channel
  readonly now_s: number
  readonly output: MotorCommand
  /** States in the order they were entered. */
  readonly path: readonly RobotState[]
  measured: Measurement
  lease(): void
  /** To `active`, with commands that hold the start pose. */
  bringUp(): void
  commanded(duration_s: number): void
  silent(duration_s: number): void
}

export function createBench(profile: RobotProfile = testProfile): Bench {
  const channel = declareChannel(
    1,
    robotCommandSpec(profile.robot, { names: profile.joints, isSlide: [false, false, false] }),
  )
  const path: RobotState[] = []
  const end = createRobotEnd({
    profile,
    channel,
    firstEpoch: 7,
    onChange: ({ to }) => path.push(to),
  })
  const encoder = createEncoder(channel)
  let ticks = 0
  let output: MotorCommand | undefined
  const tick = (isCommanded: boolean) => {
    const now_s = ticks * profile.tickDt_s
    if (isCommanded && ticks % 10 === 0) {
      const { values } = encoder
      values.leaseEpoch[0] = end.lease?.epoch ?? 0
      values.stateTime_s[0] = (ticks - 1) * profile.tickDt_s
      values.validFor_ms[0] = 80
      values.qTarget.set(profile.startPose)
      values.kp.set(profile.poseKp)
      values.kd.set(profile.poseKd)
      end.offer(encoder.encode(now_s), now_s)
    }
    output = end.tick({ ...bench.measured, stamp_s: now_s }, now_s)
    ticks++
  }
  const run = (duration_s: number, isCommanded: boolean) => {
    const last = ticks + Math.round(duration_s / profile.tickDt_s)
    while (ticks < last) tick(isCommanded)
  }
  const bench: Bench = {
    end,
    channel,
    path,
    measured: upright(profile),
    get now_s() {
      return ticks * profile.tickDt_s
    },
    get output() {
      return output as MotorCommand
    },
    lease: () => {
      end.requestLease('a', 'controller', channel.hash, bench.now_s)
    },
    bringUp: () => {
      run(0.02, false)
      bench.lease()
      end.runPreflight('a', bench.now_s)
      end.pose('a', bench.now_s)
      run(3.1, true)
      end.start('a', bench.now_s)
      run(0.4, true)
    },
    commanded: (duration_s) => run(duration_s, true),
    silent: (duration_s) => run(duration_s, false),
  }
  end.linkUp(0)
  tick(false)
  return bench
}
