import { frameFlags } from '@skillweave/protocol'
import { expect, type Hazard } from './hazard.ts'
import { activeWorld, commandFrame, expectClean, expectState, refuses } from './hazard-world.ts'
import { createVirtualWorld, testProfile, type VirtualWorld } from './virtual-world.ts'

/** Trials in virtual time: stops, and people who steer. */
export const peopleHazards: readonly Hazard[] = [
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
    name: 'hidden-tab',
    run: () => {
      const { world } = activeReal()
      // A hidden page draws nothing and says nothing.
      world.run(0.25, () => {})
      expect(world.end.cause === 'enable', () => `the robot is ${world.end.state}`)
      expectState(world, 'holding')
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
      const { world: weighted } = activeReal()
      // Ten minutes in a few calls: only the grip counts here.
      weighted.end.enable(gripOf(weighted, 1, weighted.now_s), weighted.now_s + 601)
      weighted.run(0.3, () => grip(weighted, 1, weighted.now_s))
      expectState(weighted, 'holding')
      expectClean(weighted)
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

const gripOf = ({ end }: VirtualWorld, value: number, seenTime_s: number) => ({
  grip: value,
  seenTime_s,
  leaseEpoch: end.lease?.epoch ?? 0,
})

const grip = (world: VirtualWorld, value: number, seenTime_s: number): void =>
  world.end.enable(gripOf(world, value, seenTime_s), world.now_s)
