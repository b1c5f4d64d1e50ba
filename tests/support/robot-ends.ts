import { atRest, testProfile } from '@skillweave/demos/faults'
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
  /** By default the start pose, from a state that is one tick old. */
  commanded(duration_s: number, how?: Commanding): void
  silent(duration_s: number): void
  /** Time goes by, but nobody ticks. */
  pause(duration_s: number): void
}

interface Commanding {
  readonly qTarget?: readonly number[]
  /** Of the state that is answered, s. */
  readonly age_s?: number
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
  const ticksIn = (duration_s: number) => Math.round(duration_s / profile.tickDt_s)
  const tick = (commanding: Commanding | null) => {
    const now_s = ticks * profile.tickDt_s
    if (commanding && ticks % 10 === 0) {
      const { values } = encoder
      values.leaseEpoch[0] = end.lease?.epoch ?? 0
      values.stateTime_s[0] =
        (ticks - ticksIn(commanding.age_s ?? profile.tickDt_s)) * profile.tickDt_s
      values.validFor_ms[0] = 80
      values.qTarget.set(commanding.qTarget ?? profile.startPose)
      values.kp.set(profile.poseKp)
      values.kd.set(profile.poseKd)
      end.offer(encoder.encode(now_s), now_s)
    }
    output = end.tick({ ...bench.measured, stamp_s: now_s }, now_s)
    ticks++
  }
  const run = (duration_s: number, commanding: Commanding | null) => {
    const last = ticks + ticksIn(duration_s)
    while (ticks < last) tick(commanding)
  }
  const bench: Bench = {
    end,
    channel,
    path,
    measured: atRest(profile),
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
      run(0.02, null)
      bench.lease()
      end.runPreflight('a', bench.now_s)
      end.pose('a', bench.now_s)
      run(3.1, {})
      end.start('a', bench.now_s)
      run(0.4, {})
    },
    commanded: (duration_s, how = {}) => run(duration_s, how),
    silent: (duration_s) => run(duration_s, null),
    pause: (duration_s) => {
      ticks += ticksIn(duration_s)
    },
  }
  end.linkUp(0)
  tick(null)
  return bench
}
