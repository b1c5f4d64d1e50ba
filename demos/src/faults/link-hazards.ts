import { expect, type Hazard } from './hazard.ts'
import { activeWorld, expectClean, expectState } from './hazard-world.ts'
import { createVirtualWorld } from './virtual-world.ts'

/** Trials in virtual time: links, processes and leases. */
export const linkHazards: readonly Hazard[] = [
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
]
