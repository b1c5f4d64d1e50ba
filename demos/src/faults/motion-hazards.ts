import { declareChannel, robotCommandSpec } from '@skillweave/protocol'
import { type Measurement, preflight } from '@skillweave/robot-end'
import { expect, type Hazard } from './hazard.ts'
import { activeWorld, at, commandFrame, expectClean, expectState, refuses } from './hazard-world.ts'
import { atRest } from './plant.ts'
import { createVirtualWorld, testProfile, turning } from './virtual-world.ts'

function preflightSays(m: Partial<Measurement>, words: string): void {
  const failures = preflight(testProfile, { ...atRest(testProfile), ...m })
  expect(
    failures.some((f) => f.includes(words)),
    () => `pre-flight says "${failures.join('; ')}", expected something about ${words}`,
  )
}

/** Trials in virtual time: sensors, names, units, jumps and limits. */
export const motionHazards: readonly Hazard[] = [
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
]
