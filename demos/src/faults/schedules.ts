import { createRng } from '@skillweave/math'
import { goodLink, type LinkFaults } from './virtual-link.ts'
import { createVirtualWorld, type VirtualController, type VirtualWorld } from './virtual-world.ts'

export interface ScheduleResult {
  readonly seed: number
  readonly frames: number
  /** What the checker at the joints found, and whether the robot could be made active again. */
  readonly violations: readonly string[]
}

/** How long faults go on, s. */
const faults_s = 8

/**
 * One random life of a robot with two controllers: a subset of faults drawn by the seed, events at random
 * times, the checker at every tick. Then everything heals, and right action must make the robot active again.
 */
export function runSchedule(seed: number): ScheduleResult {
  const rng = createRng(`schedule/${seed}`)
  const world = createVirtualWorld({ seed, clockOffset_s: rng.range(-1e4, 1e4) })
  const controllers = [world.addController('a'), world.addController('b')]
  for (const c of controllers) {
    c.toRobot.faults = drawFaults(rng.fork(`${c.name}/to`))
    c.fromRobot.faults = drawFaults(rng.fork(`${c.name}/from`))
  }
  const events = Object.values(eventKinds).filter(() => rng.uniform() < 0.6)
  const end_s = world.now_s + faults_s
  const recorded: Uint8Array[] = []
  remember(controllers, recorded)
  bringUp(world, controllers[rng.integer(2)])
  while (world.now_s < end_s) {
    world.run(rng.range(0.002, 0.2))
    if (events.length > 0) {
      const event = events[rng.integer(events.length)]
      event({ world, controllers, who: controllers[rng.integer(2)], recorded, rng })
    }
    if (world.end.state === 'idle' && rng.uniform() < 0.3) {
      bringUp(world, controllers[rng.integer(2)])
    }
  }
  return {
    seed,
    frames: world.frames,
    violations: [...world.violations, ...heal(world, controllers)],
  }
}

function drawFaults(rng: ReturnType<typeof createRng>): LinkFaults {
  const some = (x: number) => (rng.uniform() < 0.5 ? x * rng.uniform() : 0)
  return {
    delay_s: 0.001 + some(0.04),
    spread_s: some(0.03),
    loss: some(0.3),
    duplication: some(0.3),
    reorders: rng.uniform() < 0.5,
  }
}

interface Moment {
  readonly world: VirtualWorld
  readonly controllers: readonly VirtualController[]
  readonly who: VirtualController
  /** Commands of earlier, to be played again. */
  readonly recorded: readonly Uint8Array[]
  readonly rng: ReturnType<typeof createRng>
}

const eventKinds: Readonly<Record<string, (m: Moment) => void>> = {
  clogIn: ({ who }) => {
    who.toRobot.isClogged = !who.toRobot.isClogged
  },
  clogOut: ({ who }) => {
    who.fromRobot.isClogged = !who.fromRobot.isClogged
  },
  pause: ({ who }) => {
    who.isPaused = !who.isPaused
  },
  cut: ({ who, world }) => {
    who.toRobot.cut()
    who.fromRobot.cut()
    world.end.linkDown(who.name, world.now_s)
  },
  takeOver: ({ who, world }) => {
    const { hash } = world.channels.command
    const lease = world.end.requestLease(who.name, 'operator', hash, world.now_s)
    if (lease.ok) who.wire.epoch = lease.epoch
  },
  start: ({ who, world }) => {
    world.end.start(who.name, world.now_s)
  },
  hold: ({ who, world }) => {
    world.end.hold(who.name, world.now_s)
  },
  stop: ({ world, rng }) => {
    world.end.stop({ category: rng.uniform() < 0.5 ? 0 : 1 }, 'operator', world.now_s)
  },
  reset: ({ world }) => {
    world.end.resetStop(world.now_s)
  },
  replay: ({ world, recorded, rng }) => {
    for (let i = 0; i < Math.min(20, recorded.length); i++) {
      world.offer(recorded[rng.integer(recorded.length)])
    }
  },
  garble: ({ world, recorded, rng }) => {
    for (let i = 0; i < Math.min(20, recorded.length); i++) {
      const bytes =
        recorded[recorded.length - 1 - rng.integer(Math.min(5, recorded.length))].slice()
      bytes[rng.integer(bytes.length)] ^= 1 << rng.integer(8)
      world.offer(bytes)
    }
  },
  wild: ({ who, rng }) => {
    const decide = who.decide
    const size = rng.range(0, 4)
    who.decide = (state, command, time_s) => {
      decide(state, command, time_s)
      for (let i = 0; i < command.qTarget.length; i++) command.qTarget[i] += size * rng.normal()
    }
  },
}

/** Keep what the controllers send. */
function remember(controllers: readonly VirtualController[], into: Uint8Array[]): void {
  for (const { toRobot } of controllers) {
    const send = toRobot.send
    toRobot.send = (bytes, now_s) => {
      into.push(bytes.slice())
      if (into.length > 200) into.shift()
      send(bytes, now_s)
    }
  }
}

/** Lease, pre-flight, pose; whatever is refused is refused. */
function bringUp(world: VirtualWorld, who: VirtualController): void {
  const { end, channels } = world
  const lease = end.requestLease(who.name, 'controller', channels.command.hash, world.now_s)
  if (!lease.ok) return
  who.wire.epoch = lease.epoch
  end.runPreflight(who.name, world.now_s)
  end.pose(who.name, world.now_s)
}

/** Faults end; from there an operator's right actions lead to `active` within 20 s. */
function heal(world: VirtualWorld, controllers: readonly VirtualController[]): string[] {
  const fresh = world.addController('c')
  for (const c of controllers) {
    c.toRobot.faults = goodLink
    c.fromRobot.faults = goodLink
    c.toRobot.isClogged = false
    c.fromRobot.isClogged = false
    c.isPaused = true
  }
  const { end } = world
  world.run(1.5)
  if (end.state === 'stopped') end.resetStop(world.now_s)
  end.damp('c', world.now_s)
  world.run(6)
  try {
    world.activate(fresh)
  } catch (error) {
    return [`after healing: ${(error as Error).message} (${end.state}, ${end.cause})`]
  }
  return []
}
