import { expect, type Hazard } from './hazard.ts'
import {
  activeWorld,
  at,
  commandFrame,
  expectClean,
  expectState,
  refuses,
  seeds,
} from './hazard-world.ts'

/** Floats of a command of three joints. */
const numbersOfCommand = 15

/** Trials in virtual time: old, late, doubled, reordered and broken commands. */
export const commandHazards: readonly Hazard[] = [
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
]

/** Every way to merge two lists that keeps each one's order. */
function interleavings<T>(a: readonly T[], b: readonly T[]): T[][] {
  if (a.length === 0) return [[...b]]
  if (b.length === 0) return [[...a]]
  return [
    ...interleavings(a.slice(1), b).map((rest) => [a[0], ...rest]),
    ...interleavings(a, b.slice(1)).map((rest) => [b[0], ...rest]),
  ]
}
