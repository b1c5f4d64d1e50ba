import { declareChannel, frameFlags, robotCommandSpec } from '@skillweave/protocol'
import { type Measurement, preflight } from '@skillweave/robot-end'
import { expect, type Hazard } from './hazard.ts'
import {
  createVirtualWorld,
  testProfile,
  turning,
  type VirtualController,
  type VirtualWorld,
} from './virtual-world.ts'

const seeds = (n: number) => Array.from({ length: n }, (_, seed) => seed + 1)

/** Nothing the checker at the joints forbids has happened. */
function expectClean({ violations }: VirtualWorld): void {
  expect(violations.length === 0, () => violations.join('\n'))
}

function activeWorld(seed = 1, options: Partial<Parameters<typeof createVirtualWorld>[0]> = {}) {
  const world = createVirtualWorld({ seed, ...options })
  const a = world.addController('a')
  world.activate(a)
  return { world, a }
}

/** A command as `controller` would send it now, changed by `change`. */
function commandFrame(
  world: VirtualWorld,
  controller: VirtualController,
  change: (bytes: DataView<ArrayBuffer>) => void = () => {},
): Uint8Array<ArrayBuffer> {
  let bytes: Uint8Array<ArrayBuffer> | undefined
  const send = controller.toRobot.send
  controller.toRobot.send = (frame) => {
    bytes = frame.slice() as Uint8Array<ArrayBuffer>
  }
  while (!bytes) world.run(0.002)
  controller.toRobot.send = send
  change(new DataView((bytes as Uint8Array<ArrayBuffer>).buffer))
  return bytes as Uint8Array<ArrayBuffer>
}

/** Where the command's arrays begin; three joints. */
const at = { stateTime: 24, validFor: 32, plan: 34, qTarget: 40, kp: 40 + 36, kd: 40 + 48 } as const
const numbersOfCommand = 15

function refuses(world: VirtualWorld, bytes: Uint8Array, reason: string): void {
  const found = world.offer(bytes)
  expect(found === reason, () => `the command was ${found ?? 'accepted'}, expected ${reason}`)
}

function expectState(world: VirtualWorld, ...states: readonly string[]): void {
  expect(
    states.includes(world.end.state),
    () => `the robot is ${world.end.state} (${world.end.cause}), expected ${states.join(' or ')}`,
  )
}

/** An upright robot at rest. */
const atRest: Measurement = {
  stamp_s: 0,
  q: testProfile.startPose,
  dq: [0, 0, 0],
  imuQuat_wb: [0, 0, 0, 1],
  gyro_b: [0, 0, 0],
  accel_b: [0, 0, 9.81],
}

function preflightSays(m: Partial<Measurement>, words: string): void {
  const failures = preflight(testProfile, { ...atRest, ...m })
  expect(
    failures.some((f) => f.includes(words)),
    () => `pre-flight says "${failures.join('; ')}", expected something about ${words}`,
  )
}

/** Trials in virtual time, by the rows of the list of hazards. */
export const robotEndHazards: readonly Hazard[] = [
  {
    row: 1,
    name: 'stale-after-reconnect',
    run: () => {
      for (const seed of seeds(20)) {
        const { world, a } = activeWorld(seed)
        a.toRobot.isClogged = true
        world.run(3)
        // The link comes back with everything that was under way.
        a.toRobot.isClogged = false
        world.run(1)
        expectClean(world)
        expectState(world, 'damping', 'idle')
      }
    },
  },
  {
    row: 2,
    name: 'cable-burst',
    run: (share) => {
      for (const seed of seeds(Math.ceil(1000 * share))) {
        const { world, a } = activeWorld(seed)
        a.toRobot.isClogged = true
        a.fromRobot.isClogged = world.rng.uniform() < 0.5
        world.run(world.rng.range(0.05, 2))
        a.toRobot.isClogged = false
        a.fromRobot.isClogged = false
        world.run(0.3)
        expectClean(world)
      }
    },
  },
  {
    row: 3,
    name: 'two-writers',
    run: () => {
      const { world, a } = activeWorld()
      const b = world.addController('b')
      b.wire.epoch = a.wire.epoch - 1
      const lease = world.end.requestLease(
        'b',
        'controller',
        world.channels.command.hash,
        world.now_s,
      )
      expect(!lease.ok, () => 'a second controller got the lease')
      world.run(1)
      expectState(world, 'active')
      expect(world.end.acceptance.counts.epoch > 20, () => 'the second writer was not refused')
      expectClean(world)
    },
  },
  {
    row: 4,
    name: 'paused-writer',
    run: () => {
      const { world, a } = activeWorld()
      a.isPaused = true
      world.run(5)
      a.isPaused = false
      const before = world.end.acceptance.accepted
      world.run(1)
      expect(world.end.acceptance.accepted === before, () => 'a woken writer commanded again')
      expectClean(world)
    },
  },
  {
    row: 5,
    name: 'clock-step',
    run: () => {
      const expired = [0, 3600, -3600, 1e5].map((clockOffset_s) => {
        const { world, a } = activeWorld(7, { clockOffset_s })
        a.toRobot.faults = { ...a.toRobot.faults, delay_s: 0.03, spread_s: 0.03 }
        world.run(5)
        expectClean(world)
        return world.end.acceptance.counts.expired
      })
      // The last bits of large times may decide a frame that comes exactly at its deadline.
      const differ = Math.max(...expired) - Math.min(...expired)
      expect(expired[0] > 20 && differ <= 5, () => `expired: ${expired.join(', ')}`)
    },
  },
  ...(['duplicate', 'reorder'] as const).map((name) => ({
    row: 6,
    name,
    run: () => {
      for (const seed of seeds(50)) {
        const { world, a } = activeWorld(seed)
        a.toRobot.faults = {
          ...a.toRobot.faults,
          ...(name === 'duplicate'
            ? { duplication: 0.5 }
            : { spread_s: 0.03, reorders: true, delay_s: 0.005 }),
        }
        world.run(4)
        expect(world.end.acceptance.counts.seq > 5, () => `no ${name} frame was refused`)
        expectClean(world)
      }
    },
  })),
  {
    row: 6,
    name: 'seq-wrap',
    run: () => {
      const { world, a } = activeWorld()
      const number = (seq: number) => commandFrame(world, a, (v) => v.setUint32(4, seq, true))
      // A fresh lease may begin anywhere; then numbers wrap.
      const lease = world.end.requestLease(
        'a',
        'controller',
        world.channels.command.hash,
        world.now_s,
      )
      expect(lease.ok, () => 'the holder could not renew its lease')
      a.wire.epoch = lease.ok ? lease.epoch : 0
      const verdicts = [2 ** 32 - 2, 2 ** 32 - 1, 0, 1, 0].map((seq) => world.offer(number(seq)))
      expect(
        verdicts.join() === [null, null, null, null, 'seq'].join(),
        () => `verdicts ${verdicts.join()}`,
      )
    },
  },
  {
    row: 7,
    name: 'takeover-race',
    run: () => {
      // Six events in every order that keeps each side's own.
      for (const order of interleavings(['old', 'old', 'old'], ['take', 'new', 'new'])) {
        const { world, a } = activeWorld()
        const old = [0, 0, 0].map(() => commandFrame(world, a))
        const b = world.addController('b')
        let epoch = -1
        for (const event of order) {
          if (event === 'take') {
            const { end, now_s, channels } = world
            const lease = end.requestLease('b', 'operator', channels.command.hash, now_s)
            epoch = lease.ok ? lease.epoch : -1
            b.wire.epoch = epoch
          } else if (event === 'new') {
            const frame = commandFrame(world, b)
            const verdict = world.offer(frame)
            expect(verdict === null || verdict === 'state', () => `the newcomer got ${verdict}`)
          } else {
            const verdict = world.offer(old.shift() as Uint8Array)
            expect(epoch < 0 || verdict === 'epoch', () => `after the takeover: ${verdict}`)
          }
        }
        expectClean(world)
      }
    },
  },
  {
    row: 8,
    name: 'hub-stall',
    run: () => {
      const { world, a } = activeWorld()
      a.toRobot.isClogged = true
      a.fromRobot.isClogged = true
      world.run(0.5)
      expectState(world, 'damping')
      a.toRobot.isClogged = false
      a.fromRobot.isClogged = false
      world.run(0.5)
      expectClean(world)
      expectState(world, 'damping', 'idle')
    },
  },
  {
    row: 9,
    name: 'nan-each-field',
    run: () => {
      const { world, a } = activeWorld()
      for (let i = 0; i < numbersOfCommand; i++) {
        for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
          refuses(
            world,
            commandFrame(world, a, (v) => v.setFloat32(at.qTarget + 4 * i, value, true)),
            'nonFinite',
          )
          refuses(
            world,
            commandFrame(world, a, (v) => v.setFloat64(at.stateTime, value, true)),
            'nonFinite',
          )
        }
      }
      expectClean(world)
    },
  },
  {
    row: 10,
    name: 'sensor-frozen',
    run: () => {
      for (const break_ of [
        (m: Measurement) => ({ ...m, q: [Number.NaN, 0, 0] }),
        (m: Measurement) => ({ ...m, dq: [0, Number.POSITIVE_INFINITY, 0] }),
        (m: Measurement) => ({ ...m, stamp_s: 1 }),
      ]) {
        const { world } = activeWorld()
        world.measure = break_
        world.run(0.02)
        expectState(world, 'stopped')
        expect(world.end.stopCause === 'sensor', () => `cause ${world.end.stopCause}`)
        expectClean(world)
      }
    },
  },
  {
    row: 11,
    name: 'permuted-joints',
    run: () => {
      const world = createVirtualWorld({ seed: 1 })
      const [first, second, ...rest] = testProfile.joints
      const other = declareChannel(9, robotCommandSpec('leg', turning([second, first, ...rest])))
      const lease = world.end.requestLease('a', 'controller', other.hash, world.now_s)
      expect(!lease.ok && lease.text.includes('other joints'), () => JSON.stringify(lease))
    },
  },
  { row: 12, name: 'degree-robot', run: () => preflightSays({ q: [0, 28.6, -11.5] }, 'degrees') },
  { row: 12, name: 'g-robot', run: () => preflightSays({ accel_b: [0, 0, 1] }, 'in g') },
  {
    row: 13,
    name: 'wxyz-robot',
    // Upright and w first is x = 1: upside down.
    run: () => preflightSays({ imuQuat_wb: [1, 0, 0, 0] }, 'w first'),
  },
  {
    row: 14,
    name: 'sign-flip',
    run: () => {
      const world = createVirtualWorld({ seed: 1 })
      const a = world.addController('a')
      const { end, channels } = world
      const lease = end.requestLease('a', 'controller', channels.command.hash, world.now_s)
      a.wire.epoch = lease.ok ? lease.epoch : 0
      world.plant.q.set([0.4, 0.5, -0.2])
      world.run(0.01)
      world.measure = (m) => ({
        ...m,
        q: [0.8 - m.q[0], m.q[1], m.q[2]],
        dq: [-m.dq[0], m.dq[1], m.dq[2]],
      })
      end.runPreflight('a', world.now_s)
      const q0 = world.plant.q[0]
      end.pose('a', world.now_s)
      world.run(3.5)
      const travel = Math.abs(world.plant.q[0] - q0)
      expectState(world, 'damping', 'idle', 'stopped')
      expect(travel < 1, () => `the joint travelled ${travel} rad`)
      expectClean(world)
    },
  },
  {
    row: 15,
    name: 'gain-spike',
    run: () => {
      const { world, a } = activeWorld()
      const negative = commandFrame(world, a, (v) => v.setFloat32(at.kp, -1, true))
      refuses(world, negative, 'gains')
      const before = world.output.kp[0]
      const spike = commandFrame(world, a, (v) => v.setFloat32(at.kp, 1e6, true))
      expect(world.offer(spike) === null, () => 'a finite gain was refused')
      world.run(0.002)
      const rise = world.output.kp[0] - before
      expect(rise <= (testProfile.kpMax[0] * 0.002) / 0.2 + 1e-9, () => `kp rose by ${rise}`)
      world.run(0.1)
      expectClean(world)
    },
  },
  {
    row: 16,
    name: 'target-jump',
    run: () => {
      const { world, a } = activeWorld()
      a.decide = (_s, command) => {
        command.qTarget.set([0.95, 1.9, 0.7])
        command.kp.set(testProfile.poseKp)
        command.kd.set(testProfile.poseKd)
      }
      let speed = 0
      world.run(0.5, () => {
        for (let i = 0; i < 3; i++) {
          speed = Math.max(speed, Math.abs(world.plant.dq[i]) / testProfile.velocity[i])
        }
      })
      expect(speed < 1.1, () => `a joint reached ${speed} of its speed limit`)
      expectClean(world)
    },
  },
  {
    row: 17,
    name: 'far-start',
    run: () => {
      const world = createVirtualWorld({ seed: 1 })
      const a = world.addController('a', (_s, command) => {
        command.qTarget.set([0, 1.5, -0.2])
        command.kp.set(testProfile.poseKp)
        command.kd.set(testProfile.poseKd)
      })
      const { end } = world
      const lease = end.requestLease('a', 'controller', world.channels.command.hash, 0)
      a.wire.epoch = lease.ok ? lease.epoch : 0
      end.runPreflight('a', world.now_s)
      end.pose('a', world.now_s)
      world.run(3.2)
      const outcome = end.start('a', world.now_s)
      expect(!outcome.ok && outcome.text.includes('knee 1.00'), () => JSON.stringify(outcome))
    },
  },
  {
    row: 18,
    name: 'switch-every-50ms',
    run: () => {
      const { world, a } = activeWorld()
      a.decide = (_s, command, time_s) => {
        const side = Math.floor(time_s / 0.05) % 2 === 0 ? 1 : -1
        command.qTarget.set([0.5 * side, 1 + 0.5 * side, 0.4 * side])
        command.kp.set(side > 0 ? testProfile.kpMax : [10, 10, 10])
        command.kd.set(side > 0 ? testProfile.kdMax : [1, 1, 1])
      }
      world.run(3)
      expectClean(world)
    },
  },
  {
    row: 19,
    name: 'unknown-plan',
    run: () => {
      const { world, a } = activeWorld()
      refuses(
        world,
        commandFrame(world, a, (v) => v.setUint16(at.plan, 7, true)),
        'plan',
      )
    },
  },
  {
    row: 20,
    name: 'short-frame',
    run: () => {
      const { world, a } = activeWorld()
      const whole = commandFrame(world, a)
      for (let n = 0; n < whole.length; n++) refuses(world, whole.subarray(0, n), 'length')
    },
  },
  {
    row: 21,
    name: 'saturated',
    run: () => {
      const { world, a } = activeWorld()
      a.decide = (_s, command, time_s) => {
        command.qTarget.fill(Math.floor(time_s / 0.04) % 2 === 0 ? 5 : -5)
        command.kp.set(testProfile.kpMax)
        command.kd.set(testProfile.kdMax)
      }
      world.run(1)
      expect(world.end.state !== 'active', () => 'a policy that saturates the limits goes on')
      expectClean(world)
    },
  },
  {
    row: 23,
    name: 'half-open-in',
    run: () => {
      const { world, a } = activeWorld()
      a.toRobot.faults = { ...a.toRobot.faults, loss: 1 }
      world.run(0.4)
      expect(world.end.state !== 'active', () => 'the robot is still active')
      expectClean(world)
    },
  },
  {
    row: 23,
    name: 'half-open-out',
    run: () => {
      const { world, a } = activeWorld()
      a.fromRobot.faults = { ...a.fromRobot.faults, loss: 1 }
      world.run(0.4)
      expect(world.end.state !== 'active', () => 'the robot is still active')
      expectClean(world)
    },
  },
  {
    row: 24,
    name: 'kill-controller',
    run: () => {
      const { world, a } = activeWorld()
      a.isPaused = true
      world.run(0.1)
      expectState(world, 'holding')
      world.run(0.2)
      expectState(world, 'damping')
      expectClean(world)
    },
  },
  {
    row: 26,
    name: 'block-network',
    run: () => {
      const { world, a } = activeWorld()
      // The network thread hangs: nothing is offered any more, the PD loop goes on.
      a.toRobot.isClogged = true
      world.run(0.1)
      expectState(world, 'holding')
      expectClean(world)
    },
  },
  {
    row: 27,
    name: 'bridge-restart',
    run: () => {
      const { a } = activeWorld(1, { firstEpoch: 41 })
      const restarted = createVirtualWorld({ seed: 2, firstEpoch: 4711 })
      const old = restarted.addController('a')
      old.wire.epoch = a.wire.epoch
      expectState(restarted, 'idle')
      restarted.run(1)
      expect(restarted.end.acceptance.accepted === 0, () => 'a command of the old run was accepted')
      expectClean(restarted)
    },
  },
  {
    row: 27,
    name: 'idle-lease',
    run: () => {
      const { world, a } = activeWorld()
      a.isPaused = true
      world.run(1.2)
      expect(world.end.lease === null, () => 'the lease of a dead holder stands')
      expectClean(world)
    },
  },
  {
    row: 29,
    name: 'stop-cuts-output',
    run: () => {
      for (const category of [0, 1] as const) {
        const { world } = activeWorld()
        world.end.stop({ category }, 'operator', world.now_s)
        world.run(0.002)
        const { kp, kd, tauFf } = world.output
        const stiff = [...kp, ...tauFf, ...(category === 0 ? kd : [])]
        expect(
          stiff.every((x) => x === 0),
          () => `the next tick still had ${stiff.join(', ')}`,
        )
        world.run(1)
        expectState(world, 'stopped')
        expectClean(world)
      }
    },
  },
  {
    row: 31,
    name: 'reset-never-moves',
    run: () => {
      const { world } = activeWorld()
      world.end.stop({ category: 1 }, 'operator', world.now_s)
      world.run(3)
      const q = [...world.plant.q]
      expect(world.end.resetStop(world.now_s).ok, () => 'the stop could not be reset')
      world.run(2)
      expectState(world, 'idle')
      const moved = Math.max(...q.map((x, i) => Math.abs(x - world.plant.q[i])))
      expect(moved < 1e-3, () => `a joint moved by ${moved} rad after the reset`)
      expect(world.end.lease === null, () => 'the lease survived the stop')
      expectClean(world)
    },
  },
  {
    row: 33,
    name: 'frozen-view',
    run: () => {
      const { world } = activeReal()
      // The last drawn state is old: the grip means nothing.
      const seen = world.now_s - 0.6
      world.run(0.4, () => grip(world, 1, seen))
      expect(world.end.state !== 'active', () => 'a frozen screen keeps the robot going')
      expectClean(world)
    },
  },
  {
    row: 34,
    name: 'stuck-key',
    run: () => {
      const { world } = activeReal()
      grip(world, 2, world.now_s)
      world.run(0.01)
      expectState(world, 'holding')
      world.run(0.1, () => grip(world, 1, world.now_s))
      const outcome = world.end.start('a', world.now_s)
      expect(!outcome.ok, () => 'a squeezed grip permits motion without a release')
      expectClean(world)
    },
  },
  {
    row: 35,
    name: 'headless-start',
    run: () => {
      const world = createVirtualWorld({ seed: 1, profile: { ...testProfile, real: true } })
      const { end } = world
      end.requestLease('a', 'controller', world.channels.command.hash, world.now_s)
      end.runPreflight('a', world.now_s)
      const outcome = end.pose('a', world.now_s)
      expect(!outcome.ok && outcome.text.includes('enable'), () => JSON.stringify(outcome))
    },
  },
  {
    row: 36,
    name: 'wrong-robot',
    run: () => {
      const { world: simulated, a } = activeWorld(3)
      const real = createVirtualWorld({ seed: 4 })
      real.end.requestLease('b', 'controller', real.channels.command.hash, real.now_s)
      real.run(0.1)
      refuses(real, commandFrame(simulated, a), 'epoch')
    },
  },
  {
    row: 37,
    name: 'replay-to-robot',
    run: () => {
      const { world, a } = activeWorld()
      refuses(
        world,
        commandFrame(world, a, (v) => v.setUint8(1, frameFlags.replay)),
        'replay',
      )
    },
  },
]

/** A robot that needs a person, and has one. */
function activeReal() {
  const world = createVirtualWorld({ seed: 1, profile: { ...testProfile, real: true } })
  const a = world.addController('a')
  const run = world.run
  world.run = (duration_s, each) =>
    run(duration_s, () => {
      if (each) each()
      else grip(world, 1, world.now_s)
    })
  const { end } = world
  const lease = end.requestLease('a', 'controller', world.channels.command.hash, world.now_s)
  a.wire.epoch = lease.ok ? lease.epoch : 0
  grip(world, 1, world.now_s)
  end.runPreflight('a', world.now_s)
  end.pose('a', world.now_s)
  world.run(3.2)
  const outcome = end.start('a', world.now_s)
  if (!outcome.ok) throw new Error(outcome.text)
  world.run(0.5)
  return { world, a }
}

const grip = ({ end, now_s }: VirtualWorld, value: number, seenTime_s: number): void =>
  end.enable({ grip: value, seenTime_s, leaseEpoch: end.lease?.epoch ?? 0 }, now_s)

/** Every way to merge two lists that keeps each one's order. */
function interleavings<T>(a: readonly T[], b: readonly T[]): T[][] {
  if (a.length === 0) return [[...b]]
  if (b.length === 0) return [[...a]]
  return [
    ...interleavings(a.slice(1), b).map((rest) => [a[0], ...rest]),
    ...interleavings(a, b.slice(1)).map((rest) => [b[0], ...rest]),
  ]
}
